import { Charges } from './charges.js';
import { type Meter, ROUNDING } from './meter.js';

/** In how many parts a window is counted: what ends within one ends with it, so that half a hundredth of the window is lost at most. */
const SLOTS = 200;

/**
 * Never more than `tokens` in any window of `perMs`, as the server sees it.
 *
 * The server sees a request some time between its admission and its response's headers. It counts from the first until `perMs` after the
 * last: of any two requests that a window of the server's holds, the earlier one still counted when the later one was admitted. A token
 * bucket of the same size allows no less than this window, so that none is needed beside it; a burst is a second, shorter window.
 */
export class SlidingWindow implements Meter {
  readonly perMs: number;
  inFlight = 0;
  #tokens: number;
  readonly #charges = new Charges();

  constructor(tokens: number, perMs: number) {
    this.#tokens = tokens;
    this.perMs = perMs;
  }

  get kind(): 'window' {
    return 'window';
  }

  get settlesAt(): 'headers' {
    return 'headers';
  }

  get capacity(): number {
    return this.#tokens;
  }

  set capacity(tokens: number) {
    this.#tokens = tokens;
  }

  free(now: number): number {
    const charges = this.#charges;
    if (charges.nextEnd <= now) charges.expire(now);
    return this.#tokens - this.inFlight - charges.total;
  }

  take(cost: number): void {
    this.inFlight += cost;
  }

  settle(estimate: number, actual: number, now: number): void {
    this.cancel(estimate);
    const slot = this.perMs / SLOTS;
    this.#charges.add((Math.floor(now / slot) + 1) * slot + this.perMs, actual);
  }

  cancel(estimate: number): void {
    const left = this.inFlight - estimate;
    this.inFlight = left < ROUNDING ? 0 : left;
  }

  freeAt(cost: number, now: number): number {
    const lacking = cost - this.free(now) - ROUNDING;
    return lacking <= 0 ? now : this.#charges.endOf(lacking);
  }

  outlook(cost: number, now: number): number {
    const lacking = cost - this.free(now) - ROUNDING;
    if (lacking <= 0) return now;
    const rounds = Math.floor(lacking / this.#tokens);
    const end = this.#charges.endOf(lacking - rounds * this.#tokens);
    return rounds * this.perMs + (end === Infinity ? now + this.perMs : end);
  }

  idle(now: number): boolean {
    return this.inFlight === 0 && this.free(now) >= this.#tokens;
  }
}
