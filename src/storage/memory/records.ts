import type { StoredRecord } from '../commits.js';
import type { FeedRow, RecordStore } from '../records.js';
import type { MemoryFeed, MemoryRecord, Tables } from './tables.js';

export function recordVerbs(tables: Tables): RecordStore {
  return {
    getRecord: ({ ref, key }) =>
      tables.work(() => {
        const row = tables.stream(ref)?.records.get(key);
        return row && storedRecord(row);
      }),

    listRecords: ({ ref, after, limit }) =>
      tables.work(() => {
        const stream = tables.stream(ref);
        const page: StoredRecord[] = [];
        if (!stream) return page;
        const { keys, start } = stream.keys.from(after);
        for (let i = start; i < keys.length && page.length < limit; i++) {
          const row = stream.records.get(keys[i] ?? '');
          if (row && !row.deleted) page.push(storedRecord(row));
        }
        return page;
      }),

    countRecords: ({ ref }) => tables.work(() => tables.stream(ref)?.live ?? 0),

    latestSeq: () => tables.work(() => tables.seq),

    readFeed: (params) => tables.work(() => readFeed(tables, params)),
  };
}

function readFeed(
  tables: Tables,
  params: Parameters<RecordStore['readFeed']>[0],
): Awaited<ReturnType<RecordStore['readFeed']>> {
  const { connector, stream, connection, after, limit } = params;
  const feed = tables.feed(connector, stream);
  dropReplaced(tables, feed);
  const pruned =
    connection === undefined
      ? feed.pruned
      : (tables.stream({ connector, connection, stream })?.pruned ?? 0);
  const all = params.history === true ? everyVersion(tables, feed, after) : feed.rows;
  const rows: FeedRow[] = [];
  for (let i = firstAbove(all, after); i < all.length; i++) {
    const row = all[i];
    if (!row || !(params.history === true || isLatest(tables, feed, row))) continue;
    if (connection !== undefined && row.connection !== connection) continue;
    if (rows.length === limit) return { rows, upTo: rows.at(-1)?.seq ?? after, pruned };
    rows.push({ ...row, ...(params.history === true ? versionBefore(tables, feed, row) : {}) });
  }
  return { rows, upTo: Math.max(after, tables.seq), pruned };
}

/** The latest versions and the superseded ones, as far as they are after a number. */
function everyVersion(tables: Tables, feed: MemoryFeed, after: number): readonly MemoryRecord[] {
  const rows: MemoryRecord[] = [];
  for (const { ref, records, versions } of tables.streams.values()) {
    if (ref.connector !== feed.connector || ref.stream !== feed.stream) continue;
    for (const latest of records.values()) {
      if (latest.seq <= after) continue;
      for (const row of versions.get(latest.key) ?? []) if (row.seq > after) rows.push(row);
      rows.push(latest);
    }
  }
  return rows.sort((a, b) => a.seq - b.seq);
}

function versionBefore(
  tables: Tables,
  { connector, stream }: MemoryFeed,
  { connection, key, seq }: MemoryRecord,
): Pick<FeedRow, 'previous'> {
  const versions = tables.stream({ connector, connection, stream })?.versions.get(key);
  const before = versions?.findLast((version) => version.seq < seq);
  return before ? { previous: before.data } : {};
}

/** The row without what only the feed tells. */
export function storedRecord(row: MemoryRecord): StoredRecord {
  return {
    key: row.key,
    data: row.data,
    version: row.version,
    deleted: row.deleted,
    origin: row.origin,
    receivedAt: row.receivedAt,
    schemaVersion: row.schemaVersion,
    seq: row.seq,
    bornSeq: row.bornSeq,
    partition: row.partition,
  };
}

function isLatest(tables: Tables, { connector, stream }: MemoryFeed, row: MemoryRecord): boolean {
  const ref = { connector, connection: row.connection, stream };
  return tables.stream(ref)?.records.get(row.key) === row;
}

/** Keeps the list within twice the number of records, at a cost that is shared by the changes. */
function dropReplaced(tables: Tables, feed: MemoryFeed): void {
  if (feed.replaced * 2 <= feed.rows.length) return;
  feed.rows = feed.rows.filter((row) => isLatest(tables, feed, row));
  feed.replaced = 0;
}

/** The position of the first row with a higher number. */
export function firstAbove(rows: readonly FeedRow[], after: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.seq ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
