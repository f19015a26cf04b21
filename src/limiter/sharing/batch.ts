import type { PermitReport, PermitRule } from '../../storage/permits.js';
import type { Ringing } from '../alarm.js';
import type { Gauge, Lease, Waiter } from '../gauge.js';
import { ROUNDING } from '../meter/meter.js';

/** The longest that permits are kept without being used. */
const LONGEST_BATCH_MS = 1_000;
/** A batch of a window lives so much of it: what is counted too long is little. */
const SHARE_OF_WINDOW = 0.02;
/** A slot of concurrency may be in use for long: the lease of those in use is longer than the batch, and is renewed. */
const SLOT_LEASE_MS = 5_000;
/**
 * The store counts a lease so much longer than it is used, or twice as long as answers take: a request of a process that dies then may still be
 * on its way. It costs nothing as long as the process lives and reports.
 */
const SHORTEST_FLIGHT_MS = 100;
const LONGEST_FLIGHT_MS = 2_000;
const FOLLOW = 0.1;
/** No process takes more of a limit at a time, unless it needs to. */
const LARGEST_SHARE = 0.25;

interface Wanted {
  readonly need: number;
  readonly want: number;
  /** For all that have this place or a better one. */
  readonly ahead: number;
}

export interface BatchDesk {
  /** Asks the store for what a waiter needs. */
  ask(waiter: Waiter): void;
  /** Has the batch ring, so that it is reported. */
  wake(batch: Batch, at: number): void;
  /** Tells the store. */
  report(batch: Batch): void;
  /** How long the store takes, lately. */
  readonly roundTripMs: number;
}

/** The permits that this process has of a limit which it shares. Instants are monotonic, but for those of reports. */
export class Batch implements Lease, Ringing {
  readonly gauge: Gauge;
  readonly key: string;
  readonly rule: PermitRule;
  ringsAt: number | undefined;
  readonly #desk: BatchDesk;
  /** Taken from the store and not used. */
  #left = 0;
  /** Under way. */
  #open = 0;
  /** Until when those that are left may be used. */
  #endsAt = -Infinity;
  /** Until when the store counts those that are under way, but for what it adds itself. */
  #leasedUntil = -Infinity;
  /** Slots that others may have. */
  #freed = false;
  #answered: [at: number, amount: number][] = [];
  #asking = false;
  #deniedUntil = 0;
  #deniedPlace = 0;
  #used = 0;
  #usedBefore = 0;
  #flightMs = 0;

  constructor(gauge: Gauge, key: string, rule: PermitRule, desk: BatchDesk) {
    this.gauge = gauge;
    this.key = key;
    this.rule = rule;
    this.#desk = desk;
  }

  covers(cost: number, now: number): boolean {
    return now < this.#endsAt && this.#left + ROUNDING >= cost;
  }

  take(cost: number): void {
    this.#left = Math.max(0, this.#left - cost);
    this.#open += cost;
    this.#used += cost;
  }

