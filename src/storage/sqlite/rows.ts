import type { StoredRecord, VersionValue } from '../commits.js';
import type { FeedRow } from '../records.js';
import { originOf } from './codes.js';

/** A record's row as a list: what is read once per record is read the fast way. */
type Columns = readonly [
  id: number,
  data: string,
  version: VersionValue,
  deleted: number,
  origin: number,
  receivedAt: number,
  schemaVersion: number,
  seq: number,
  bornSeq: number,
  partition: string,
];

/** Those columns first; others may follow. */
export type RecordTuple = readonly [...Columns, ...unknown[]];
export type ListTuple = readonly [...Columns, key: string];
export type FeedTuple = readonly [
  key: string,
  data: string,
  /** Whether it is deleted, and twice its origin: each column costs its share of reading a feed. */
  deletedAndOrigin: number,
  firstSeq: number,
  bornSeq: number,
  seq: number,
  changedAt: number,
  receivedAt: number,
  connection?: string | null,
  previous?: string | null,
];
/** `at` is the position of the key that was asked for. */
export type FoundTuple = readonly [...Columns, at: number];

export const recordColumns = `r.id, r.data, r.version, r.deleted, r.origin, r.received_at, r.schema_version, r.seq, r.born_seq,
  r.partition`;

export const feedColumns =
  'r.key, r.data, r.deleted + 2 * r.origin, r.first_seq, r.born_seq, r.seq, r.changed_at, r.received_at';

/** A row whose key is known already. */
export function storedRecord(row: RecordTuple, key: string): StoredRecord {
  return {
    key,
    data: row[1],
    version: row[2],
    deleted: row[3] === 1,
    origin: originOf(row[4]),
    receivedAt: row[5],
    schemaVersion: row[6],
    seq: row[7],
    bornSeq: row[8],
    partition: row[9],
  };
}

export function feedRow(row: FeedTuple, connection: string): FeedRow {
  const latest: FeedRow = {
    key: row[0],
    data: row[1],
    deleted: (row[2] & 1) === 1,
    origin: originOf(row[2] >> 1),
    receivedAt: row[7],
    seq: row[5],
    bornSeq: row[4],
    firstSeq: row[3],
    connection,
    changedAt: row[6],
  };
  return typeof row[9] === 'string' ? { ...latest, previous: row[9] } : latest;
}
