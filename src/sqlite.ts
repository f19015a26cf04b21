import { sqliteStore } from './storage/sqlite/store.js';
import type { Store } from './storage/contract.js';
import type { SqliteHandle } from './storage/sqlite/driver.js';

export type { Store } from './storage/contract.js';
export type { SqliteHandle, SqliteStatement } from './storage/sqlite/driver.js';

export interface SqliteOptions {
  /**
   * How long a call keeps trying while another process holds the database, in milliseconds; then it rejects with `StoreError`. Raise it
   * where a backup locks the file for longer.
   *
   * @default 5_000
   */
  readonly busyTimeout?: number;
}

/**
 * A store in one SQLite file, which several processes on the same machine may use at once. The file is created when it is missing, and
 * brought up to date when an older version of Syncline wrote it; its directory must exist, on a local disk.
 *
 * Commits survive a power cut (`synchronous=FULL`); logs and heartbeats may lose their last moments in one.
 *
 * @param target The path of the file, or an open database of better-sqlite3. A handle stays open when the syncer stops. While it is in
 * use, its busy timeout is 0; give Syncline a handle of its own, since transactions of others on it would become part of Syncline's work.
 *
 * @example
 * const syncer = createSyncer({ connectors: [github], store: sqlite('./sync.db') });
 *
 * @example
 * import Database from 'better-sqlite3';
 * const db = new Database('./sync.db');
 * const syncer = createSyncer({ connectors: [github], store: sqlite(db) });
 */
export function sqlite(target: string | SqliteHandle, options: SqliteOptions = {}): Store {
  return sqliteStore(target, options.busyTimeout ?? 5_000);
}
