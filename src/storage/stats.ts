import type { StreamRef } from './stream-ref.js';

/** What a stream takes. */
export interface StreamSize {
  /** Live records. */
  readonly records: number;
  readonly tombstones: number;
  /** Versions that later ones have superseded. */
  readonly versions: number;
  readonly rejected: number;
  /** Of the JSON that is kept as UTF-8, of live, deleted, superseded and rejected records; what a store adds of its own is left out. */
  readonly bytes: number;
}

/** Measuring is asked for rarely, and may go through everything; it must not keep others waiting meanwhile. */
export interface StatsStore {
  /**
   * Streams that have been run or written to, of all connections that are there, ordered by connector, connection and name, by bytes.
   * `connection` only together with `connector`.
   */
  listStreams(params: {
    readonly connector?: string;
    readonly connection?: string;
    readonly after?: StreamRef;
    readonly limit: number;
  }): Promise<readonly StreamRef[]>;
  /** What others commit meanwhile may be counted or not. A stream that is not there takes nothing. */
  measureStream(params: { readonly ref: StreamRef }): Promise<StreamSize>;
  /** All that the store takes where it is, in bytes; null when it cannot tell. */
  storeBytes(): Promise<number | null>;
}
