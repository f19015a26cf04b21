import type { Random } from '../core/ports.js';
import type { Parking, Permit, PermitRequest } from './limiter.js';
import { type Meter, ROUNDING } from './meter/meter.js';
import { blockPace, type Pace, refillPace } from './meter/pace.js';
import { Lane, type Queued } from './queue/lane.js';
import { FIRST_BACKGROUND, type Turns } from './queue/turns.js';

/** What a window whose length is not told is taken for, when what it gives is spread. */
const UNTOLD_WINDOW_MS = 60_000;

/** All limits that one kind of request of one connection is subject to. */
export interface Route {
  readonly connector: string;
  readonly connection: string;
  readonly gauges: readonly Gauge[];
  /** What a request costs each of the gauges; undefined: one everywhere. */
  readonly costs: ((request: PermitRequest) => readonly number[]) | undefined;
  /** The most particular of the declared limits that match, whose requests stop when "this endpoint" is limited. */
  readonly matching: Gauge | undefined;
  /** For which gauges the API's own figure of the cost is meant, by index; undefined: for none. */
  readonly priced: readonly boolean[] | undefined;
  /** Waiters by place, once there are some. */
  lanes: (WaitLane | undefined)[] | undefined;
  /** Limits have been added or removed since: the request needs a new route. */
  readonly stale: boolean;
}

/** A request that waits. */
export interface Waiter extends Queued {
  readonly request: PermitRequest;
  route: Route;
  costs: readonly number[];
  /** The queue it stands in; undefined while a slot is taken again for it. */
  lane: WaitLane | undefined;
  readonly signal: AbortSignal | undefined;
  parking: Parking | undefined;
  /** Takes the slot back that was given back; set while parked. */
  resume: (() => Promise<void>) | undefined;
  /** Of which limit `limit.waiting` was told. */
  told: Gauge | undefined;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
}

/** Waiters alike, and the limit that they wait for. */
export class WaitLane extends Lane<Waiter> {
  at: Gauge | undefined;
}

/** Permits that are leased from the store, or the knowledge that is: without it nothing is admitted. */
export interface Lease {
  covers(cost: number, now: number): boolean;
  take(cost: number): void;
  /** `flightMs`: how long it was on its way. */
  settle(estimate: number, actual: number, now: number, flightMs: number): void;
  cancel(estimate: number, now: number): void;
  /** Asks for what a waiter needs; when there is news, the gauge is looked at again. */
  ask(waiter: Waiter): void;
  /** Until when asking for one of a place would be in vain. */
  retryAt(place: number): number;
  /** Nothing is leased, and nothing is to be told. */
  idle(now: number): boolean;
}

/** What is the same for a limit in all of its scopes. */
export interface LimitSpec {
  readonly connector: string;
  /** The limit as it is called in events. */
  readonly label: string;
  /** Tokens that are kept for the first places. */
  readonly reserve: number;
}

/** One of the requests that wait for two limits in turn, so that it is not overtaken for ever. */
interface Claim {
  readonly waiter: Waiter;
  readonly cost: number;
  readonly until: number;
}

/** One limit in one scope: what it counts, until when it is blocked, and who waits for it. */
export class Gauge {
  readonly meter: Meter;
  readonly spec: LimitSpec;
  readonly #scope: string | undefined;
  readonly connection: string | null;
  /** Monotonic milliseconds; 0: not blocked. */
  blockedUntil = 0;
  #blockedSince = 0;
  pace: Pace | undefined;
  turns: Turns<Waiter, WaitLane> | undefined;
  claim: Claim | undefined;
  lease: Lease | undefined;
  /** Those who wait do so because it was used up: what comes free then is given out at a pace. */
  dry = false;
  /** When one that leaves the reserve alone was last admitted. */
  backgroundAt = 0;
  /** When it rings; see `Alarm`. Not Infinity while it does not: of numbers that are no small integers V8 makes an object. */
  ringsAt: number | undefined;
  /** Until when it was told to be used up. */
  exhaustedUntil = 0;

  /** `of`: the connection, or for what several of them share how that is called. */
  constructor(meter: Meter, spec: LimitSpec, of: { connection: string } | { shared: string }) {
    this.meter = meter;
    this.spec = spec;
    this.connection = 'connection' in of ? of.connection : null;
    this.#scope = 'shared' in of ? of.shared : undefined;
  }

