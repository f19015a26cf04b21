import type { Clock, Random } from '../core/ports.js';
import type { Emit } from '../events/emitter.js';
import { Admission } from './admission.js';
import { Alarm } from './alarm.js';
import { settle, withdraw } from './ending.js';
import type { Gauge } from './gauge.js';
import { Learning } from './learning/learning.js';
import type { Answer, BlockTarget, Limiter, LimitState, Permit } from './limiter.js';
import type { AcquireOptions, PermitRequest } from './limiter.js';
import type { Desk, GivenPermit } from './permit.js';
import type { Parked } from './parked.js';
import { Reports } from './reports.js';
import { type LimitedConnector, Scopes } from './scopes.js';
import { Batch } from './sharing/batch.js';
import { Sharing, type SharingOptions } from './sharing/sharing.js';
import { stateOf } from './state.js';

const MAX_WAIT_MS = 86_400_000;

export interface LimiterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: Emit;
  readonly connectors: readonly LimitedConnector[];
  /** A wait that an API asks for is not believed when it is longer, in milliseconds. Default: 24 hours. */
  readonly maxWaitMs?: number;
  /** Left out: nobody else uses the same limits. */
  readonly sharing?: SharingOptions | undefined;
}

/**
 * The limiter of a process: declared limits, what is learned from responses, and what processes share through the store.
 *
 * @throws {ConfigError} when a declared limit is wrong
 * @example
 * const limiter = createLimiter({ clock, random, emit, connectors: [github.definition], sharing: { owner, store } });
 */
export function createLimiter(options: LimiterOptions): Limiter {
  return new OwnLimiter(options);
}

class OwnLimiter implements Limiter, Desk {
  readonly #clock: Clock;
  readonly #scopes: Scopes;
  readonly #admission: Admission;
  readonly #learning: Learning;
  readonly #sharing: Sharing | undefined;
  readonly #alarm: Alarm<Gauge | Parked | Batch>;

  constructor({ clock, random, emit, connectors, sharing, ...options }: LimiterOptions) {
    const { maxWaitMs = MAX_WAIT_MS } = options;
    const reports = new Reports(clock, emit);
    this.#clock = clock;
    const alarm = new Alarm<Gauge | Parked | Batch>(clock, (target, now) => {
      if (target instanceof Batch) target.ring();
      else this.#admission.ring(target, now);
    });
    this.#alarm = alarm;
    const look = (gauge: Gauge): void => {
      this.#admission.look(gauge, clock.monotonic());
    };
    this.#sharing =
      sharing &&
      new Sharing(sharing, {
        ...{ clock, random, look, alarm, maxWaitMs },
        refuse: (gauge, reason) => {
          this.#admission.refuse(gauge, reason);
        },
        scopes: () => this.#scopes,
      });
    this.#scopes = new Scopes(connectors, (gauge, rule) => this.#sharing?.attach(gauge, rule));
    this.#admission = new Admission({
      ...{ clock, random, reports, alarm, desk: this },
      routeOf: (request, now) => this.#routeOf(request, now),
    });
    this.#learning = new Learning({
      ...{ clock, random, reports, look, maxWaitMs, scopes: this.#scopes },
      blocked: (gauge) => this.#sharing?.tell(gauge),
    });
  }

  acquire(request: PermitRequest, options: AcquireOptions): Promise<Permit> {
    return this.#admission.acquire(request, options);
  }

  block(target: BlockTarget, until: number): void {
    this.#learning.block(target, until);
  }

  blockedUntil(target: { readonly connector: string; readonly connection: string }) {
    const connector = this.#scopes.find(target.connector);
    if (connector === undefined) return undefined;
    const connection = connector.find(target.connection);
    const until = Math.max(connector.gate.blockedUntil, connection?.gate.blockedUntil ?? 0);
    const now = this.#clock.monotonic();
    return until <= now ? undefined : this.#clock.now() + until - now;
  }

  skewMs(connector: string): number {
    return this.#learning.skewMs(connector);
  }

  *limits(
    filter: { readonly connector?: string; readonly connection?: string } = {},
  ): Iterable<LimitState> {
    for (const connector of this.#scopes.all()) {
      if (filter.connector !== undefined && filter.connector !== connector.name) continue;
      const scopes = [connector, ...connector.connections()];
      for (const scope of scopes) {
        if ('id' in scope && filter.connection !== undefined && filter.connection !== scope.id) {
          continue;
        }
        for (const gauge of scope.gauges()) yield stateOf(gauge, this.#clock);
        for (const gauge of this.#learning.gauges(scope)) yield stateOf(gauge, this.#clock);
      }
    }
  }

  forget(target: { readonly connector: string; readonly connection: string }): void {
    this.#scopes.find(target.connector)?.forget(target.connection);
  }

  async close(): Promise<void> {
    this.#admission.close();
    await this.#sharing?.close();
    this.#alarm.clear();
  }

  seen(permit: GivenPermit, actual: number | undefined): void {
    const now = this.#clock.monotonic();
    settle(permit, 'headers', actual, now);
    this.#admission.lookAtAll(permit.route, now);
  }

  answered(permit: GivenPermit, answer: Answer): void {
    const now = this.#clock.monotonic();
    settle(permit, 'end', answer.cost, now);
    this.#learning.answered(permit, answer, now);
    this.#admission.lookAtAll(permit.route, now);
  }

  failed(permit: GivenPermit): void {
    const now = this.#clock.monotonic();
    settle(permit, 'end', undefined, now);
    this.#admission.lookAtAll(permit.route, now);
  }

  unused(permit: GivenPermit): void {
    const now = this.#clock.monotonic();
    withdraw(permit, now);
    this.#admission.lookAtAll(permit.route, now);
  }

  #routeOf(request: PermitRequest, now: number) {
    return this.#scopes
      .connector(request.connector)
      .connection(request.connection, now)
      .route(request, now);
  }
}
