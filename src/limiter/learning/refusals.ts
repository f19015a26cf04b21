import type { Random } from '../../core/ports.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/** Counts how often a scope was refused in a row, each time after it had waited as it was told to. */
export class Refusals {
  #count = 0;
  /** What was sent before the last refusal has not heard of it. */
  #since = -Infinity;

  get inARow(): number {
    return this.#count;
  }

  /** Whether a request was sent after the last refusal. */
  isNews(admittedAt: number): boolean {
    return admittedAt >= this.#since;
  }

  /** The scope was refused. Returns how long to wait: what was named, and more when waiting has not helped before. */
  refused(namedMs: number | undefined, admittedAt: number, now: number, random: Random): number {
    const again = this.isNews(admittedAt);
    if (again) {
      this.#count += 1;
      this.#since = now;
    }
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, this.#count - 1));
    const backOff = longest * (0.5 + random() / 2);
    if (namedMs === undefined) return backOff;
    return this.#count > 1 ? Math.max(namedMs, backOff) : namedMs;
  }

  /** A request was answered without a refusal. */
  accepted(admittedAt: number): void {
    if (this.isNews(admittedAt)) this.#count = 0;
  }
}
