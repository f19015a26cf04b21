import type { FeedRow, RecordStore } from '../records.js';
import type { Database } from './database.js';
import { feedColumns, feedRow } from './rows.js';
import type { FeedTuple } from './rows.js';

type Params = Parameters<RecordStore['readFeed']>[0];
type Answer = Awaited<ReturnType<RecordStore['readFeed']>>;

/** How many numbers one piece goes through that looks for the changes of one connection among all. */
const PIECE = 20_000;

/** Rows of a connection that was deleted are gone, though they may still be there: they have no connection here. */
const CONNECTION_IF_THERE = 'iif(s.connector IS NULL, NULL, s.connection)';

/** One side of a feed with history: the latest versions, or the superseded ones, each with the one before it. */
function everyVersion(table: 'records' | 'versions', connection: string, where: string): string {
  return `SELECT ${feedColumns}, ${connection},
      (SELECT p.data FROM versions p WHERE p.stream_id = r.stream_id AND p.key = r.key AND p.seq < r.seq ORDER BY p.seq DESC LIMIT 1)
    FROM ${table} r CROSS JOIN streams s ON s.id = r.stream_id WHERE r.feed_id = ? AND ${where}`;
}

/** Where a feed stands. */
interface Standing {
  /** The store's latest number. */
  readonly latest: number;
  readonly pruned: number;
}

interface Piece {
  readonly rows: readonly FeedRow[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
  /** Whether that was all there is. */
  readonly end: boolean;
  readonly pruned: number;
}

/** Reads a feed along the index of its numbers. For one connection, the entries of others are passed over without reading their rows. */
export function feedOf(db: Database): (params: Params) => Promise<Answer> {
  const feed = new Feed(db);
  return async (params) => {
    const { after, limit } = params;
    const read = (from: number, most: number): Promise<Piece> =>
      db.read('readFeed', () => feed.piece(params, from, most));
    let piece = await read(after, limit);
    const { pruned } = piece;
    const rows = [...piece.rows];
    const { breathe } = db.pieces();
    while (!piece.end && rows.length < limit) {
      await breathe();
      piece = await read(piece.upTo, limit - rows.length);
      rows.push(...piece.rows);
    }
    return { rows, upTo: piece.upTo, pruned };
  };
}

/** The steps of a reading, each at one moment of the database. */
class Feed {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = db.prepared((prepare) => ({
      latest: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
      feed: prepare<Standing & { readonly id: number }>(
        'SELECT id, pruned, (SELECT seq FROM meta) AS latest FROM feeds WHERE connector = ? AND stream = ?',
      ),
      stream: prepare<
        Standing & { readonly id: number; readonly feed: number; readonly last: number }
      >(
        `SELECT id, feed_id AS feed, last_seq AS last, pruned, (SELECT seq FROM meta) AS latest FROM streams
         WHERE connector = ? AND connection = ? AND stream = ?`,
      ),
      // CROSS JOIN: along the numbers, whatever the planner thinks.
      all: db.prepareRaw<FeedTuple>(
        `SELECT ${feedColumns}, ${CONNECTION_IF_THERE}
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
      nextVersion: prepare<{ readonly seq: number | null }>(
        'SELECT min(seq) AS seq FROM versions WHERE feed_id = ? AND seq > ?',
      ),
      // Both sides come in the order of their numbers, and are merged as far as the limit goes.
      allVersions: db.prepareRaw<FeedTuple>(
        `${everyVersion('records', CONNECTION_IF_THERE, 'r.seq > ?')}
         UNION ALL ${everyVersion('versions', CONNECTION_IF_THERE, 'r.seq > ?')} ORDER BY 5 LIMIT ?`,
      ),
      oneVersions: db.prepareRaw<FeedTuple>(
        `${everyVersion('records', 's.connection', 'r.seq BETWEEN ? AND ? AND r.stream_id = ?')}
         UNION ALL ${everyVersion('versions', 's.connection', 'r.seq BETWEEN ? AND ? AND r.stream_id = ?')}
         ORDER BY 5 LIMIT ?`,
      ),
    }));
  }

  piece(params: Params, after: number, limit: number): Piece {
    const { connection } = params;
    return connection === undefined
      ? this.#ofAll(params, after, limit)
      : this.#ofOne({ ...params, connection }, after, limit);
  }

  #ofAll({ connector, stream, history = false }: Params, after: number, limit: number): Piece {
    const sql = this.#sql();
    const feed = sql.feed.get(connector, stream);
    if (feed === undefined) return this.#nothing(after);
    const { id } = feed;
    const found = history
      ? sql.allVersions.all(id, after, id, after, limit)
      : sql.all.all(id, after, limit);
    const latest = Math.max(after, feed.latest);
    return pieceOf(found, undefined, { ...feed, latest, limit, to: latest });
  }

  #ofOne(
    { connector, connection, stream, history = false }: Params & { readonly connection: string },
    after: number,
    limit: number,
  ): Piece {
    const sql = this.#sql();
    const row = sql.stream.get(connector, connection, stream);
    if (row === undefined) return this.#nothing(after);
    const { id, feed, last } = row;
    const latest = Math.max(after, row.latest);
    if (after >= last) return { rows: [], upTo: latest, end: true, pruned: row.pruned };
    const to = after + PIECE >= last ? latest : after + PIECE;
    const place = [feed, after + 1, to, id] as const;
    const found = history
      ? sql.oneVersions.all(...place, ...place, limit)
      : sql.one.all(...place, limit);
    const passed = found.length === 0 && to < latest ? this.#before(feed, history, to, latest) : to;
    return pieceOf(found, connection, { ...row, latest, limit, to: passed });
  }

  #nothing(after: number): Piece {
    const latest = Math.max(after, this.#sql().latest.get()?.seq ?? 0);
    return { rows: [], upTo: latest, end: true, pruned: 0 };
  }

  /** The last number before the next one of the feed, whosever that is. */
  #before(feed: number, history: boolean, after: number, latest: number): number {
    const sql = this.#sql();
    const found = [
      sql.next.get(feed, after)?.seq,
      history ? sql.nextVersion.get(feed, after)?.seq : undefined,
    ].filter((seq) => typeof seq === 'number');
    return Math.min(latest, ...found.map((seq) => seq - 1));
  }
}

/** `to`: how far was looked, unless there was more than wanted. */
function pieceOf(
  found: readonly FeedTuple[],
  one: string | undefined,
  { limit, to, latest, pruned }: Standing & { readonly limit: number; readonly to: number },
): Piece {
  const rows: FeedRow[] = [];
  for (const row of found) {
    const connection = one ?? row[5];
    if (typeof connection === 'string') rows.push(feedRow(row, connection));
  }
  const last = found.length < limit ? undefined : found.at(-1);
  const upTo = last?.[4] ?? to;
  return { rows, upTo, end: upTo >= latest, pruned };
}
