import type { FeedRow, RecordStore } from '../records.js';
import type { Database } from './database.js';
import { recordColumns, storedRecord } from './rows.js';
import type { FeedTuple } from './rows.js';
import { Streams } from './streams.js';

type Params = Parameters<RecordStore['readFeed']>[0];
type Answer = Awaited<ReturnType<RecordStore['readFeed']>>;

/** How many numbers one piece goes through that looks for the changes of one connection among all. */
const PIECE = 20_000;

interface Position {
  readonly seq: number;
  readonly id: number;
}
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
      all: prepare<Position>(
        'SELECT seq, id FROM records WHERE feed_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      ),
      one: prepare<Position>(
        `SELECT seq, id FROM records WHERE feed_id = ? AND seq BETWEEN ? AND ? AND stream_id = ?
         ORDER BY seq LIMIT ?`,
      ),
      next: prepare<{ readonly seq: number | null }>(
        'SELECT min(seq) AS seq FROM records WHERE feed_id = ? AND seq > ?',
      ),
      // Rows of a connection that was deleted are gone, though they may still be there.
      row: db.prepareRaw<FeedTuple>(
        `SELECT ${recordColumns}, r.key, s.connection, r.changed_at
         FROM records r JOIN streams s ON s.id = r.stream_id WHERE r.id = ? AND s.connector IS NOT NULL`,
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
      return this.#rows(found, found.length < limit ? latest : found.at(-1)?.seq, latest);
    }
    const found = this.#streams.find({ connector, connection, stream });
    return found ? this.#pieceOf(found, after, latest, limit) : end;
  }

  #pieceOf(
    stream: { readonly id: number; readonly feed: number },
    after: number,
    latest: number,
    limit: number,
  ): Piece {
    const last = this.#sql().stream.get(stream.id)?.last_seq ?? 0;
    const first = after < last ? this.#sql().next.get(stream.feed, after)?.seq : null;
    if (typeof first !== 'number') return { rows: [], upTo: latest, end: true };
    const to = first + PIECE >= last ? latest : first + PIECE;
    const found = this.#sql().one.all(stream.feed, first, to, stream.id, limit);
    return this.#rows(found, found.length < limit ? to : found.at(-1)?.seq, latest);
  }

  #rows(found: readonly Position[], upTo: number | undefined, latest: number): Piece {
    const rows: FeedRow[] = [];
    for (const { id } of found) {
      const row = this.#sql().row.get(id);
      if (row)
        rows.push({ ...storedRecord(row, row[10]), connection: row[11], changedAt: row[12] });
    }
    return { rows, upTo: upTo ?? latest, end: upTo === undefined || upTo >= latest };
  }
}
