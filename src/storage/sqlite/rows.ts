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
  /** 8 times the millisecond when it was changed, twice its origin (0 to 3), and whether it is deleted. */
  stamp: number,
  /** Where its first and its present life began are nearly always the same number: else `'<first>/<present>'`, since each column costs its share. */
  lives: number | string,
  seq: number,
  connection?: string | null,
  previous?: string | null,
];
/** What a commit looks at of a row: as few columns as do, since each costs its share of the whole. */
export type FoundTuple = readonly [
  /** {@link AT_ONCE} times its id, and the position of the key that was asked for. */
  idAndPlace: number,
  data: string,
  version: VersionValue,
  /**
   * 32 times where its life began, and whether it is deleted, twice whether it is of another partition than the commit, four times whether of
   * another schema version, 8 times its origin.
   */
  bornAndFlags: number,
];

/** How many keys a commit looks up at once. Their rows are in memory at the same time. */
export const AT_ONCE = 100;

export const recordColumns = `r.id, r.data, r.version, r.deleted + 2 * r.origin, r.received_at, r.schema_version, r.seq, r.born_seq,
  nullif(r.partition, '')`;

/** The parameters are the commit's partition and schema version. */
export const foundColumns = `${AT_ONCE} * r.id + wanted.key, r.data, r.version,
  32 * r.born_seq + r.deleted + 2 * (r.partition IS NOT ?) + 4 * (r.schema_version IS NOT ?) + 8 * r.origin`;

/** The position of the key that a row was found for. */
export function placeOf(row: FoundTuple): number {
  return row[0] - AT_ONCE * Math.floor(row[0] / AT_ONCE);
}

export const feedColumns = `r.key, r.data, 8 * CAST(r.changed_at AS INTEGER) + 2 * r.origin + r.deleted,
  iif(r.first_seq = r.born_seq, r.born_seq, r.first_seq || '/' || r.born_seq), r.seq`;

function firstLife(lives: number | string): number {
  return typeof lives === 'number' ? lives : Number(lives.slice(0, lives.indexOf('/')));
}

function presentLife(lives: number | string): number {
  return typeof lives === 'number' ? lives : Number(lives.slice(lives.indexOf('/') + 1));
}

function isDeleted(deletedAndOrigin: number): boolean {
  return (deletedAndOrigin & 1) === 1;
}

/** The other columns of a row that was found. */
export interface RestOfFound {
  readonly received_at: number;
  readonly seq: number;
  readonly partition: string;
  readonly schema_version: number;
}

/** A row that a commit has found. What few decisions ask for is read when they do. */
export class FoundRecord implements StoredRecord {
  readonly id: number;
  readonly key: string;
  readonly data: string;
  readonly version: VersionValue;
  readonly deleted: boolean;
  readonly origin: Origin;
  readonly bornSeq: number;
  readonly #flags: number;
  readonly #commit: FoundIn;
  #rest: RestOfFound | undefined;

  constructor(row: FoundTuple, key: string, commit: FoundIn) {
    this.id = Math.floor(row[0] / AT_ONCE);
    this.key = key;
    this.data = row[1];
    this.version = row[2];
    this.bornSeq = Math.floor(row[3] / 32);
    this.#flags = row[3] - 32 * this.bornSeq;
    this.deleted = isDeleted(this.#flags);
    this.origin = originOf(this.#flags >> 3);
    this.#commit = commit;
  }

  get receivedAt(): number {
    return this.#read().received_at;
  }

  get seq(): number {
    return this.#read().seq;
  }

  get partition(): string {
    const { partition } = this.#commit;
    return (this.#flags & 2) !== 0 || partition === null ? this.#read().partition : partition;
  }

  get schemaVersion(): number {
    return (this.#flags & 4) !== 0 ? this.#read().schema_version : this.#commit.schemaVersion;
  }

  #read(): RestOfFound {
    return (this.#rest ??= this.#commit.rest(this.id));
  }
}

/** A commit, as far as the rows that it has found need it. */
export interface FoundIn {
  readonly partition: string | null;
  readonly schemaVersion: number;
  /** Reads a row within the commit's transaction. */
  readonly rest: (id: number) => RestOfFound;
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
    this.changedAt = Math.floor(row[2] / 8);
    const flags = row[2] - 8 * this.changedAt;
    this.deleted = isDeleted(flags);
    this.origin = originOf(flags >> 1);
    this.seq = row[4];
    this.firstSeq = firstLife(row[3]);
    this.bornSeq = presentLife(row[3]);
    this.connection = connection;
  }
}

export function feedRow(row: FeedTuple, connection: string): FeedRow {
  const latest = new LatestRow(row, connection);
  return typeof row[6] === 'string' ? Object.assign(latest, { previous: row[6] }) : latest;
}
