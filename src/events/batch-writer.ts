import type { Clock } from '../core/ports.js';

export interface BatchWriterOptions<Row> {
  /** Stores rows, all or none. One call at a time. */
  readonly append: (rows: readonly Row[]) => Promise<void>;
  readonly clock: Clock;
  /** So many rows are written at once, and as soon as there are so many. */
  readonly batch: number;
  /** How long a row may wait to be written, in milliseconds. */
  readonly maxDelayMs: number;
  /** How much is held in memory while the store is slow or fails, as `weigh` counts it; then the oldest rows are dropped. */
  readonly maxPending: number;
  /** What a row counts for. Default: 1. */
  readonly weigh?: (row: Row) => number;
  /** Told once when writing begins to fail. */
  readonly onFailing: (error: unknown, pending: number) => void;
  /** Told when it works again, or when rows had to be dropped. */
  readonly onRecovered: (dropped: number) => void;
}

/** The longest pause between two attempts while the store fails. */
const MAX_PAUSE_MS = 30_000;

/** Writes rows in batches and in order, behind the back of who hands them in: nothing here throws, and nothing is waited for but {@link flush}. */
export class BatchWriter<Row> {
  readonly #options: Required<BatchWriterOptions<Row>>;
  #pending: Row[] = [];
  #weight = 0;
  /** Rows that have been taken in, and rows that have left: stored or dropped. */
  #taken = 0;
  #left = 0;
  #tail = Promise.resolve();
  #working = false;
  #closed = false;
  #alarm: AbortController | undefined;
  /** While the store fails: the pause before the next attempt. */
  #pauseMs: number | undefined;
  /** Since the last time that it was told. */
  #dropped = 0;

  constructor(options: BatchWriterOptions<Row>) {
    this.#options = { weigh: () => 1, ...options };
  }

  /** Takes a row in, to be written soon. */
  write(row: Row): void {
    if (this.#closed) return;
    this.#pending.push(row);
    this.#weight += this.#options.weigh(row);
    this.#taken++;
    while (this.#weight > this.#options.maxPending) if (!this.#dropOldest()) break;
    if (!this.#working) void this.#work();
    else if (this.#pending.length >= this.#options.batch && this.#pauseMs === undefined)
      this.#wake();
  }

  /** Resolves when all that was taken in before is stored, or could not be stored just now. Never rejects. */
  flush(): Promise<void> {
    const until = this.#taken;
    this.#tail = this.#tail.then(() => this.#append(until));
    return this.#tail;
  }

  /** Writes what is left, once, and takes nothing in any more. Leaves no timer behind. */
  async close(): Promise<void> {
    await this.flush();
    // What the store's own recovery had to tell.
    if (this.#pauseMs === undefined) await this.flush();
    this.#closed = true;
    this.#wake();
  }

  /** Runs only while there is something to write. */
  async #work(): Promise<void> {
    this.#working = true;
    while (this.#pending.length > 0 && !this.#closed) {
      const { batch, maxDelayMs } = this.#options;
      if (this.#pauseMs !== undefined) await this.#pause(this.#pauseMs);
      else if (this.#pending.length < batch) await this.#pause(maxDelayMs);
      await this.flush();
    }
    this.#working = false;
  }

  #wake(): void {
    this.#alarm?.abort();
    this.#alarm = undefined;
  }

  async #pause(ms: number): Promise<void> {
    const alarm = new AbortController();
    this.#alarm = alarm;
    try {
      await this.#options.clock.sleep(ms, alarm.signal);
    } catch {
      // Woken early.
    }
    this.#alarm = undefined;
  }

  async #append(until: number): Promise<void> {
    const { weigh, batch, append } = this.#options;
    while (this.#left < until && !this.#closed) {
      const rows = this.#pending.splice(0, batch);
      try {
        // What is being written still counts: it is in memory.
        await append(rows);
      } catch (error) {
        this.#pending.unshift(...rows);
        this.#failed(error);
        return;
      }
      for (const row of rows) this.#weight -= weigh(row);
      this.#left += rows.length;
      this.#succeeded();
    }
  }

  #failed(error: unknown): void {
    const { maxDelayMs, onFailing } = this.#options;
    if (this.#pauseMs !== undefined) {
      this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
      return;
    }
    this.#pauseMs = maxDelayMs;
    onFailing(error, this.#pending.length);
  }

  #succeeded(): void {
    const dropped = this.#dropped;
    if (this.#pauseMs === undefined && dropped === 0) return;
    this.#pauseMs = undefined;
    this.#dropped = 0;
    this.#options.onRecovered(dropped);
  }

  #dropOldest(): boolean {
    const row = this.#pending.shift();
    if (row === undefined) return false;
    this.#weight -= this.#options.weigh(row);
    this.#left++;
    this.#dropped++;
    return true;
  }
}
