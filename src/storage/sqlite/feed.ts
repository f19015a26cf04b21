import type { FeedRow, RecordStore } from '../records.js';
import type { Database } from './database.js';
import { feedColumns, feedRow } from './rows.js';
import type { FeedTuple } from './rows.js';
import { type StreamRow, Streams } from './streams.js';

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
    const read = (from: number, most: number): Promise<Piece> =>
      db.read('readFeed', () => feed.piece(params, from, most));
    const { pruned, first } = await db.read('readFeed', () => ({
      pruned: feed.pruned(params),
      first: feed.piece(params, after, limit),
    }));
    const rows = [...first.rows];
    const { breathe } = db.pieces();
    let piece = first;
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

  pruned({ connector, connection, stream }: Params): number {
    if (connection === undefined) return this.#sql().feed.get(connector, stream)?.pruned ?? 0;
    const found = this.#streams.find({ connector, connection, stream });
    return (found && this.#sql().stream.get(found.id)?.pruned) ?? 0;
  }

  piece(params: Params, after: number, limit: number): Piece {
    const { connector, connection, stream, history = false } = params;
    const latest = Math.max(after, this.#sql().latest.get()?.seq ?? 0);
    const end: Piece = { rows: [], upTo: latest, end: true };
    if (connection === undefined) {
      const feed = this.#sql().feed.get(connector, stream)?.id;
      if (feed === undefined) return end;
      const sql = this.#sql();
      const found = history
        ? sql.allVersions.all(feed, after, feed, after, limit)
        : sql.all.all(feed, after, limit);
      return pieceOf(found, undefined, { limit, to: latest, latest });
    }
    const found = this.#streams.find({ connector, connection, stream });
    return found ? this.#pieceOf({ ...found, connection, history }, after, latest, limit) : end;
  }

  #pieceOf(
    stream: Pick<StreamRow, 'id' | 'feed'> & {
      readonly connection: string;
      readonly history: boolean;
    },
    after: number,
    latest: number,
    limit: number,
  ): Piece {
    const last = this.#sql().stream.get(stream.id)?.last_seq ?? 0;
    const first = after < last ? this.#next(stream, after) : undefined;
    if (first === undefined) return { rows: [], upTo: latest, end: true };
    const to = first + PIECE >= last ? latest : first + PIECE;
    const { id, feed, connection, history } = stream;
    const sql = this.#sql();
    const place = [feed, first, to, id] as const;
    const found = history
      ? sql.oneVersions.all(...place, ...place, limit)
      : sql.one.all(...place, limit);
    return pieceOf(found, connection, { limit, to, latest });
  }

  /** The next number of the feed, whosever it is. */
  #next({ feed, history }: { readonly feed: number; readonly history: boolean }, after: number) {
    const sql = this.#sql();
    const found = [
      sql.next.get(feed, after)?.seq,
      history ? sql.nextVersion.get(feed, after)?.seq : undefined,
    ].filter((seq) => typeof seq === 'number');
    return found.length === 0 ? undefined : Math.min(...found);
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
    const connection = one ?? row[5];
    if (typeof connection === 'string') rows.push(feedRow(row, connection));
  }
  const last = found.length < limit ? undefined : found.at(-1);
  const upTo = last?.[4] ?? to;
  return { rows, upTo, end: upTo >= latest };
}
