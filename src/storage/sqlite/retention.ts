import type { RetentionStore } from '../retention.js';
import type { Database } from './database.js';

type Params = Parameters<RetentionStore['pruneRecords']>[0];

interface OldRow {
  readonly id: number;
  readonly stream: number;
  readonly seq: number;
}

export function retentionVerbs(db: Database): RetentionStore {
  const retention = new Retention(db);
  return {
    pruneRecords: (params) => db.write('pruneRecords', 'durable', () => retention.prune(params)),
  };
}

class Retention {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = db.prepared((prepare) => ({
      // The mark goes with what it speaks of, in one transaction.
      tombstones: {
        find: prepare<OldRow>(
          `SELECT id, stream_id AS stream, seq FROM records r WHERE deleted = 1 AND changed_at < ?
             AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.stream_id = r.stream_id AND v.key = r.key)
           ORDER BY changed_at LIMIT ?`,
        ),
        remove: prepare<never>('DELETE FROM records WHERE id = ?'),
      },
      versions: {
        find: prepare<OldRow>(
          'SELECT seq AS id, stream_id AS stream, seq FROM versions WHERE superseded_at < ? ORDER BY superseded_at LIMIT ?',
        ),
        remove: prepare<never>('DELETE FROM versions WHERE seq = ?'),
      },
      rejected: {
        find: prepare<OldRow>(
          'SELECT id, stream_id AS stream, 0 AS seq FROM rejected WHERE at < ? ORDER BY at LIMIT ?',
        ),
        remove: prepare<never>('DELETE FROM rejected WHERE id = ?'),
      },
      stream: prepare<never>('UPDATE streams SET pruned = max(pruned, ?) WHERE id = ?'),
      feed: prepare<never>(
        'UPDATE feeds SET pruned = max(pruned, ?) WHERE id = (SELECT feed_id FROM streams WHERE id = ?)',
      ),
    }));
  }

  prune({ kind, before, limit }: Params): number {
    const sql = this.#sql();
    const rows = sql[kind].find.all(before, limit);
    const marks = new Map<number, number>();
    for (const { id, stream, seq } of rows) {
      sql[kind].remove.run(id);
      marks.set(stream, Math.max(seq, marks.get(stream) ?? 0));
    }
    for (const [stream, seq] of marks) {
      sql.stream.run(seq, stream);
      sql.feed.run(seq, stream);
    }
    return rows.length;
  }
}
