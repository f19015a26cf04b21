import type { Clock } from '../core/ports.js';
import { BatchWriter } from './batch-writer.js';
import type { LogLevel } from './event-base.js';
import { EVENT_LEVELS, reachesLevel } from './event-level.js';
import type { AnyEvent, EventName } from './event-map.js';
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

/**
 * Keeps events in the store, in batches and in order, behind the back of who emits them.
 *
 * @example const log = new LogWriter({ append: (rows) => store.appendLogs({ rows }), clock, emit }); emitter.onAny((event) => log.write(event), (type) => log.keeps(type));
 */
export class LogWriter {
  readonly #level: LogLevel;
  readonly #writer: BatchWriter<EventRow>;

  constructor({ level, emit, ...options }: LogWriterOptions) {
    this.#level = level ?? 'info';
    this.#writer = new BatchWriter({
      batch: 200,
      maxDelayMs: 250,
      maxPending: 10_000,
      ...options,
      onFailing: (error, pending) => {
        emit({ type: 'store.logs_failing', pending, error: toErrorInfo(error) });
      },
      onRecovered: (dropped) => {
        emit({ type: 'store.logs_recovered', dropped });
      },
    });
  }

  /** Whether events of that name are kept, as their levels are by themselves. */
  keeps(type: EventName): boolean {
    return type === 'log.line' || reachesLevel(EVENT_LEVELS[type], this.#level);
  }

  /** Takes an event in, to be written soon. */
  write(event: AnyEvent): void {
    if (reachesLevel(event.level, this.#level) || event.type === 'log.line')
      this.#writer.write(toEventRow(event));
  }

  /** Resolves when all that was taken in before is stored, or could not be stored just now. Never rejects. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is left, once, and takes nothing in any more. Leaves no timer behind. */
  close(): Promise<void> {
    return this.#writer.close();
  }
}