  /** Whose requests count together. */
  get scope(): string {
    return this.#scope ?? `connection ${this.connection ?? ''}`;
  }

  /** What `of` has to be for another limit of the same scope. */
  get of(): { connection: string } | { shared: string } {
    return this.connection === null ? { shared: this.scope } : { connection: this.connection };
  }

  get waiting(): number {
    return this.turns?.size ?? 0;
  }

  /** Nothing before `until`. Never shortens a block; says whether it lengthened one. */
  block(until: number, now: number): boolean {
    if (until <= this.blockedUntil || until <= now) return false;
    if (this.blockedUntil <= now) this.#blockedSince = now;
    this.blockedUntil = until;
    this.pace = undefined;
    return true;
  }

  /** Whether a block or a crowd's pace lets a request through. */
  isOpen(now: number, random: Random): boolean {
    if (this.blockedUntil > 0) {
      if (now < this.blockedUntil) return false;
      this.#unblock(random);
    }
    const { pace } = this;
    if (pace === undefined) return true;
    if (now >= pace.endsAt) this.pace = undefined;
    return now >= pace.nextAt;
  }

  /** When a block or pace ends. */
  opensAt(): number {
    return Math.max(this.blockedUntil, this.pace?.nextAt ?? 0);
  }

  /** What of the limit is not for this request: the reserve, and what another was promised. */
  kept(place: number, waiter: Waiter | undefined, now: number): number {
    const { claim } = this;
    let kept = 0;
    if (claim !== undefined) {
      if (claim.waiter.gone || claim.until <= now) this.claim = undefined;
      else if (claim.waiter !== waiter) kept = claim.cost;
    }
    const { reserve } = this.spec;
    if (reserve > 0 && place >= FIRST_BACKGROUND && !this.#starves(waiter, now)) kept += reserve;
    return kept;
  }

  /** From when on a waiter may use the reserve, although it is not for it. */
  starvesAt(waiter: Waiter): number {
    return Math.max(this.backgroundAt, waiter.since) + (this.meter.perMs ?? Infinity);
  }

  has(cost: number, kept: number, now: number): boolean {
    return this.meter.free(now) - kept + ROUNDING >= cost;
  }

  /** One has been admitted. */
  took(cost: number, place: number, now: number, random: Random): void {
    this.meter.take(cost);
    this.lease?.take(cost);
    this.pace?.step(now, random);
    if (this.spec.reserve > 0 && place >= FIRST_BACKGROUND) this.backgroundAt = now;
  }

  /** One that waited has been admitted, and others wait on: they go at a pace. */
  spread(cost: number, now: number, random: Random): void {
    const { kind, capacity } = this.meter;
    const perMs = this.meter.perMs ?? (kind === 'told' ? UNTOLD_WINDOW_MS : 0);
    if (!this.dry || perMs === 0 || cost <= 0) return;
    const crowd = Math.min(this.waiting, Math.floor(this.meter.free(now) / cost)) + 1;
    if (this.pace) this.pace.grow(crowd);
    else if (crowd > 1) {
      this.pace = refillPace({ crowd, perMs, everyMs: (perMs * cost) / capacity }, now, random);
    }
  }

  /** The crowd has gone, or what there was is used up. */
  rest(): void {
    if (this.pace?.endsAt === Infinity) this.pace = undefined;
  }

  /** Nobody waits, and forgetting it changes nothing. */
  idle(now: number): boolean {
    return (
      (this.turns?.empty ?? true) &&
      this.blockedUntil <= now &&
      (this.pace === undefined || this.pace.endsAt <= now) &&
      (this.lease?.idle(now) ?? true) &&
      this.meter.idle(now)
    );
  }

  #unblock(random: Random): void {
    const blockedMs = this.blockedUntil - this.#blockedSince;
    this.pace = blockPace({ crowd: this.waiting, blockedMs }, this.blockedUntil, random);
    this.blockedUntil = 0;
  }

  /** When others have used all of it for a whole window, one may go: nobody starves. */
  #starves(waiter: Waiter | undefined, now: number): boolean {
    return waiter !== undefined && now >= this.starvesAt(waiter);
  }
}
