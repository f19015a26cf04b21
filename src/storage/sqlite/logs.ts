import type { JsonObject } from '../../core/json.js';
import { logLevels } from '../logs.js';
import type { LogFilter, LogRow, LogStore } from '../logs.js';
import { Conditions } from './codes.js';
import type { Database } from './database.js';
import { readInPieces } from './pieces.js';

interface StoredLog extends Omit<LogRow, 'level' | 'event'> {
  readonly level: number;
  readonly event: string;
}

export function logVerbs(db: Database): LogStore {
  const sql = db.prepared((prepare) => ({
    append: prepare<never>(
      `INSERT INTO logs (time, type, level, connector, connection, stream, run, tags, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    prune: prepare<never>(
      'DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE time < ? ORDER BY time LIMIT ?)',
    ),
  }));

  return {
    appendLogs: ({ rows }) =>
      db.write('appendLogs', 'light', () => {
        for (const row of rows) sql().append.run(...values(row));
      }),

    listLogs: async ({ filter, after, limit }) => {
      const range = { after, limit };
      const rows = await readInPieces<StoredLog>(db, 'listLogs', 'logs', conditions(filter), range);
      return rows.map(logRow);
    },

    pruneLogs: ({ before, limit }) =>
      db.write('pruneLogs', 'light', () => sql().prune.run(before, limit).changes),
  };
}

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
