/** What was measured, in the unit of its name. Percentiles are within 5 % of the true ones. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Each bucket ends so much higher than the one before. */
const GROWTH = Math.log(1.1);
/** Up to 1.1^200, which is 190,000,000. */
const MOST = 200;

/** Counts values in buckets that grow with them, so that it takes the same little room for any number of values. */
export class Histogram {
  readonly #buckets: number[] = [];
  #count = 0;
  #sum = 0;
  #max = 0;

  add(value: number): void {
    const bucket = value <= 1 ? 0 : Math.min(MOST, Math.ceil(Math.log(value) / GROWTH));
    for (let i = this.#buckets.length; i <= bucket; i++) this.#buckets.push(0);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    this.#max = Math.max(this.#max, value);
  }

  read(): Distribution {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      p99: this.#quantile(0.99),
      max: this.#max,
    };
  }

  #quantile(share: number): number {
    let left = this.#count * share;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket] ?? 0;
      // The middle of the bucket.
      if (left <= 0)
        return Math.min(this.#max, bucket === 0 ? 0 : Math.exp((bucket - 0.5) * GROWTH));
    }
    return this.#max;
  }
}
