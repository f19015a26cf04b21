import type { FeedRow, RecordStore } from '../records.js';
import type { Database, Statement } from './database.js';
import { recordColumns, storedRecord } from './rows.js';
import type { FeedTuple } from './rows.js';

type Params = Parameters<RecordStore['readFeed']>[0];
type Answer = Awaited<ReturnType<RecordStore['readFeed']>>;
interface Position {
  readonly seq: number;
  readonly id: number;
}

/** Streams of the feed that have changed since: of one connection, or of all. */
const behind = (one: boolean) =>
  `FROM streams s WHERE s.connector = @connector AND s.stream = @stream AND s.last_seq > @after
   ${one ? 'AND s.connection = @connection' : ''}`;

const statements = (prepare: <Row>(sql: string) => Statement<Row>, one: boolean) => ({
  pruned: prepare<{ readonly pruned: number | null }>(
    `SELECT max(pruned) AS pruned FROM streams WHERE connector = @connector AND stream = @stream
     ${one ? 'AND connection = @connection' : ''}`,
  ),
  window: prepare<Position>(
    `SELECT r.seq, r.id FROM (SELECT s.id ${behind(one)}) AS s CROSS JOIN records r
     WHERE r.stream_id = s.id AND r.seq > @after AND r.seq <= @to ORDER BY r.seq LIMIT @limit`,
  ),
  next: prepare<{ readonly seq: number | null }>(
    `SELECT min((SELECT min(r.seq) FROM records r WHERE r.stream_id = s.id AND r.seq > @after)) AS seq ${behind(one)}`,
  ),
});

/**
 * Reads a feed in windows of numbers. Each number belongs to at most one row of the store, so that a window costs no more than its width
 * and one look at each stream that has changed, however large the store is. Gaps are jumped over.
 */
export function feedOf(db: Database): (params: Params) => Promise<Answer> {
  const sql = db.prepared((prepare) => ({
    seq: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
    one: statements(prepare, true),
    all: statements(prepare, false),
    row: db.prepareRaw<FeedTuple>(
      `SELECT ${recordColumns}, r.key, s.connection, r.changed_at FROM records r JOIN streams s ON s.id = r.stream_id WHERE r.id = ?`,
    ),
  }));

  return async ({ connector, stream, connection, after, limit }) => {
    const feed =
      connection === undefined ? { connector, stream } : { connector, stream, connection };
    const read = () => (connection === undefined ? sql().all : sql().one);
    const { horizon, pruned } = await db.read('readFeed', () => ({
      horizon: sql().seq.get()?.seq ?? 0,
      pruned: read().pruned.get(feed)?.pruned ?? 0,
    }));
    const piece = (from: number, width: number, wanted: number) => {
      const first = read().next.get({ ...feed, after: from })?.seq ?? Infinity;
      if (first > horizon) return { found: [], to: horizon };
      const to = Math.min(first - 1 + width, horizon);
      const found = read().window.all({ ...feed, after: first - 1, to, limit: wanted });
      return { found: found.map(({ id }) => sql().row.get(id)), to };
    };
    const rows: FeedRow[] = [];
    const { breathe } = db.pieces();
    let upTo = after;
    for (let width = limit * 4; upTo < horizon && rows.length < limit; width *= 4) {
      const { found, to } = await db.read('readFeed', () =>
        piece(upTo, width, limit - rows.length),
      );
      for (const row of found) {
        if (row)
          rows.push({ ...storedRecord(row, row[10]), connection: row[11], changedAt: row[12] });
      }
      upTo = rows.length === limit ? (rows.at(-1)?.seq ?? to) : to;
      await breathe();
    }
    return { rows, upTo, pruned };
  };
}
