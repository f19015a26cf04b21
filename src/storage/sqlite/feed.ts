import type { FeedRow, RecordStore } from '../records.js';
import type { Database } from './database.js';
import { feedColumns, feedRow } from './rows.js';
import type { FeedTuple } from './rows.js';
import { Streams } from './streams.js';

type Params = Parameters<RecordStore['readFeed']>[0];
type Answer = Awaited<ReturnType<RecordStore['readFeed']>>;

/** How many numbers one piece goes through that looks for the changes of one connection among all. */
const PIECE = 20_000;

interface Piece {
  readonly rows: readonly FeedRow[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
  /** Whether that was all there is. */
  readonly end: boolean;
}

/** Reads a feed along the index of its numbers. For one connection, the entries of others are passed over without reading their rows. */
export function feedOf(db: Database): (params: Params) => Promise<Answer> {
  const feed = new Feed(db);
  return async (params) => {
    const { after, limit } = params;
    const pruned = await db.read('readFeed', () => feed.pruned(params));
    const rows: FeedRow[] = [];
    const { breathe } = db.pieces();
    for (let upTo = after; ;) {
      const from = upTo;
      const piece = await db.read('readFeed', () => feed.piece(params, from, limit - rows.length));
      rows.push(...piece.rows);
      upTo = piece.upTo;
      if (piece.end || rows.length === limit) return { rows, upTo, pruned };
      await breathe();
    }
  };
}

/** The steps of a reading, each at one moment of the database. */
class Feed {
  readonly #streams;
  readonly #sql;

  constructor(db: Database) {
    this.#streams = new Streams(db);
    this.#sql = db.prepared((prepare) => ({
      latest: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
      feed: prepare<{ readonly id: number; readonly pruned: number }>(
        'SELECT id, pruned FROM feeds WHERE connector = ? AND stream = ?',
      ),
      stream: prepare<{ readonly last_seq: number; readonly pruned: number }>(
        'SELECT last_seq, pruned FROM streams WHERE id = ?',
      ),
      // Rows of a connection that was deleted are gone, though they may still be there: they have no connection here. CROSS JOIN: along
      // the numbers, whatever the planner thinks.
      all: db.prepareRaw<FeedTuple>(
        `SELECT ${feedColumns}, iif(s.connector IS NULL, NULL, s.connection)
         FROM records r CROSS JOIN streams s ON s.id = r.stream_id
         WHERE r.feed_id = ? AND r.seq > ? ORDER BY r.seq LIMIT ?`,
      ),
      one: db.prepareRaw<FeedTuple>(
        `SELECT ${feedColumns} FROM records r
         WHERE r.feed_id = ? AND r.seq BETWEEN ? AND ? AND r.stream_id = ? ORDER BY r.seq LIMIT ?`,
      ),
      next: prepare<{ readonly seq: number | null }>(
        'SELECT min(seq) AS seq FROM records WHERE feed_id = ? AND seq > ?',
      ),
    }));
  }

  pruned({ connector, connection, stream }: Params): number {
    if (connection === undefined) return this.#sql().feed.get(connector, stream)?.pruned ?? 0;
    const found = this.#streams.find({ connector, connection, stream });
    return (found && this.#sql().stream.get(found.id)?.pruned) ?? 0;
  }

  piece({ connector, connection, stream }: Params, after: number, limit: number): Piece {
    const latest = Math.max(after, this.#sql().latest.get()?.seq ?? 0);
    const end: Piece = { rows: [], upTo: latest, end: true };
    if (connection === undefined) {
      const feed = this.#sql().feed.get(connector, stream)?.id;
      if (feed === undefined) return end;
      const found = this.#sql().all.all(feed, after, limit);
      return pieceOf(found, undefined, { limit, to: latest, latest });
    }
    const found = this.#streams.find({ connector, connection, stream });
    return found ? this.#pieceOf({ ...found, connection }, after, latest, limit) : end;
  }

  #pieceOf(
    stream: { readonly id: number; readonly feed: number; readonly connection: string },
    after: number,
    latest: number,
    limit: number,
  ): Piece {
    const last = this.#sql().stream.get(stream.id)?.last_seq ?? 0;
    const first = after < last ? this.#sql().next.get(stream.feed, after)?.seq : null;
    if (typeof first !== 'number') return { rows: [], upTo: latest, end: true };
    const to = first + PIECE >= last ? latest : first + PIECE;
    const { id, feed, connection } = stream;
    const found = this.#sql().one.all(feed, first, to, id, limit);
    return pieceOf(found, connection, { limit, to, latest });
  }
}

/** `to`: how far was looked, unless there was more than wanted. */
function pieceOf(
  found: readonly FeedTuple[],
  one: string | undefined,
  { limit, to, latest }: { readonly limit: number; readonly to: number; readonly latest: number },
): Piece {
  const rows: FeedRow[] = [];
  for (const row of found) {
    const connection = one ?? row[9];
    if (typeof connection === 'string') rows.push(feedRow(row, connection));
  }
  const last = found.length < limit ? undefined : found.at(-1);
  const upTo = last?.[5] ?? to;
  return { rows, upTo, end: upTo >= latest };
}
