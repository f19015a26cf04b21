import { isObject } from '../../core/json.js';
import type { LogFilter, LogRow, LogStore } from '../logs.js';
import { logLevels } from '../logs.js';
import { hasTags } from './connections.js';
import type { Tables } from './tables.js';

export function logVerbs(tables: Tables): LogStore {
  return {
    appendLogs: ({ rows }) =>
      tables.work(() => {
        for (const row of rows) tables.logs.push({ ...structuredClone(row), id: ++tables.lastLog });
      }),

    listLogs: ({ filter, after = 0, limit }) =>
      tables.work(() => {
        const page: LogRow[] = [];
        for (const row of tables.logs) {
          if (page.length === limit) break;
          if (row.id > after && matches(row, filter)) page.push(structuredClone(row));
        }
        return page;
      }),

    pruneLogs: ({ before, limit }) =>
      tables.work(() => {
        const old = tables.logs.filter((row) => row.time < before).slice(0, limit);
        const gone = new Set(old.map(({ id }) => id));
        tables.logs = tables.logs.filter((row) => !gone.has(row.id));
        return gone.size;
      }),
  };
}

function matches(row: LogRow, filter: LogFilter): boolean {
  const { connector, connection, stream, run, level, since, until } = filter;
  const types = typeof filter.type === 'string' ? [filter.type] : filter.type;
  const tags = row.event['tags'];
  return (
    (connector === undefined || row.connector === connector) &&
    (connection === undefined || row.connection === connection) &&
    (stream === undefined || row.stream === stream) &&
    (run === undefined || row.run === run) &&
    (level === undefined || logLevels.indexOf(row.level) >= logLevels.indexOf(level)) &&
    (types === undefined || types.some((type) => isOfType(row.type, type))) &&
    (since === undefined || row.time >= since) &&
    (until === undefined || row.time < until) &&
    hasTags(isObject(tags) ? tags : {}, filter.tags ?? {})
  );
}

function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
