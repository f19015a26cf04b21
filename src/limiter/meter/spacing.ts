import { type Meter, ROUNDING } from './meter.js';

/** Those that a timer was too coarse for go together, this far. */
const GRAIN_MS = 10;

/** One request after the other, evenly: the rate for an API that does not say what it allows, found by trying. */
export class Spacing implements Meter {
  readonly kind = 'window';
  readonly settlesAt = 'headers';
  readonly perMs = 1_000;
  inFlight = 0;
  #perSecond: number;
  #nextAt = 0;
  #now = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  set perSecond(rate: number) {
    this.#perSecond = rate;
  }

  get capacity(): number {
    return Math.max(1, Math.ceil((this.#perSecond * GRAIN_MS) / 1_000));
  }

  free(now: number): number {
    this.#now = now;
    if (now < this.#nextAt) return 0;
    return Math.min(this.capacity, 1 + Math.floor((now - this.#nextAt) / this.#gap + ROUNDING));
  }

  take(cost: number): void {
    this.inFlight += cost;
    const earliest = this.#now - this.#gap * (this.capacity - 1);
    this.#nextAt = Math.max(this.#nextAt, earliest) + this.#gap * cost;
  }

  settle(estimate: number): void {
    this.inFlight = Math.max(0, this.inFlight - estimate);
  }

  cancel(estimate: number): void {
    this.settle(estimate);
  }

  freeAt(cost: number, now: number): number {
    // Never so much at once, as when some of it is kept for another: who waited for now would look again without end.
    if (cost > this.capacity) return Infinity;
    const before = Math.max(0, Math.ceil(cost - ROUNDING) - 1);
    return Math.max(now, this.#nextAt + before * this.#gap);
  }

  outlook(cost: number, now: number): number {
    return Math.max(now, this.#nextAt + (cost - 1) * this.#gap);
  }

  idle(now: number): boolean {
    return this.inFlight === 0 && now >= this.#nextAt;
  }

  get #gap(): number {
    return 1_000 / this.#perSecond;
  }
}
