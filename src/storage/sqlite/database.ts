import { StoreError } from '../../core/errors.js';
import type { StoreEnvironment } from '../contract.js';
import { misuse, notOpen } from '../refusals.js';
import { untilFree } from './busy.js';
import { openFile } from './driver.js';
import type { SqliteHandle, SqliteStatement } from './driver.js';
import { toStoreError } from './errors.js';
import { migrate, needsMigration } from './migrations.js';

/** A prepared statement whose rows have a type. */
export interface Statement<Row> {
  run(...params: unknown[]): {
    readonly changes: number;
    readonly lastInsertRowid: number | bigint;
  };
  get(...params: unknown[]): Row | undefined;
  all(...params: unknown[]): Row[];
}

/** Larger pages waste less beside rows of some hundred bytes. Only a new file takes it. */
const PAGE_SIZE = 8_192;
/**
 * How many pages the log gathers before they are written to the file: half of what SQLite would. It costs nothing that can be measured, and the
 * event loop is held half as long.
 */
const LOG_PAGES = 500;
const NORMAL = 1;
const FULL = 2;
/** How long one piece of a long reading may hold the event loop. */
const PIECE_MS = 8;

interface Opened {
  readonly handle: SqliteHandle;
  readonly environment: StoreEnvironment;
  /** What the handle had before, to be given back. */
  readonly before: { readonly synchronous: number; readonly busyTimeout: number };
  /** NORMAL is safe against damage only with a write-ahead log. */
  readonly wal: boolean;
  /** The level of durability that was set last. */
  level: number | undefined;
  readonly begin: SqliteStatement;
  readonly beginRead: SqliteStatement;
  readonly commit: SqliteStatement;
}

/** One SQLite database: opening, transactions, waiting while others write, errors. */
export class Database {
  readonly #target: string | SqliteHandle;
  readonly #busyMs: number;
  readonly path: string;
  #opened: Opened | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(target: string | SqliteHandle, busyMs: number) {
    this.#target = target;
    this.#busyMs = busyMs;
    this.path = typeof target === 'string' ? `'${target}'` : 'that was handed over';
  }

  open(environment: StoreEnvironment): Promise<void> {
    this.#closed = false;
    this.#opening ??= this.#open(environment).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = this.#opening = undefined;
    if (!opened?.handle.open) return;
    const { handle, before } = opened;
    if (typeof this.#target === 'string') handle.close();
    else {
      handle.pragma(`busy_timeout = ${before.busyTimeout}`);
      if (!handle.inTransaction) handle.pragma(`synchronous = ${before.synchronous}`);
    }
  }

  /** Statements that are prepared when they are first needed, and kept as long as the database stays open. */
  prepared<T>(make: (prepare: <Row>(sql: string) => Statement<Row>) => T): () => T {
    let kept: { readonly of: Opened; readonly made: T } | undefined;
    return () => {
      const of = this.#now();
      if (kept?.of !== of) kept = { of, made: make((sql) => this.prepare(sql)) };
      return kept.made;
    };
  }

  prepare<Row>(sql: string): Statement<Row> {
    // The one place where rows get their types: nothing but the tests can check SQL's.
    return this.#now().handle.prepare(sql).safeIntegers(false) as Statement<Row>;
  }

  /** As `prepare`, with rows as lists of values: for the statements that run once per record. */
  prepareRaw<Row extends readonly unknown[]>(sql: string): Statement<Row> {
    return this.#now().handle.prepare(sql).safeIntegers(false).raw(true) as Statement<Row>;
  }

  /** As `prepare`, with the first column alone in place of the row. */
  prepareFirst<Value>(sql: string): Statement<Value> {
    return this.#now().handle.prepare(sql).safeIntegers(false).pluck(true) as Statement<Value>;
  }

  /** Reads at one moment of the database. The work is synchronous: no transaction spans an await. */
  read<T>(verb: string, work: () => T): Promise<T> {
    return this.#transaction(verb, ({ beginRead }) => {
      beginRead.run();
      return work();
    });
  }

  /**
   * Writes in one transaction. `durable` survives a power cut once it has resolved, and is not seen by anyone before; `light` may be lost
   * in one, but never leaves half of itself.
   */
  write<T>(verb: string, durability: 'durable' | 'light', work: () => T): Promise<T> {
    return this.#transaction(verb, (opened) => {
      this.#setLevel(opened, durability);
      opened.begin.run();
      return work();
    });
  }

  /** The level cannot be changed inside a transaction. On an owner's handle, somebody else may have changed it since. */
  #setLevel(opened: Opened, durability: 'durable' | 'light'): void {
    const { before, wal, handle } = opened;
    const level = durability === 'light' && wal ? NORMAL : Math.max(FULL, before.synchronous);
    if (opened.level === level && typeof this.#target === 'string') return;
    handle.pragma(`synchronous = ${level}`);
    opened.level = level;
  }

  /** Lets the event loop breathe between two pieces of a long reading. */
  pieces(): { readonly breathe: () => Promise<void> } {
    const { clock } = this.#now().environment;
    let began = clock.monotonic();
    return {
      breathe: async () => {
        if (clock.monotonic() - began < PIECE_MS) return;
        await clock.sleep(0);
        began = clock.monotonic();
      },
    };
  }

  async #transaction<T>(verb: string, work: (opened: Opened) => T): Promise<T> {
    const { environment } = this.#now();
    const doing = { path: this.path, verb };
    return untilFree(environment, this.#busyMs, doing, () => {
      const opened = this.#now();
      const { handle, commit } = opened;
      if (handle.inTransaction) {
        throw misuse(
          `${verb} was refused: the handle ${this.path} is in a transaction of its owner. End it before Syncline is used, or give Syncline ` +
            'a handle of its own.',
          { verb },
        );
      }
      try {
        const result = work(opened);
        commit.run();
        return result;
      } catch (error) {
        rollback(handle);
        throw error;
      }
    });
  }

  #now(): Opened {
    if (this.#closed || !this.#opened) throw notOpen(this.#closed ? 'closed' : 'new');
    return this.#opened;
  }

  async #open(environment: StoreEnvironment): Promise<void> {
    const target = this.#target;
    const doing = { path: this.path, verb: 'open' };
    const retry = <T>(work: () => T) => untilFree(environment, this.#busyMs, doing, work);
    const handle = typeof target === 'string' ? await openOwn(target, doing) : target;
    try {
      const busyTimeout = Number(handle.pragma('busy_timeout', { simple: true }));
      handle.pragma('busy_timeout = 0');
      // Even this reads the file, which another process may be making.
      const synchronous = await retry(() => Number(handle.pragma('synchronous', { simple: true })));
      const before = { synchronous, busyTimeout };
      const stale = await retry(() => atOneMoment(handle, () => needsMigration(handle, this.path)));
      const journal = await retry(() => useWriteAheadLog(handle, this.path));
      if (stale) await retry(() => durably(handle, () => migrate(handle, this.path)));
      this.#opened = {
        ...{ handle, environment, before, wal: journal === 'wal', level: undefined },
        begin: handle.prepare('BEGIN IMMEDIATE'),
        beginRead: handle.prepare('BEGIN'),
        commit: handle.prepare('COMMIT'),
      };
    } catch (error) {
      if (typeof target === 'string') handle.close();
      throw toStoreError(error, doing);
    }
  }
}

