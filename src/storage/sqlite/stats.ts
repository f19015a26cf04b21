import type { StatsStore, StreamSize } from '../stats.js';
import type { StreamRef } from '../stream-ref.js';
import type { Database } from './database.js';
import { Streams } from './streams.js';

/** How many rows one piece measures: by their headers alone, whatever their size. */
const PIECE = 1_000;

type Sizes = { -readonly [Name in keyof StreamSize]: StreamSize[Name] };
type Measured = readonly [at: string | number, deleted: 0 | 1, bytes: number];

export function statsVerbs(db: Database): StatsStore {
  const streams = new Streams(db);
  const sql = statements(db);
  const eachRow = rowsOf(db, sql);

  return {
    listStreams: ({ connector, connection, after, limit }) =>
      db.read('listStreams', () => {
        const from = { connector: '', connection: '', stream: '', ...after };
        if (connector === undefined)
          return sql().all.all(from.connector, from.connection, from.stream, limit);
        return connection === undefined
          ? sql().ofConnector.all(connector, from.connection, from.stream, limit)
          : sql().ofConnection.all(connector, connection, from.stream, limit);
      }),

    measureStream: async ({ ref }) => {
      const size: Sizes = { records: 0, tombstones: 0, versions: 0, rejected: 0, bytes: 0 };
      const stream = await db.read('measureStream', () => streams.find(ref));
      if (!stream) return size;
      await eachRow('records', stream.id, ([, deleted, bytes]) => {
        size[deleted ? 'tombstones' : 'records'] += 1;
        size.bytes += bytes;
      });
      await eachRow('versions', stream.id, ([, , bytes]) => {
        size.versions += 1;
        size.bytes += bytes;
      });
      await eachRow('rejected', stream.id, ([, , bytes]) => {
        size.rejected += 1;
        size.bytes += bytes;
      });
      return size;
    },

    storeBytes: () => db.read('storeBytes', () => sql().file.get()?.bytes ?? null),
  };
}

function statements(db: Database) {
  return db.prepared((prepare) => ({
    all: prepare<StreamRef>(
      `SELECT connector, connection, stream FROM streams
       WHERE connector IS NOT NULL AND (connector, connection, stream) > (?, ?, ?)
       ORDER BY connector, connection, stream LIMIT ?`,
    ),
    ofConnector: prepare<StreamRef>(
      `SELECT connector, connection, stream FROM streams
       WHERE connector = ? AND (connection, stream) > (?, ?) ORDER BY connection, stream LIMIT ?`,
    ),
    ofConnection: prepare<StreamRef>(
      `SELECT connector, connection, stream FROM streams
       WHERE connector = ? AND connection = ? AND stream > ? ORDER BY stream LIMIT ?`,
    ),
    records: db.prepareRaw<Measured>(
      `SELECT key, deleted, octet_length(data) FROM records WHERE stream_id = ? AND key > ? ORDER BY key LIMIT ${PIECE}`,
    ),
    versions: db.prepareRaw<Measured>(
      `SELECT seq, 0, octet_length(data) FROM versions WHERE stream_id = ? AND seq > ? ORDER BY seq LIMIT ${PIECE}`,
    ),
    rejected: db.prepareRaw<Measured>(
      `SELECT id, 0, octet_length(raw) FROM rejected WHERE stream_id = ? AND id > ? ORDER BY id LIMIT ${PIECE}`,
    ),
    file: prepare<{ readonly bytes: number }>(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    ),
  }));
}

/** Reads a stream's rows: calls `add` with each row of the stream, a piece of them at one moment of the database. */
function rowsOf(db: Database, sql: ReturnType<typeof statements>) {
  return async function eachRow(
    table: 'records' | 'versions' | 'rejected',
    id: number,
    add: (row: Measured) => void,
  ): Promise<void> {
    const { breathe } = db.pieces();
    for (let after: string | number = table === 'records' ? '' : 0; ;) {
      const from = after;
      const rows = await db.read('measureStream', () => sql()[table].all(id, from));
      rows.forEach(add);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PIECE) return;
      [after] = last;
      await breathe();
    }
  };
}
