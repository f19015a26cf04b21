import type { Clock } from '../core/ports.js';
import type { Emit } from '../events/emitter.js';
import type { EventInput } from '../events/event-map.js';
import type { Gauge, Waiter } from './gauge.js';

type Learned = 'response' | 'signal' | 'probing';

/** What the limiter tells. Events are handed out when its work is done: a listener may ask for a permit itself. */
export class Reports {
  readonly #clock: Clock;
  readonly #emit: Emit;
  #pending: EventInput[] = [];

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock;
    this.#emit = emit;
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    for (const event of events) this.#emit(event);
  }

  waiting(waiter: Waiter, gauge: Gauge, until: number | undefined): void {
    const { place, route } = waiter;
    this.#pending.push({
      type: 'limit.waiting',
      ...this.#scope(gauge),
      connection: route.connection,
      until: until === undefined ? null : this.#date(until),
      waiting: gauge.waiting,
      priority: place,
    });
  }

  admitted({ place, route, since }: Waiter, gauge: Gauge, now: number): void {
    this.#pending.push({
      type: 'limit.admitted',
      ...this.#scope(gauge),
      connection: route.connection,
      waitedMs: now - since,
      priority: place,
    });
  }

  learned(
    gauge: Gauge,
    source: Learned,
    what: {
      readonly tokens?: number;
      readonly perMs?: number | null;
      readonly concurrency?: number;
    },
  ): void {
    const { tokens = null, perMs = null, concurrency = null } = what;
    const scope = this.#scope(gauge);
    this.#pending.push({ type: 'limit.learned', ...scope, source, tokens, perMs, concurrency });
  }

  exhausted(gauge: Gauge, source: 'response' | 'count', until: number): void {
    const scope = this.#scope(gauge);
    this.#pending.push({ type: 'limit.exhausted', ...scope, source, until: this.#date(until) });
  }

  forecast(
    gauge: Gauge,
    what: {
      readonly remaining: number;
      readonly usedPerSecond: number;
      readonly exhaustedAt: number;
      readonly resetAt: number;
    },
  ): void {
    this.#pending.push({
      type: 'limit.forecast',
      ...this.#scope(gauge),
      remaining: what.remaining,
      usedPerSecond: what.usedPerSecond,
      exhaustedAt: this.#date(what.exhaustedAt),
      resetAt: this.#date(what.resetAt),
    });
  }

  slowed(
    gauge: Gauge,
    what: { readonly latencyMs: number; readonly usualMs: number; readonly concurrency: number },
  ): void {
    this.#pending.push({ type: 'limit.slowed', ...this.#scope(gauge), ...what });
  }

  implausible(gauge: Gauge, field: string, value: unknown, delayMs: number | null): void {
    const said = String(value).slice(0, 100);
    const scope = this.#scope(gauge);
    this.#pending.push({ type: 'limit.implausible', ...scope, field, value: said, delayMs });
  }

  #scope({ spec, scope, connection }: Gauge) {
    return {
      connector: spec.connector,
      limit: spec.label,
      scope,
      ...(connection === null ? {} : { connection }),
    };
  }

  /** A monotonic instant as a date. */
  #date(at: number): Date {
    return new Date(Math.round(this.#clock.now() + at - this.#clock.monotonic()));
  }
}
