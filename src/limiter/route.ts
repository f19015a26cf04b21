import { ConfigError } from '../core/errors.js';
import type { LimitScope } from '../connector/limits.js';
import type { Gauge, Route, WaitLane } from './gauge.js';
import type { PermitRequest } from './limiter.js';

/** A limit of a route, and what a request costs it. */
export interface RouteStep {
  readonly gauge: Gauge;
  /** Undefined: one. `'highest'`: as much as the dearest of the others, for limits that are only known from responses. */
  readonly cost: LimitScope['cost'] | 'highest';
}

export interface RouteParts {
  readonly connector: string;
  readonly connection: string;
  readonly steps: readonly RouteStep[];
  readonly matching: Gauge | undefined;
  /** Its number rises when limits are added or removed. */
  readonly scope: { readonly epoch: number };
}

/** Limits found once for all requests alike. */
export class ResolvedRoute implements Route {
  readonly connector: string;
  readonly connection: string;
  readonly gauges: readonly Gauge[];
  readonly costs: ((request: PermitRequest) => readonly number[]) | undefined;
  readonly matching: Gauge | undefined;
  readonly priced: readonly boolean[] | undefined;
  lanes: (WaitLane | undefined)[] | undefined;
  readonly #scope: { readonly epoch: number };
  readonly #epoch: number;

  constructor({ connector, connection, steps, matching, scope }: RouteParts) {
    this.connector = connector;
    this.connection = connection;
    this.gauges = steps.map(({ gauge }) => gauge);
    this.matching = matching;
    this.#scope = scope;
    this.#epoch = scope.epoch;
    const dear = steps.some(({ cost }) => typeof cost === 'function');
    this.costs = dear ? (request) => costsOf(steps, request) : undefined;
    const priced = steps.map(({ gauge, cost }) =>
      dear ? typeof cost === 'function' : gauge.meter.kind === 'bucket',
    );
    this.priced = priced.includes(true) ? priced : undefined;
  }

  get stale(): boolean {
    return this.#scope.epoch !== this.#epoch;
  }
}

function costsOf(steps: readonly RouteStep[], request: PermitRequest): readonly number[] {
  let highest = 1;
  const costs = steps.map(({ gauge, cost }) => {
    if (typeof cost !== 'function') return 1;
    const own: unknown = cost(request);
    if (typeof own !== 'number' || !Number.isFinite(own) || own < 0) {
      throw new ConfigError(
        `${request.connector}: the cost of ${request.method} ${request.path} at the limit '${gauge.spec.label}' is ${String(own)}; ` +
          'cost() must return a number from 0',
        { context: { connector: request.connector, connection: request.connection } },
      );
    }
    highest = Math.max(highest, own);
    return own;
  });
  return costs.map((cost, i) =>
    steps[i]?.cost === 'highest' ? Math.min(highest, steps[i].gauge.meter.capacity) : cost,
  );
}
