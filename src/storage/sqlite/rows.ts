import type { Origin, StoredRecord, VersionValue } from '../commits.js';
import type { FeedRow } from '../records.js';
import { originOf } from './codes.js';

/** A record's row as a list: what is read once per record is read the fast way. */
type Columns = readonly [
  id: number,
  data: string,
  version: VersionValue,
  /** Whether it is deleted, and twice its origin: each column costs its share of reading a row. */
  deletedAndOrigin: number,
  receivedAt: number,
  schemaVersion: number,
  seq: number,
  bornSeq: number,
  /** Null instead of an empty text, for the same reason. */
  partition: string | null,
];

/** Those columns first; others may follow. */
export type RecordTuple = readonly [...Columns, ...unknown[]];
export type ListTuple = readonly [...Columns, key: string];
export type FeedTuple = readonly [
  key: string,
  data: string,
  deletedAndOrigin: number,
  firstSeq: number,
  bornSeq: number,
  seq: number,
  changedAt: number,
  connection?: string | null,
  previous?: string | null,
];
/** `at` is the position of the key that was asked for. */
export type FoundTuple = readonly [...Columns, at: number];

export const recordColumns = `r.id, r.data, r.version, r.deleted + 2 * r.origin, r.received_at, r.schema_version, r.seq, r.born_seq,
  nullif(r.partition, '')`;

export const feedColumns =
  'r.key, r.data, r.deleted + 2 * r.origin, r.first_seq, r.born_seq, r.seq, r.changed_at';

export function isDeleted(deletedAndOrigin: number): boolean {
  return (deletedAndOrigin & 1) === 1;
}

/** A row whose key is known already. */
export function storedRecord(row: RecordTuple, key: string): StoredRecord {
  return {
    key,
    data: row[1],
    version: row[2],
    deleted: isDeleted(row[3]),
    origin: originOf(row[3] >> 1),
    receivedAt: row[4],
    schemaVersion: row[5],
    seq: row[6],
    bornSeq: row[7],
    partition: row[8] ?? '',
  };
}

/**
 * A class on purpose: of literals V8 soon takes the batch that happens to be there for what lives long, puts the next ones where they are seldom
 * collected, and with them everything they hold.
 */
class LatestRow implements FeedRow {
  readonly key: string;
  readonly data: string;
  readonly deleted: boolean;
  readonly origin: Origin;
  readonly seq: number;
  readonly bornSeq: number;
  readonly firstSeq: number;
  readonly connection: string;
  readonly changedAt: number;

  constructor(row: FeedTuple, connection: string) {
    this.key = row[0];
    this.data = row[1];
    this.deleted = isDeleted(row[2]);
    this.origin = originOf(row[2] >> 1);
    this.seq = row[5];
    this.bornSeq = row[4];
    this.firstSeq = row[3];
    this.connection = connection;
    this.changedAt = row[6];
  }
}

export function feedRow(row: FeedTuple, connection: string): FeedRow {
  const latest = new LatestRow(row, connection);
  return typeof row[8] === 'string' ? Object.assign(latest, { previous: row[8] }) : latest;
}
