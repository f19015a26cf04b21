import type { TrafficFilter, TrafficRow, TrafficStore } from '../traffic.js';
import { Conditions } from './codes.js';
import type { Database } from './database.js';
import { readInPieces } from './pieces.js';

interface StoredExchange {
  readonly id: number;
  readonly time: number;
  readonly connector: string;
  readonly connection: string;
  readonly stream: string | null;
  readonly run: string | null;
  readonly tags: string;
  readonly status: number;
  readonly size: number;
  /** The rest of the row. */
  readonly exchange: string;
}

export function trafficVerbs(db: Database): TrafficStore {
  const sql = db.prepared((prepare) => ({
    append: prepare<never>(
      'INSERT INTO traffic (time, connector, connection, stream, run, tags, status, size, exchange) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    old: prepare<never>(
      'DELETE FROM traffic WHERE id IN (SELECT id FROM traffic WHERE time < ? ORDER BY time LIMIT ?)',
    ),
    total: prepare<{ readonly bytes: number }>('SELECT bytes FROM traffic_size'),
    first: prepare<{ readonly id: number; readonly size: number }>(
      'SELECT id, size FROM traffic ORDER BY id LIMIT ?',
    ),
    upTo: prepare<never>('DELETE FROM traffic WHERE id <= ?'),
  }));

  return {
    appendTraffic: ({ rows }) =>
      db.write('appendTraffic', 'light', () => {
        for (const row of rows) sql().append.run(...values(row));
      }),

    listTraffic: async ({ filter, after, limit }) => {
      const range = { after, limit };
      const where = conditions(filter);
      const rows = await readInPieces<StoredExchange>(db, 'listTraffic', 'traffic', where, range);
      return rows.map(trafficRow);
    },

    pruneTraffic: ({ before, maxBytes, limit }) =>
      db.write('pruneTraffic', 'light', () => {
        const { old, total, first, upTo } = sql();
        const removed = old.run(before, limit).changes;
        let excess = (total.get()?.bytes ?? 0) - maxBytes;
        if (excess <= 0 || removed === limit) return removed;
        let last = 0;
        for (const { id, size } of first.all(limit - removed)) {
          if (excess <= 0) break;
          excess -= size;
          last = id;
        }
        return removed + upTo.run(last).changes;
      }),
  };
}

function values(row: Omit<TrafficRow, 'id'>): readonly unknown[] {
  const { time, connector, connection, stream, run, tags, status, size, ...rest } = row;
  const where = [connector, connection, stream, run, JSON.stringify(tags)];
  return [time, ...where, status ?? 0, size, JSON.stringify(rest)];
}

function conditions({ status, tags, ...filter }: TrafficFilter): Conditions {
  return new Conditions()
    .add('connector = ?', filter.connector)
    .add('connection = ?', filter.connection)
    .add('stream = ?', filter.stream)
    .add('run = ?', filter.run)
    .anyOf('status', typeof status === 'number' ? [status] : status)
    .add('time >= ?', filter.since)
    .add('time < ?', filter.until)
    .tags('tags', tags);
}

/** What `values` has taken out. */
type Rest = Omit<
  TrafficRow,
  'id' | 'time' | 'connector' | 'connection' | 'stream' | 'run' | 'tags' | 'status' | 'size'
>;

function trafficRow({ tags, status, exchange, ...row }: StoredExchange): TrafficRow {
  return {
    ...row,
    tags: JSON.parse(tags) as TrafficRow['tags'],
    status: status === 0 ? null : status,
    ...(JSON.parse(exchange) as Rest),
  };
}