  settle(estimate: number, actual: number, now: number, flightMs: number): void {
    this.#close(estimate);
    this.#flightMs += (flightMs - this.#flightMs) * FOLLOW;
    if (this.rule.kind !== 'concurrency') this.#answer(now, actual);
    else if (now < this.#endsAt) this.#left += estimate;
    else this.#freed = true;
    this.#schedule(now);
  }

  cancel(estimate: number, now: number): void {
    this.#close(estimate);
    if (now < this.#endsAt) this.#left += estimate;
    else this.#freed = true;
    this.#schedule(now);
  }

  ask(waiter: Waiter): void {
    this.#desk.ask(waiter);
  }

  retryAt(place: number): number {
    return place < this.#deniedPlace ? 0 : this.#deniedUntil;
  }

  idle(now: number): boolean {
    if (this.#asking || this.#left > 0 || this.#open > 0 || this.#freed) return false;
    return this.#answered.length === 0 || now > this.#leasedUntil + this.#coverMs;
  }

  ring(): void {
    this.#desk.report(this);
  }

  /** What is lacking for a cost, and how much more would be of use. */
  wanted(cost: number, place: number, now: number): Wanted {
    const left = now < this.#endsAt ? this.#left : 0;
    const need = Math.max(0, cost - left);
    const more = Math.max(this.gauge.waiting - 1, this.#usedBefore);
    const share = Math.floor(this.gauge.meter.capacity * LARGEST_SHARE);
    // What the first places are given beyond their need would be taken from the reserve by others.
    const spare = this.gauge.spec.reserve > 0 ? 0 : Math.min(more, share);
    const counts = this.gauge.turns?.counts.slice(0, place + 1) ?? [];
    const others = Math.max(0, counts.reduce((sum, count) => sum + count, 0) - 1);
    return { need, want: need + spare, ahead: need + others * cost };
  }

  /** What the store is told, to be confirmed by `reported` or `failed`. `keeps`: more is asked for, so that what is left stays. */
  report(keeps: boolean, now: number, wall: number): PermitReport {
    const usable = keeps && now < this.#endsAt;
    if (!usable) this.#left = 0;
    if (keeps) this.#asking = true;
    this.#desk.wake(this, Infinity);
    this.#freed = false;
    const covered = this.#leasedUntil + this.#coverMs;
    const answered = this.#answered
      // Of a lease that ended so long ago the store has let go by itself.
      .filter(([at]) => now <= covered || at > this.#leasedUntil)
      .map(([at, amount]) => [Math.round(wall - (now - at)), amount] as const);
    this.#answered = [];
    const held = this.#open + this.#left;
    return { key: this.key, rule: this.rule, held, answered, ...this.#lease };
  }

  /** The store has taken in the report of the instant `at`. */
  reported(at: number, { useMs, leaseMs }: PermitReport, now: number): void {
    this.#leasedUntil = at + leaseMs;
    this.#endsAt = at + useMs;
    this.#usedBefore = this.#used;
    this.#used = 0;
    this.#asking = false;
    this.#schedule(now);
  }

  granted(amount: number, now: number): void {
    this.#left += amount;
    this.#deniedUntil = 0;
    this.#deniedPlace = 0;
    this.#schedule(now);
  }

  /** Nobody of this place or a later one is to ask before. */
  denied(until: number, place: number): void {
    this.#deniedUntil = until;
    this.#deniedPlace = place;
  }

  /** The store has not taken in the report. */
  failed({ answered }: PermitReport, wall: number, now: number): void {
    this.#asking = false;
    const back = answered.map(([at, amount]) => [now - (wall - at), amount] as [number, number]);
    this.#answered = [...back, ...this.#answered];
    // Again soon: what is under way must not be forgotten meanwhile.
    this.#desk.wake(this, now + Math.min(LONGEST_BATCH_MS, Math.max(10, this.#coverMs / 8)));
  }

  get #lease(): { readonly useMs: number; readonly leaseMs: number } {
    const useMs = this.batchMs;
    if (this.rule.kind === 'concurrency') return { useMs, leaseMs: SLOT_LEASE_MS };
    const flight = Math.max(SHORTEST_FLIGHT_MS, Math.min(LONGEST_FLIGHT_MS, 2 * this.#flightMs));
    return { useMs, leaseMs: useMs + flight };
  }

  /** How long permits may be used. */
  get batchMs(): number {
    if (this.rule.kind === 'concurrency') return LONGEST_BATCH_MS;
    const planned = Math.min(LONGEST_BATCH_MS, this.#windowMs * SHARE_OF_WINDOW);
    // What is over before it has arrived would be of no use.
    return Math.max(1, planned, 3 * this.#desk.roundTripMs);
  }

  get #windowMs(): number {
    const { rule } = this;
    if (rule.kind === 'window') return rule.perMs;
    return rule.kind === 'bucket' ? rule.size / rule.refillPerMs : 0;
  }

  /** For how long the store counts what was leased after the lease has ended. */
  get #coverMs(): number {
    const { rule } = this;
    if (rule.kind === 'window') return rule.perMs;
    return rule.kind === 'bucket' ? rule.delayMs : 0;
  }

  #close(estimate: number): void {
    const open = this.#open - estimate;
    this.#open = open < ROUNDING ? 0 : open;
  }

  #answer(at: number, amount: number): void {
    const last = this.#answered.at(-1);
    // The later of two that are close counts for both.
    if (last && at - last[0] < this.#windowMs / 500) {
      last[0] = at;
      last[1] += amount;
    } else {
      this.#answered.push([at, amount]);
    }
  }

  /** When the store must be told: what is not used is given back, what is under way must not be forgotten. */
  #schedule(now: number): void {
    if (this.#asking) return;
    const last = this.#answered.at(-1)?.[0] ?? -Infinity;
    const renewAt =
      this.rule.kind === 'concurrency'
        ? this.#leasedUntil - (SLOT_LEASE_MS * 2) / 3
        : this.#leasedUntil + this.#coverMs / 2;
    let due = Infinity;
    if (this.#left > 0) due = this.#endsAt;
    if (this.#open > 0 || last > this.#leasedUntil) due = Math.min(due, renewAt);
    if (this.#freed) due = now;
    this.#desk.wake(this, due === Infinity ? due : Math.max(now, due));
  }
}
