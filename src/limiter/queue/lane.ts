/** One that waits. */
export interface Queued {
  /** Its place in `PRIORITIES`. */
  readonly place: number;
  /** Since when, in monotonic milliseconds. */
  readonly since: number;
  /** It no longer waits; lanes skip it. */
  gone: boolean;
}

/** How many wait, by place. */
export type Counts = number[];

/** Waiters of one connection and place for the same limits, the oldest first: none of them can go before the one ahead of it. */
export class Lane<W extends Queued> {
  readonly place: number;
  /** Whose turn it is when it is this lane's turn. */
  readonly flow: object;
  /** How many wait here. */
  size = 0;
  #waiters: W[] = [];
  #head = 0;
  #counts: Counts | undefined;

  constructor(place: number, flow: object) {
    this.place = place;
    this.flow = flow;
  }

  /** Those that wait here are counted there, and no longer where they were. */
  countIn(counts: Counts | undefined): void {
    this.#count(-this.size);
    this.#counts = counts;
    this.#count(this.size);
  }

  /** Adds one: at the end, unless it has waited longer than others. */
  add(waiter: W): void {
    const waiters = this.#waiters;
    let at = waiters.length;
    while (at > this.#head && (waiters[at - 1]?.since ?? 0) > waiter.since) at -= 1;
    if (at === waiters.length) waiters.push(waiter);
    else waiters.splice(at, 0, waiter);
    this.size += 1;
    this.#count(1);
  }

  /** Who has waited longest. */
  head(): W | undefined {
    const waiters = this.#waiters;
    let head = waiters[this.#head];
    while (head?.gone === true) head = waiters[++this.#head];
    if (head === undefined || this.#head > 1_024) {
      this.#waiters = waiters.slice(this.#head);
      this.#head = 0;
    }
    return head;
  }

  /** Takes out who has waited longest. */
  shift(): W | undefined {
    const head = this.head();
    if (head === undefined) return undefined;
    this.#head += 1;
    this.size -= 1;
    this.#count(-1);
    return head;
  }

  /** Takes out one that is marked as gone. */
  remove(): void {
    this.size -= 1;
    this.#count(-1);
    // Those in the middle are passed over when their turn comes; not kept for ever, though.
    if (this.#waiters.length - this.#head > 2 * this.size + 64) {
      this.#waiters = this.#waiters.filter(({ gone }) => !gone);
      this.#head = 0;
    }
  }

  #count(change: number): void {
    if (this.#counts) this.#counts[this.place] = (this.#counts[this.place] ?? 0) + change;
  }
}
