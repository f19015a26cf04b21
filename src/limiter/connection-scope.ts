import { ConfigError } from '../core/errors.js';
import type { DeclaredLimit } from './declared.js';
import { Gauge, type LimitSpec, type Route } from './gauge.js';
import type { PermitRequest } from './limiter.js';
import { Concurrency } from './meter/concurrency.js';
import { ResolvedRoute, type RouteStep } from './route.js';
import { ENDPOINT, type Learned, makeGauge, type OnGauge } from './scope-gauges.js';

const MAX_ROUTES = 500;

/** What a connection has to know of its connector. */
export interface ConnectorLimits {
  readonly name: string;
  readonly declared: readonly DeclaredLimit[];
  /** How many parts all declared limits have. */
  readonly parts: number;
  /** Some limits are not for all requests. */
  readonly isMatched: boolean;
  /** Some limits tell requests apart by a function. */
  readonly isScoped: boolean;
  readonly gate: Gauge;
  /** The same for the gates of all connections. */
  readonly gateSpec: LimitSpec;
  readonly learned: Learned;
  readonly epoch: number;
  readonly onGauge: OnGauge;
  /** Tells requests apart that are not for the same limits. */
  matchesOf(request: PermitRequest): string;
  /** A limit that several connections share: of the whole connector, or of those for which a function says the same. */
  shared(index: number, text: string | undefined, now: number): readonly Gauge[];
}

/** One connection's limits, and the routes of its requests. */
export class ConnectionScope {
  readonly id: string;
  readonly connector: ConnectorLimits;
  readonly gate: Gauge;
  /** How many requests were answered; counted only as far as it matters. */
  answers = 0;
  #learned: Learned | undefined;
  #epoch = 0;
  /** By the parts of all declared limits, in their order. */
  #own: (Gauge | undefined)[] | undefined;
  #endpoints: Map<string, Gauge> | undefined;
  /** The route of all requests, where they are all alike. */
  #only: Route | undefined;
  #routes: Map<string, Route> | undefined;

  constructor(connector: ConnectorLimits, id: string) {
    this.connector = connector;
    this.id = id;
    this.gate = new Gauge(new Concurrency(Infinity), connector.gateSpec, { connection: id });
    connector.onGauge(this.gate, undefined);
  }

  get epoch(): number {
    return this.#epoch + this.connector.epoch;
  }