async function openOwn(
  path: string,
  doing: { readonly path: string; readonly verb: string },
): Promise<SqliteHandle> {
  try {
    const handle = await openFile(path);
    handle.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
    return handle;
  } catch (error) {
    throw toStoreError(error, doing);
  }
}

/** The write-ahead log: readers and the writer do not wait for each other. A database in memory has none. */
function useWriteAheadLog(handle: SqliteHandle, path: string): unknown {
  const present = handle.pragma('journal_mode', { simple: true });
  if (present === 'wal' || present === 'memory') return present;
  handle.pragma(`page_size = ${PAGE_SIZE}`);
  const journal = handle.pragma('journal_mode = WAL', { simple: true });
  if (journal !== 'wal') {
    throw new StoreError(
      `The database ${path} cannot use a write-ahead log (its journal mode is '${String(journal)}'). Put it on a local disk; network file ` +
        'systems do not do.',
      { context: { path } },
    );
  }
  return journal;
}

/** Reads of a file that another process may be making: what it is and what is in it must be of the same moment. */
function atOneMoment<T>(handle: SqliteHandle, read: () => T): T {
  if (handle.inTransaction) return read();
  handle.exec('BEGIN');
  try {
    const found = read();
    handle.exec('COMMIT');
    return found;
  } catch (error) {
    rollback(handle);
    throw error;
  }
}

function durably(handle: SqliteHandle, work: () => void): void {
  handle.pragma(`synchronous = ${FULL}`);
  handle.exec('BEGIN IMMEDIATE');
  try {
    work();
    handle.exec('COMMIT');
  } catch (error) {
    rollback(handle);
    throw error;
  }
}

/** Never throws: what led to it is the error to tell. Some errors have rolled back by themselves. */
function rollback(handle: SqliteHandle): void {
  if (!handle.open || !handle.inTransaction) return;
  try {
    handle.exec('ROLLBACK');
  } catch {
    // The transaction is gone with the next one that begins, or the file is beyond help; the first error says so.
  }
}
