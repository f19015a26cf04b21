import { leaseLost, noConnection } from '../refusals.js';
import type { Lease, StreamRef } from '../stream-ref.js';
import type { Database } from './database.js';

export interface StreamRow {
  readonly id: number;
  /** Of the stream over all connections. */
  readonly feed: number;
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
        `SELECT id, feed_id AS feed, lease_token AS token, lease_run AS run, lease_until AS until FROM streams
         WHERE connector = ? AND connection = ? AND stream = ?`,
      ),
      connection: prepare<unknown>('SELECT 1 FROM connections WHERE connector = ? AND id = ?'),
      addFeed: prepare<never>(
        'INSERT INTO feeds (connector, stream) VALUES (?, ?) ON CONFLICT DO NOTHING',
      ),
      feed: prepare<{ readonly id: number }>(
        'SELECT id FROM feeds WHERE connector = ? AND stream = ?',
      ),
      create: prepare<never>(
        'INSERT INTO streams (connector, connection, stream, feed_id) VALUES (?, ?, ?, ?)',
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
    const sql = this.#sql();
    const { connector, connection, stream } = ref;
    if (sql.connection.get(connector, connection) === undefined) throw noConnection(ref, verb);
    sql.addFeed.run(connector, stream);
    const feed = sql.feed.get(connector, stream)?.id ?? 0;
    const { lastInsertRowid } = sql.create.run(connector, connection, stream, feed);
    return { id: Number(lastInsertRowid), feed, token: 0, run: null, until: null };
  }

  /** The stream of a lease that is the latest; an expired one that nobody has taken is. */
  leased(lease: Lease, verb: string): StreamRow {
    const row = this.find(lease.ref);
    if (row?.token !== lease.token || row.run !== lease.run) throw leaseLost(lease, verb);
    return row;
  }
}
