import type { StreamRef } from './stream-ref.js';
import type { StoredRecord } from './commits.js';

/** A record's latest state, as the feed tells it. */
export interface FeedRow extends Pick<
  StoredRecord,
  'key' | 'data' | 'deleted' | 'origin' | 'seq' | 'bornSeq'
> {
  readonly connection: string;
  /** The number at which its first life began: who began to read after it cannot know it from an earlier one. */
  readonly firstSeq: number;
  /** When it was committed. */
  readonly changedAt: number;
  /** The version before this one, as far as it is kept: with `history` only. */
  readonly previous?: string;
}

export interface RecordStore {
  /** The row of one key, tombstones included. */
  getRecord(params: {
    readonly ref: StreamRef;
    readonly key: string;
  }): Promise<StoredRecord | undefined>;
  /** Live records ordered by key, by bytes. */
  listRecords(params: {
    readonly ref: StreamRef;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly StoredRecord[]>;
  countRecords(params: { readonly ref: StreamRef }): Promise<number>;
  /** The highest number given out so far in the whole store; 0 before there is one. */
  latestSeq(): Promise<number>;
  /**
   * Rows and tombstones of a stream whose last change is numbered above `after`, in that order; of all connections when `connection` is
   * left out. `upTo`: everything up to this number has been looked at, so that a reader may go on from there. No number is
   * shown while a lower one may still appear. `pruned`: tombstones up to this number may be gone, so that a reader who
   * is below it has to begin again. `history`: also the versions that later ones have superseded, each under its own number.
   */
  readFeed(params: {
    readonly connector: string;
    readonly stream: string;
    readonly connection?: string;
    readonly after: number;
    readonly limit: number;
    readonly history?: boolean;
  }): Promise<{
    readonly rows: readonly FeedRow[];
    readonly upTo: number;
    readonly pruned: number;
  }>;
}
