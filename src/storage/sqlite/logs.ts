import type { JsonObject } from '../../core/json.js';
import { logLevels } from '../logs.js';
import type { LogFilter, LogRow, LogStore } from '../logs.js';
import { Conditions } from './codes.js';
import type { Database } from './database.js';

/** How many ids one piece of a search goes through. */
const PIECE = 4_000;

interface StoredLog extends Omit<LogRow, 'level' | 'event'> {
  readonly level: number;
  readonly event: string;
}

export function logVerbs(db: Database): LogStore {
  const sql = db.prepared((prepare) => ({
    append: prepare<never>(
      `INSERT INTO logs (time, type, level, connector, connection, stream, run, tags, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    ends: prepare<{ readonly first: number | null; readonly last: number | null }>(
      'SELECT (SELECT min(id) FROM logs) AS first, (SELECT max(id) FROM logs) AS last',
    ),
  }));

  return {
    appendLogs: ({ rows }) =>
      db.write('appendLogs', 'light', () => {
        for (const row of rows) sql().append.run(...values(row));
      }),

    // A filter may fit few rows among many: the search goes in pieces.
    listLogs: async ({ filter, after = 0, limit }) => {
      const { first, last } = await db.read('listLogs', () => sql().ends.get() ?? none);
      const where = conditions(filter);
      const page: LogRow[] = [];
      const { breathe } = db.pieces();
      for (
        let from = Math.max(after, (first ?? 0) - 1);
        from < (last ?? 0) && page.length < limit;
        from += PIECE
      ) {
        const piece = await db.read('listLogs', () =>
          db
            .prepare<StoredLog>(
              `SELECT * FROM logs WHERE id > ? AND id <= ? AND ${where.sql} ORDER BY id LIMIT ?`,
            )
            .all(from, from + PIECE, ...where.params, limit - page.length),
        );
        page.push(...piece.map(logRow));
        await breathe();
      }
      return page;
    },
  };
}

const none = { first: null, last: null };

function values(row: Omit<LogRow, 'id'>): readonly unknown[] {
  const { time, type, level, connector, connection, stream, run, event } = row;
  const tags = event['tags'];
  const where = [connector, connection, stream, run];
  const json = [tags === undefined ? null : JSON.stringify(tags), JSON.stringify(event)];
  return [time, type, logLevels.indexOf(level), ...where, ...json];
}

function conditions({ type, level, tags, ...filter }: LogFilter): Conditions {
  const where = new Conditions()
    .add('connector = ?', filter.connector)
    .add('connection = ?', filter.connection)
    .add('stream = ?', filter.stream)
    .add('run = ?', filter.run)
    .add('level >= ?', level && logLevels.indexOf(level))
    .add('time >= ?', filter.since)
    .add('time < ?', filter.until)
    .tags('tags', tags);
  if (type === undefined) return where;
  const types = typeof type === 'string' ? [type] : type;
  const families = types.filter((each) => each.endsWith('.*')).map((each) => each.slice(0, -1));
  const names = types.filter((each) => !each.endsWith('.*'));
  const tests = [...families.map(() => 'instr(type, ?) = 1'), ...names.map(() => 'type = ?')];
  return where.add(`(${tests.join(' OR ') || 'FALSE'})`, ...families, ...names);
}

function logRow({ id, time, type, level, event, ...row }: StoredLog): LogRow {
  const { connector, connection, stream, run } = row;
  return {
    ...{ id, time, type, level: logLevels[level] ?? 'info' },
    ...{ connector, connection, stream, run },
    event: JSON.parse(event) as JsonObject,
  };
}
