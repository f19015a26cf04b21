import type { TrafficFilter, TrafficRow, TrafficStore } from '../traffic.js';
import { hasTags } from './connections.js';
import type { Tables } from './tables.js';

export function trafficVerbs(tables: Tables): TrafficStore {
  return {
    appendTraffic: ({ rows }) =>
      tables.work(() => {
        for (const row of rows) tables.traffic.push(copyOf({ ...row, id: ++tables.lastTraffic }));
      }),

    listTraffic: ({ filter, after = 0, limit }) =>
      tables.work(() => {
        const page: TrafficRow[] = [];
        for (const row of tables.traffic) {
          if (page.length === limit) break;
          if (row.id > after && matches(row, filter)) page.push(copyOf(row));
        }
        return page;
      }),

    pruneTraffic: ({ before, maxBytes, limit }) =>
      tables.work(() => {
        const old = tables.traffic.filter((row) => row.time < before).slice(0, limit);
        const gone = new Set(old.map(({ id }) => id));
        let size = 0;
        for (const row of tables.traffic) if (!gone.has(row.id)) size += row.size;
        for (const row of tables.traffic) {
          if (size <= maxBytes || gone.size === limit) break;
          if (gone.has(row.id)) continue;
          gone.add(row.id);
          size -= row.size;
        }
        tables.traffic = tables.traffic.filter((row) => !gone.has(row.id));
        return gone.size;
      }),
  };
}

function matches(row: TrafficRow, filter: TrafficFilter): boolean {
  const { connector, connection, stream, run, status, since, until } = filter;
  const statuses = typeof status === 'number' ? [status] : status;
  return (
    (connector === undefined || row.connector === connector) &&
    (connection === undefined || row.connection === connection) &&
    (stream === undefined || row.stream === stream) &&
    (run === undefined || row.run === run) &&
    (statuses === undefined || statuses.includes(row.status ?? 0)) &&
    (since === undefined || row.time >= since) &&
    (until === undefined || row.time < until) &&
    hasTags(row.tags, filter.tags ?? {})
  );
}

/** By hand: structuredClone takes ten times as long, and there is a row for every request. */
function copyOf(row: TrafficRow): TrafficRow {
  const { tags, requestHeaders, responseHeaders, requestBody, responseBody } = row;
  return {
    ...row,
    tags: { ...tags },
    requestHeaders: { ...requestHeaders },
    responseHeaders: { ...responseHeaders },
    requestBody: requestBody && { ...requestBody },
    responseBody: responseBody && { ...responseBody },
  };
}
