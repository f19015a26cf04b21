import { compareKeys } from '../../core/key.js';
import type { StatsStore } from '../stats.js';
import type { StreamRef } from '../stream-ref.js';
import type { Tables } from './tables.js';

export function statsVerbs(tables: Tables): StatsStore {
  return {
    listStreams: ({ connector, connection, after, limit }) =>
      tables.work(() =>
        [...tables.streams.values()]
          .map(({ ref }) => ref)
          .filter((ref) => connector === undefined || ref.connector === connector)
          .filter((ref) => connection === undefined || ref.connection === connection)
          .filter((ref) => after === undefined || compareRefs(ref, after) > 0)
          .sort(compareRefs)
          .slice(0, limit)
          .map((ref) => ({ ...ref })),
      ),

    measureStream: ({ ref }) =>
      tables.work(() => {
        const stream = tables.stream(ref);
        const size = { records: 0, tombstones: 0, versions: 0, rejected: 0, bytes: 0 };
        if (!stream) return size;
        for (const { deleted, data } of stream.records.values()) {
          size[deleted ? 'tombstones' : 'records'] += 1;
          size.bytes += Buffer.byteLength(data);
        }
        for (const { data } of [...stream.versions.values()].flat()) {
          size.versions += 1;
          size.bytes += Buffer.byteLength(data);
        }
        for (const { row } of stream.rejected) {
          size.rejected += 1;
          size.bytes += Buffer.byteLength(row.raw);
        }
        return size;
      }),

    storeBytes: () => tables.work(() => null),
  };
}

function compareRefs(a: StreamRef, b: StreamRef): number {
  return (
    compareKeys(a.connector, b.connector) ||
    compareKeys(a.connection, b.connection) ||
    compareKeys(a.stream, b.stream)
  );
}
