import { type Meter, ROUNDING } from './meter.js';

/** What a response told of one limit; instants are monotonic milliseconds. */
export interface Told {
  readonly remaining: number;
  readonly resetAt: number | undefined;
  /** What the request that was answered had been settled with. */
  readonly own: number;
}

/** Resets are told in whole seconds, by clocks that are not ours: closer ones are the same. */
const SAME_RESET_MS = 2_000;
/** How long a count is good for when its reset is not told. */
const UNDATED_MS = 1_000;

/**
 * A limit that the API counts and tells of: so much is left until the reset. Requests under way may or may not be counted in it yet, so
 * they are taken off what was told.
 */
export class ToldWindow implements Meter {
  readonly kind = 'told';
  readonly settlesAt = 'end';
  perMs: number | null;
  inFlight = 0;
  readonly capacity: number;
  /** What the API has left, everything that was answered taken off. */
  #left: number;
  #resetAt: number | undefined;
  #dated = false;
  /** The most that was ever left. */
  #most = 0;
  /** The most under way since nothing was: so many answers may come out of order. */
  #peak = 0;

  constructor(limit: number | undefined, perMs: number | null) {
    this.capacity = limit ?? Infinity;
    this.perMs = perMs;
    this.#left = this.capacity;
  }

  /** When the count begins anew; undefined when that was not told, or has been. */
  get resetAt(): number | undefined {
    return this.#dated ? this.#resetAt : undefined;
  }

  free(now: number): number {
    if (this.#resetAt !== undefined && now >= this.#resetAt) this.#renew();
    // Nothing is known and nothing is under way: one request finds out.
    if (this.#resetAt === undefined && this.inFlight === 0) return Infinity;
    return this.#left - this.inFlight;
  }

  take(cost: number): void {
    if (this.inFlight === 0) this.#peak = 0;
    this.inFlight += cost;
    if (this.inFlight > this.#peak) this.#peak = this.inFlight;
  }

  settle(estimate: number, actual: number): void {
    this.cancel(estimate);
    if (this.#resetAt !== undefined) this.#left -= actual;
  }

  cancel(estimate: number): void {
    const left = this.inFlight - estimate;
    this.inFlight = left < ROUNDING ? 0 : left;
  }

  /** Takes in what a response said, right after its request was settled. */
  tell({ remaining, resetAt, own }: Told, now: number): void {
    // The server's window has ended since: the answer was late.
    if (resetAt !== undefined && resetAt <= now) return;
    const known = this.#resetAt !== undefined && now < this.#resetAt ? this.#resetAt : undefined;
    if (known !== undefined) this.#left += own;
    const same = known !== undefined && this.#dated === (resetAt !== undefined);
    const distance = same && resetAt !== undefined ? resetAt - known : 0;
    if (same && distance < -SAME_RESET_MS) return;
    const renewed = !same || distance > SAME_RESET_MS;
    if (this.#dated && renewed && resetAt !== undefined) this.perMs ??= this.#windowTo(resetAt);
    // Answers that overtook each other tell a little more than is left. Much more: the API gives back as time goes by.
    if (renewed || resetAt === undefined || remaining > this.#left + this.#peak) {
      this.#left = remaining;
    } else {
      this.#left = Math.min(this.#left, remaining);
    }
    if (remaining > this.#most) this.#most = remaining;
    this.#dated = resetAt !== undefined;
    this.#resetAt = resetAt ?? now + UNDATED_MS;
  }

  freeAt(cost: number, now: number): number {
    if (this.free(now) + ROUNDING >= cost) return now;
    return this.#resetAt ?? Infinity;
  }

  outlook(cost: number, now: number): number | undefined {
    const at = this.freeAt(cost, now);
    return at === Infinity ? undefined : at;
  }

  idle(now: number): boolean {
    this.free(now);
    return this.inFlight === 0 && this.#resetAt === undefined;
  }

  #windowTo(resetAt: number): number | null {
    return this.#resetAt === undefined ? null : Math.round(resetAt - this.#resetAt);
  }

  /** The reset has passed: what is left now is known again with the next answer. */
  #renew(): void {
    const undated = !this.#dated;
    this.#left =
      undated && this.#left <= 0 ? 1 : this.capacity === Infinity ? this.#most : this.capacity;
    this.#resetAt = undefined;
  }
}
