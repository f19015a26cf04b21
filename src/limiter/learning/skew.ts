/** `Date` has whole seconds, and nobody knows when within its travel a response was dated. */
const SMALLEST_MS = 2_000;
const KEPT = 9;

/** How far the server's clock is ahead of ours, from the `Date` headers of its responses. */
export class Skew {
  readonly #seen: number[] = [];
  #median = 0;

  /** The middle one of the last few: one that is odd does not count. */
  get ms(): number {
    return Math.abs(this.#median) < SMALLEST_MS ? 0 : this.#median;
  }

  learn(serverTime: number, now: number, latencyMs: number): void {
    const skew = serverTime + 500 - (now - latencyMs / 2);
    if (!Number.isFinite(skew)) return;
    this.#seen.push(skew);
    if (this.#seen.length > KEPT) this.#seen.shift();
    const sorted = [...this.#seen].sort((a, b) => a - b);
    this.#median = sorted[sorted.length >> 1] ?? 0;
  }
}
