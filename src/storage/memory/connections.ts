import { compareKeys } from '../../core/key.js';
import type { ConnectionRow, ConnectionStore } from '../connections.js';
import { connectionId } from './tables.js';
import type { Tables } from './tables.js';

export function connectionVerbs(tables: Tables): ConnectionStore {
  return {
    createConnection: ({ row }) =>
      tables.work(() => {
        const id = connectionId(row.connector, row.id);
        if (tables.connections.has(id)) return false;
        tables.connections.set(id, structuredClone(row));
        return true;
      }),

    getConnection: ({ connector, id }) =>
      tables.work(() => structuredClone(tables.connections.get(connectionId(connector, id)))),

    listConnections: ({ connector, tags = {}, after, limit }) =>
      tables.work(() =>
        [...tables.connections.values()]
          .filter((row) => connector === undefined || row.connector === connector)
          .filter((row) => hasTags(row.tags, tags))
          .filter((row) => after === undefined || compareRows(row, after) > 0)
          .sort(compareRows)
          .slice(0, limit)
          .map((row) => structuredClone(row)),
      ),

    updateConnection: ({ row, expectedVersion }) =>
      tables.work(() => {
        const id = connectionId(row.connector, row.id);
        const stored = tables.connections.get(id);
        if (stored?.version !== expectedVersion) return false;
        const { createdAt } = stored;
        tables.connections.set(id, {
          ...structuredClone(row),
          createdAt,
          version: expectedVersion + 1,
        });
        return true;
      }),

    deleteConnection: ({ connector, id }) =>
      tables.work(() => {
        if (!tables.connections.delete(connectionId(connector, id))) return false;
        removeStreams(tables, connector, id);
        tables.logs = tables.logs.filter(
          (row) => row.connector !== connector || row.connection !== id,
        );
        tables.traffic = tables.traffic.filter(
          (row) => row.connector !== connector || row.connection !== id,
        );
        return true;
      }),
  };
}

/** Whether all of the tags asked for are there. */
export function hasTags(
  tags: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(tags, name) && tags[name] === value,
  );
}

function removeStreams(tables: Tables, connector: string, connection: string): void {
  for (const [id, { ref }] of tables.streams) {
    if (ref.connector === connector && ref.connection === connection) tables.streams.delete(id);
  }
  for (const [id, { row }] of tables.runs) {
    if (row.ref.connector === connector && row.ref.connection === connection) {
      tables.runs.delete(id);
    }
  }
  for (const feed of tables.feeds.values()) {
    if (feed.connector === connector) {
      feed.rows = feed.rows.filter((row) => row.connection !== connection);
    }
  }
}

function compareRows(
  a: Pick<ConnectionRow, 'connector' | 'id'>,
  b: Pick<ConnectionRow, 'connector' | 'id'>,
): number {
  return compareKeys(a.connector, b.connector) || compareKeys(a.id, b.id);
}
