import { noConnection } from '../refusals.js';
import type { ResetStore } from '../reset.js';
import { type MemoryStream, SortedKeys, type Tables } from './tables.js';

export function resetVerbs(tables: Tables): ResetStore {
  return { resetStream: (params) => tables.work(() => resetStream(tables, params)) };
}

function resetStream(
  tables: Tables,
  { ref, now, state, position, records }: Parameters<ResetStore['resetStream']>[0],
): boolean {
  const stream = tables.ensureStream(ref);
  if (!stream) throw noConnection(ref, 'resetStream');
  if (stream.holder && stream.holder.until > now) return false;
  stream.holder = null;
  stream.token += 1;
  stream.state = structuredClone(state);
  const partitions = [...stream.positions.keys()];
  stream.positions.clear();
  if (position !== null) {
    for (const partition of ['', ...partitions]) {
      stream.positions.set(partition, structuredClone(position));
    }
  }
  if (records) forget(tables, stream);
  return true;
}

function forget(tables: Tables, stream: MemoryStream): void {
  const feed = tables.feed(stream.ref.connector, stream.ref.stream);
  feed.rows = feed.rows.filter((row) => row.connection !== stream.ref.connection);
  stream.records.clear();
  stream.versions.clear();
  stream.keys = new SortedKeys();
  stream.live = 0;
  stream.rejected = [];
  stream.open = stream.held = undefined;
  stream.pruned = feed.pruned = ++tables.seq;
}
