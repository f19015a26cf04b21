import type { RetentionStore } from '../retention.js';
import type { MemoryStream, Tables } from './tables.js';

type Params = Parameters<RetentionStore['pruneRecords']>[0];

/** A thing that may go: when it became old, and how it goes. */
interface Old {
  readonly at: number;
  readonly remove: () => void;
}

export function retentionVerbs(tables: Tables): RetentionStore {
  return { pruneRecords: (params) => tables.work(() => prune(tables, params)) };
}

function prune(tables: Tables, { kind, before, limit }: Params): number {
  const found = [...tables.streams.values()].flatMap((stream) => candidates[kind](tables, stream));
  const old = found
    .filter(({ at }) => at < before)
    .sort((a, b) => a.at - b.at)
    .slice(0, limit);
  for (const { remove } of old) remove();
  return old.length;
}

const candidates: Readonly<
  Record<Params['kind'], (tables: Tables, stream: MemoryStream) => readonly Old[]>
> = {
  tombstones: (tables, stream) =>
    [...stream.records.values()]
      .filter(({ deleted, key }) => deleted && !stream.versions.has(key))
      .map(({ key, seq, changedAt }) => ({
        at: changedAt,
        remove: () => {
          stream.records.delete(key);
          stream.keys.remove(key);
          for (const pass of [stream.open, stream.held]) pass?.seen.delete(key);
          raise(tables, stream, seq);
        },
      })),
  versions: (tables, stream) =>
    [...stream.versions].flatMap(([key, versions]) =>
      versions.map((version) => ({
        at: version.supersededAt,
        remove: () => {
          const left = (stream.versions.get(key) ?? []).filter((each) => each !== version);
          if (left.length > 0) stream.versions.set(key, left);
          else stream.versions.delete(key);
          raise(tables, stream, version.seq);
        },
      })),
    ),
  rejected: (_, stream) =>
    stream.rejected.map(({ row }) => ({
      at: row.at,
      remove: () => {
        stream.rejected = stream.rejected.filter((each) => each.row !== row);
      },
    })),
};

function raise(tables: Tables, stream: MemoryStream, seq: number): void {
  const feed = tables.feed(stream.ref.connector, stream.ref.stream);
  stream.pruned = Math.max(stream.pruned, seq);
  feed.pruned = Math.max(feed.pruned, seq);
}
