import type { ResetStore } from '../reset.js';
import type { Database } from './database.js';
import { sweep } from './removal.js';
import { type StreamRow, Streams } from './streams.js';

type Params = Parameters<ResetStore['resetStream']>[0];

export function resetVerbs(db: Database): ResetStore {
  const reset = new Reset(db);
  return {
    resetStream: async (params) => {
      const done = await db.write('resetStream', 'durable', () => reset.run(params));
      // What was stored is out of sight; its rows go in slices.
      if (done && params.records) await sweep(db);
      return done;
    },
  };
}

class Reset {
  readonly #streams;
  readonly #sql;

  constructor(db: Database) {
    this.#streams = new Streams(db);
    this.#sql = db.prepared((prepare) => ({
      release: prepare<never>(
        `UPDATE streams SET lease_token = lease_token + 1, lease_run = NULL, lease_owner = NULL, lease_until = NULL,
           state = ? WHERE id = ?`,
      ),
      dropAll: prepare<never>('DELETE FROM positions WHERE stream_id = ?'),
      setAll: prepare<never>('UPDATE positions SET position = ? WHERE stream_id = ?'),
      setOne: prepare<never>(
        "INSERT OR REPLACE INTO positions (stream_id, partition, position) VALUES (?, '', ?)",
      ),
      number: prepare<{ readonly seq: number }>('UPDATE meta SET seq = seq + 1 RETURNING seq'),
      detach: prepare<never>('UPDATE streams SET connector = NULL, connection = NULL WHERE id = ?'),
      successor: prepare<never>(
        `INSERT INTO streams (connector, connection, stream, feed_id, lease_token, last_seq, pruned, state)
         SELECT ?, ?, stream, feed_id, lease_token, ?, ?, state FROM streams WHERE id = ?`,
      ),
      runs: prepare<never>('UPDATE runs SET stream_id = ? WHERE stream_id = ?'),
      positions: prepare<never>('UPDATE positions SET stream_id = ? WHERE stream_id = ?'),
      feed: prepare<never>('UPDATE feeds SET pruned = ? WHERE id = ?'),
    }));
  }

  run({ ref, now, state, position, records }: Params): boolean {
    const sql = this.#sql();
    const stream = this.#streams.ensure(ref, 'resetStream');
    if (stream.run !== null && (stream.until ?? -Infinity) > now) return false;
    sql.release.run(JSON.stringify(state), stream.id);
    if (position === null) sql.dropAll.run(stream.id);
    else {
      const text = JSON.stringify(position);
      sql.setAll.run(text, stream.id);
      sql.setOne.run(stream.id, text);
    }
    if (records) this.#succeed(stream, ref);
    return true;
  }

  /** Another row takes the stream's place; what was stored under the old one is on its way out. */
  #succeed({ id, feed }: StreamRow, { connector, connection }: Params['ref']): void {
    const sql = this.#sql();
    const seq = sql.number.get()?.seq ?? 0;
    sql.detach.run(id);
    const { lastInsertRowid: next } = sql.successor.run(connector, connection, seq, seq, id);
    sql.runs.run(next, id);
    sql.positions.run(next, id);
    sql.feed.run(seq, feed);
  }
}
