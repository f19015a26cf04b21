/** Amounts that count until an instant each. They are added in the order in which they end, and cost memory only while they count. */
export class Charges {
  /** The sum of what counts. */
  total = 0;
  /** When the oldest one ends; Infinity when there is none. */
  nextEnd = Infinity;
  /** End and amount by turns. */
  #entries: number[] = NONE;
  #head = 0;

  add(end: number, amount: number): void {
    if (amount === 0) return;
    const entries = this.#entries;
    const last = entries.length - 2;
    this.total += amount;
    if (last < this.#head) {
      this.#entries = [end, amount];
      this.#head = 0;
      this.nextEnd = end;
    } else if ((entries[last] ?? 0) >= end) {
      entries[last + 1] = (entries[last + 1] ?? 0) + amount;
    } else {
      entries.push(end, amount);
    }
  }

  /** Ends the oldest one, and returns its amount. */
  shift(): number {
    const amount = this.#entries[this.#head + 1] ?? 0;
    this.#head += 2;
    if (this.#head >= this.#entries.length) {
      // Sums of fractions are off by rounding: nothing is exactly nothing again.
      this.total = 0;
      this.nextEnd = Infinity;
      this.#entries = NONE;
      this.#head = 0;
      return amount;
    }
    this.total -= amount;
    this.nextEnd = this.#entries[this.#head] ?? Infinity;
    if (this.#head > 256) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return amount;
  }

  expire(now: number): void {
    while (this.nextEnd <= now) this.shift();
  }

  /** When so much of the total will have ended; Infinity when there is less. */
  endOf(amount: number): number {
    let left = amount;
    for (let i = this.#head; i < this.#entries.length; i += 2) {
      left -= this.#entries[i + 1] ?? 0;
      if (left <= 1e-9) return this.#entries[i] ?? Infinity;
    }
    return Infinity;
  }
}

/** Shared by all that hold nothing; never written to. */
const NONE: number[] = [];
