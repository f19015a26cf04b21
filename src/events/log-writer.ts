import type { Clock } from '../core/ports.js';
import type { LogLevel } from './event-base.js';
import { reachesLevel } from './event-level.js';
import type { AnyEvent } from './event-map.js';
import { type EventRow, toEventRow } from './event-row.js';
import type { Emit } from './emitter.js';
import { toErrorInfo } from './error-info.js';

export interface LogWriterOptions {
  /** Stores rows, all or none: the store's `appendLogs`. One call at a time. */
  readonly append: (rows: readonly EventRow[]) => Promise<void>;
  readonly clock: Clock;
  /** Where `store.logs_failing` and `store.logs_recovered` are told. */
  readonly emit: Emit;
  /** Events of this level and the graver ones are kept, and every line of `ctx.log`. Default: `'info'`. */
  readonly level?: LogLevel;
  /** So many events are written at once, and as soon as there are so many. Default: 200. */
  readonly batch?: number;
  /** How long an event may wait to be written, in milliseconds. Default: 250. */
  readonly maxDelayMs?: number;
  /** How many events are held in memory while the store is slow or fails; then the oldest are dropped. Default: 10,000. */
  readonly maxPending?: number;
}

/** The longest pause between two attempts while the store fails. */
const MAX_PAUSE_MS = 30_000;

/**
 * Keeps events in the store, in batches and in order, behind the back of who emits them: nothing here throws, and nothing is waited for
 * but {@link flush}.
 *
 * @example const log = new LogWriter({ append: (rows) => store.appendLogs({ rows }), clock, emit }); emitter.onAny((event) => log.write(event));
 */
export class LogWriter {
  readonly #options: Required<LogWriterOptions>;
  #pending: EventRow[] = [];
  /** Rows that have been taken in, and rows that have left: stored or dropped. */
  #taken = 0;
  #left = 0;
  #inFlight = 0;
  #tail = Promise.resolve();
  #working = false;
  #closed = false;
  #alarm: AbortController | undefined;
  /** While the store fails: the pause before the next attempt. */
  #pauseMs: number | undefined;
  /** Since the last event that told of it. */
  #dropped = 0;

  constructor(options: LogWriterOptions) {
    this.#options = { level: 'info', batch: 200, maxDelayMs: 250, maxPending: 10_000, ...options };
  }

  /** Takes an event in, to be written soon. */
  write(event: AnyEvent): void {
    const { level, batch } = this.#options;
    if (this.#closed || !(reachesLevel(event.level, level) || event.type === 'log.line')) return;
    this.#pending.push(toEventRow(event));
    this.#taken++;
    this.#dropExcess();
    if (!this.#working) void this.#work();
    else if (this.#pending.length >= batch && this.#pauseMs === undefined) this.#wake();
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
    while (this.#left < until && !this.#closed) {
      const rows = this.#pending.splice(0, this.#options.batch);
      this.#inFlight = rows.length;
      try {
        await this.#options.append(rows);
      } catch (error) {
        this.#inFlight = 0;
        this.#pending.unshift(...rows);
        this.#failed(error);
        return;
      }
      this.#inFlight = 0;
      this.#left += rows.length;
      this.#succeeded();
    }
  }

  #failed(error: unknown): void {
    const { maxDelayMs, emit } = this.#options;
    if (this.#pauseMs !== undefined) {
      this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
      return;
    }
    this.#pauseMs = maxDelayMs;
    emit({ type: 'store.logs_failing', pending: this.#pending.length, error: toErrorInfo(error) });
  }

  #succeeded(): void {
    const dropped = this.#dropped;
    if (this.#pauseMs === undefined && dropped === 0) return;
    this.#pauseMs = undefined;
    this.#dropped = 0;
    this.#options.emit({ type: 'store.logs_recovered', dropped });
  }

  #dropExcess(): void {
    if (this.#pending.length + this.#inFlight <= this.#options.maxPending) return;
    if (this.#pending.shift() === undefined) return;
    this.#left++;
    this.#dropped++;
  }
}
