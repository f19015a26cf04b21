import { Charges } from './charges.js';
import { type Meter, ROUNDING } from './meter.js';

/** In how many parts the time before the flow is counted. */
const SLOTS = 64;

export interface BucketSize {
  readonly size: number;
  /** How much flows out in `perMs`. */
  readonly refill: number;
  readonly perMs: number;
}

/**
 * Holds `size` at most, and `refill` flow out in every `perMs`.
 *
 * A request is in the bucket from its admission, and begins to flow out only when the server must have seen it. Some APIs let flow out
 * continuously, others so much at the stroke of each `perMs`; to be right for both, it begins `perMs` after the response's headers (where the
 * bucket is too small for that to cost nothing in the long run, at once).
 */
export class LeakyBucket implements Meter {
  readonly kind = 'bucket';
  readonly settlesAt = 'headers';
  readonly capacity: number;
  readonly perMs: number;
  inFlight = 0;
  readonly #rate: number;
  readonly #delayMs: number;
  /** Seen by the server, and not flowing out yet. */
  readonly #fresh = new Charges();
  #level = 0;
  #at = 0;

  constructor({ size, refill, perMs }: BucketSize) {
    this.capacity = size;
    this.perMs = perMs;
    this.#rate = refill / perMs;
    this.#delayMs = flowDelay({ size, refill, perMs });
  }

  free(now: number): number {
    this.#flow(now);
    return this.capacity - this.inFlight - this.#fresh.total - this.#level;
  }

  take(cost: number): void {
    this.inFlight += cost;
  }

  settle(estimate: number, actual: number, now: number): void {
    this.cancel(estimate);
    this.#flow(now);
    if (this.#delayMs === 0) this.#level += actual;
    else {
      const slot = this.#delayMs / SLOTS;
      this.#fresh.add((Math.floor(now / slot) + 1) * slot + this.#delayMs, actual);
    }
  }

  cancel(estimate: number): void {
    const left = this.inFlight - estimate;
    this.inFlight = left < ROUNDING ? 0 : left;
  }

  freeAt(cost: number, now: number): number {
    const lacking = cost - this.free(now) - ROUNDING;
    if (lacking <= 0) return now;
    if (lacking <= this.#level) return now + lacking / this.#rate;
    if (this.#fresh.total === 0) return Infinity;
    // A first guess: whoever looks again then is told the rest.
    return Math.max(this.#fresh.nextEnd, now + this.#level / this.#rate) + 1;
  }

  outlook(cost: number, now: number): number {
    const lacking = cost - this.free(now) - ROUNDING;
    if (lacking <= 0) return now;
    return now + lacking / this.#rate + (lacking <= this.#level ? 0 : this.#delayMs);
  }

  idle(now: number): boolean {
    return this.inFlight === 0 && this.free(now) >= this.capacity;
  }

  #flow(now: number): void {
    while (this.#fresh.nextEnd <= now) {
      this.#drain(this.#fresh.nextEnd);
      this.#level += this.#fresh.shift();
    }
    this.#drain(now);
  }

  #drain(to: number): void {
    if (to <= this.#at) return;
    this.#level = Math.max(0, this.#level - (to - this.#at) * this.#rate);
    this.#at = to;
  }
}

/** How long a request stays in the bucket in full: with two refills of room or more the steady rate is not lowered by it. */
export function flowDelay({ size, refill, perMs }: BucketSize): number {
  return size >= 2 * refill ? perMs : 0;
}