  /** Room for what is learned; made when it is needed. */
  get learned(): Learned {
    return (this.#learned ??= { gauges: [] });
  }

  /** Limits have been added or removed. */
  changed(): void {
    this.#epoch += 1;
  }

  route(request: PermitRequest, now: number): Route {
    if (this.#only?.stale === false) return this.#only;
    const key = this.#key(request);
    if (key === '') {
      this.#only = this.#make(request, now);
      return this.#only;
    }
    this.#only = undefined;
    const known = this.#routes?.get(key);
    if (known?.stale === false) return known;
    const made = this.#make(request, now);
    if (this.#routes === undefined || this.#routes.size >= MAX_ROUTES) this.#routes = new Map();
    this.#routes.set(key, made);
    return made;
  }

  /** The place for blocks of one method and path, where no declared limit is about it. */
  endpoint({ method, path }: Pick<PermitRequest, 'method' | 'path'>): Gauge {
    const label = endpointLabel(method, path);
    this.#endpoints ??= new Map();
    const known = this.#endpoints.get(label);
    if (known) return known;
    const spec = { connector: this.connector.name, label, reserve: 0 };
    const made = new Gauge(new Concurrency(Infinity), spec, this.gate.of);
    this.#endpoints.set(label, made);
    this.connector.onGauge(made, undefined);
    this.changed();
    return made;
  }

  *gauges(): Iterable<Gauge> {
    yield this.gate;
    for (const gauge of this.#own ?? []) if (gauge) yield gauge;
    yield* this.#learned?.gauges ?? [];
    yield* this.#endpoints?.values() ?? [];
  }

  idle(now: number): boolean {
    if (this.#learned !== undefined || this.gate.meter.capacity < Infinity) return false;
    for (const gauge of this.gauges()) if (!gauge.idle(now)) return false;
    return true;
  }

  /** What tells requests apart whose limits are not the same; empty where all are alike. */
  #key(request: PermitRequest): string {
    const { declared, isMatched, isScoped } = this.connector;
    let key = isMatched ? this.connector.matchesOf(request) : '';
    if (isScoped) {
      for (const { scope } of declared) {
        if (typeof scope === 'function') key += `${textOf(scope, request)}\n`;
      }
    }
    if (this.#endpoints !== undefined) {
      const label = endpointLabel(request.method, request.path);
      if (this.#endpoints.has(label)) key += `=${label}\n`;
      else key += '.';
    }
    const kind = this.#learned?.kind?.(request);
    const shared = this.connector.learned.kind?.(request);
    if (kind !== undefined || shared !== undefined) key += `~${kind ?? ''}~${shared ?? ''}`;
    return key;
  }

  #make(request: PermitRequest, now: number): Route {
    const { connector } = this;
    const steps: RouteStep[] = [connector.gate, this.gate].map((gauge) => ({ gauge, cost: ONE }));
    let matching: { readonly gauge: Gauge; readonly detail: number } | undefined;
    connector.declared.forEach((limit, index) => {
      if (limit.matches?.(request.method, request.path) === false) return;
      const gauges = this.#gaugesOf(limit, index, request, now);
      for (const gauge of gauges) steps.push({ gauge, cost: limit.cost });
      const [first] = gauges;
      if (limit.detail > (matching?.detail ?? 0) && first) {
        matching = { gauge: first, detail: limit.detail };
      }
    });
    for (const learned of [connector.learned, this.#learned]) {
      for (const gauge of learned?.gauges ?? []) steps.push({ gauge, cost: ONE });
      for (const gauge of learned?.told?.(request) ?? []) steps.push({ gauge, cost: 'highest' });
    }
    const endpoint = this.#endpointOf(request, now);
    if (endpoint) steps.push({ gauge: endpoint, cost: ONE });
    return new ResolvedRoute({
      connector: connector.name,
      connection: this.id,
      steps,
      matching: matching?.gauge,
      scope: this,
    });
  }

  #gaugesOf(
    { scope, parts }: DeclaredLimit,
    index: number,
    request: PermitRequest,
    now: number,
  ): readonly Gauge[] {
    if (scope === 'connector') return this.connector.shared(index, undefined, now);
    if (scope !== 'connection') return this.connector.shared(index, textOf(scope, request), now);
    const own = (this.#own ??= new Array<Gauge | undefined>(this.connector.parts));
    return parts.map(
      (part) =>
        (own[part.index] ??= makeGauge(part, { connection: this.id }, this.connector.onGauge)),
    );
  }

  /** An endpoint that is no longer blocked is an endpoint like others. */
  #endpointOf({ method, path }: PermitRequest, now: number): Gauge | undefined {
    for (const [label, gauge] of this.#endpoints ?? []) {
      if (gauge.idle(now)) this.#endpoints?.delete(label);
    }
    if (this.#endpoints?.size === 0) this.#endpoints = undefined;
    return this.#endpoints?.get(endpointLabel(method, path));
  }
}

const ONE = undefined;

function endpointLabel(method: string, path: string): string {
  return `${ENDPOINT}${method.toUpperCase()} ${path.replace(/[?#].*$/, '')}`;
}

function textOf(
  scope: Exclude<DeclaredLimit['scope'], 'connection' | 'connector'>,
  request: PermitRequest,
): string {
  const { connection, context } = request;
  const bare = { config: undefined, account: undefined, connection: { id: connection, tags: {} } };
  const text: unknown = scope(request, context ?? bare);
  if (typeof text === 'string') return text;
  throw new ConfigError(
    `${request.connector}: the scope of a limit returned ${String(text)} for ${request.method} ${request.path}; it must return a text`,
    { context: { connector: request.connector, connection: request.connection } },
  );
}
