import { leaseLost, noConnection } from '../refusals.js';
import type { Lease, StreamRef } from '../stream-ref.js';
import type { Database } from './database.js';

export interface StreamRow {
  readonly id: number;
  /** The latest that was given out. */
  readonly token: number;
  readonly run: string | null;
  readonly until: number | null;
}

/** The rows of streams, used within the transactions of others. */
export class Streams {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = db.prepared((prepare) => ({
      find: prepare<StreamRow>(
        `SELECT id, lease_token AS token, lease_run AS run, lease_until AS until FROM streams
         WHERE connector = ? AND connection = ? AND stream = ?`,
      ),
      connection: prepare<unknown>('SELECT 1 FROM connections WHERE connector = ? AND id = ?'),
      create: prepare<never>(
        'INSERT INTO streams (connector, connection, stream) VALUES (?, ?, ?)',
      ),
    }));
  }

  find(ref: StreamRef): StreamRow | undefined {
    return this.#sql().find.get(ref.connector, ref.connection, ref.stream);
  }

  /** The stream's row, made when its connection is there. */
  ensure(ref: StreamRef, verb: string): StreamRow {
    const found = this.find(ref);
    if (found) return found;
    const { connection, create } = this.#sql();
    if (connection.get(ref.connector, ref.connection) === undefined) throw noConnection(ref, verb);
    const { lastInsertRowid } = create.run(ref.connector, ref.connection, ref.stream);
    return { id: Number(lastInsertRowid), token: 0, run: null, until: null };
  }

  /** The stream of a lease that is the latest; an expired one that nobody has taken is. */
  leased(lease: Lease, verb: string): StreamRow {
    const row = this.find(lease.ref);
    if (row?.token !== lease.token || row.run !== lease.run) throw leaseLost(lease, verb);
    return row;
  }
}
