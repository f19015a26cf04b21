import type { JsonValue } from '../core/json.js';
import type { Lease, StreamRef } from './stream-ref.js';
import type { PositionState, RunCounts, StreamState } from './runs.js';

/** Who brought a version of a record. */
export type Origin = 'pull' | 'delivery' | 'write' | 'replay';

/** A record's order value as the API gave it: its cursor or `modified` field. Null when it has none that can be read. */
export type VersionValue = string | number | null;

/** The row of a record that decisions are made on. */
export interface StoredRecord {
  readonly key: string;
  /** The record, as JSON text. Of a tombstone: its last live version. */
  readonly data: string;
  readonly version: VersionValue;
  readonly deleted: boolean;
  readonly origin: Origin;
  /** When the version was asked for (pull) or received. */
  readonly receivedAt: number;
  /** The schema version that the data has. */
  readonly schemaVersion: number;
  /** The number of its last change. */
  readonly seq: number;
  /** The number at which its present life began. */
  readonly bornSeq: number;
  readonly partition: string;
}

/** A record on its way in: validated, its key known, at most once in a commit. */
export interface IncomingRecord {
  readonly kind: 'record';
  readonly key: string;
  readonly data: string;
  readonly version: VersionValue;
}

/** A deletion on its way in. */
export interface IncomingDelete {
  readonly kind: 'delete';
  readonly key: string;
  readonly version: VersionValue;
  /** It came as a record that says of itself that it is gone: for `decide` alone. */
  readonly flagged?: boolean;
  /**
   * Deletes only if this pass, open or held, judges the record and has not seen it up to this very transaction; else the verdict is
   * `ignore`, and `decide` is not asked.
   */
  readonly unseenIn?: string;
}

/** A record that failed validation, on its way to be kept. */
export interface IncomingRejected {
  /** Null when it cannot be read. A newer rejected version replaces an older one of its key. */
  readonly key: string | null;
  /** Tells keyless records apart: the same raw record is kept once. */
  readonly fingerprint: string;
  /** The raw record, as JSON text. */
  readonly raw: string;
  readonly issues: JsonValue;
  readonly version: VersionValue;
}

/**
 * What becomes of a record: `insert` and `update` write it under a new number, `refresh` writes it under its old number (nothing a reader
 * would call a change), `unchanged` and `stale` write nothing, `delete` leaves a tombstone under a new number, `ignore` is a deletion of
 * what is not there.
 *
 * `insert` begins a new life, of a key that is not there or is a tombstone. `delete` keeps data, schema version and partition of the last
 * live version, and its order value where the deletion has none; `refresh` of a tombstone by a deletion writes order value and origin alone.
 * A store refuses a verdict that has no meaning for what it meets.
 */
export type Verdict = 'insert' | 'update' | 'refresh' | 'unchanged' | 'stale' | 'delete' | 'ignore';

/**
 * Decides on one record inside the commit's transaction. Pure and synchronous: called again if the transaction is. What is in `stored` may be read only
 * when it is asked for: keep nothing of it for later.
 */
export type Decide = (
  incoming: IncomingRecord | IncomingDelete,
  stored: StoredRecord | undefined,
) => Verdict;

export interface CommitParams {
  readonly ref: StreamRef;
  /** Needed to write state, positions and passes; records may be committed without. Its loss fails the whole commit. */
  readonly lease: Lease | null;
  readonly now: number;
  readonly origin: Origin;
  /** When what is committed was asked for or received: kept with the rows that are written. */
  readonly receivedAt: number;
  /** Who brings it; null: whoever brought it last, none for what is new. */
  readonly partition: string | null;
  readonly schemaVersion: number;
  readonly items: readonly (IncomingRecord | IncomingDelete)[];
  readonly rejected: readonly IncomingRejected[];
  readonly decide: Decide;
  /** Versions that are superseded are kept. */
  readonly history?: boolean;
  /** Ids of rejected records that this commit settles; those of keys that get stored or deleted here leave by themselves. */
  readonly settles?: readonly string[];
  /** Added to the run's counts, beside what the verdicts count (a refreshed record counts as unchanged). Rejected ones are counted here. */
  readonly counts: Partial<RunCounts>;
  readonly state?: StreamState;
  readonly positions?: readonly {
    readonly partition: string;
    readonly position: PositionState | null;
  }[];
}

export interface CommitResult {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly stale: number;
  /** Keys put aside as stale, for the caller to ask for them again. */
  readonly staleKeys: readonly string[];
  /** The highest number given out so far in the whole store. */
  readonly seq: number;
}

export interface CommitStore {
  /**
   * One transaction, durable when it resolves: checks the lease, decides on each item, writes rows, tombstones, rejected records, counts,
   * state and positions, and marks every key that it met (items, and rejected ones with a key) as seen in each pass of the stream.
   * Items of one commit have different keys. What is stored or deleted, or deleted without being there, leaves the rejected records.
   */
  commit(params: CommitParams): Promise<CommitResult>;
}
