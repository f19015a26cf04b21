import { StoreError } from '../../core/errors.js';

/** A prepared statement of better-sqlite3, as far as Syncline uses it. */
export interface SqliteStatement {
  run(...params: unknown[]): {
    readonly changes: number;
    readonly lastInsertRowid: number | bigint;
  };
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  raw(toggle?: boolean): this;
  pluck(toggle?: boolean): this;
  safeIntegers(toggle?: boolean): this;
}

/** A database of better-sqlite3, as far as Syncline uses it. */
export interface SqliteHandle {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown;
  close(): unknown;
}

/** Opens a file with better-sqlite3, which is loaded now and not before. */
export async function openFile(path: string): Promise<SqliteHandle> {
  const driver = await loadDriver();
  // SQLite's own waiting would sleep inside the event loop: we wait by the clock.
  return new driver(path, { timeout: 0 });
}

async function loadDriver(): Promise<
  new (path: string, options: { timeout: number }) => SqliteHandle
> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (cause) {
    throw new StoreError(
      'The SQLite driver better-sqlite3 could not be loaded. Install it (npm install better-sqlite3), and see that npm was allowed to run ' +
        'its install script, or use memory() or another store.',
      { cause },
    );
  }
}
