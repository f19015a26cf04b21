import type { StreamRef } from './stream-ref.js';
import type { PositionState, StreamState } from './runs.js';

/** Beginning a stream anew. */
export interface ResetStore {
  /**
   * Replaces the stream's state, and every position by `position` (also that of no partition), or drops them all where it is null. False, and
   * nothing changed, while a run holds the stream; a lease that has expired is worth nothing afterwards.
   *
   * `records`: all that is stored of the stream's records goes too, tombstones, versions, rejected ones and passes. A number is given out up to
   * which the feed then counts as pruned: every reader has to begin again.
   */
  resetStream(params: {
    readonly ref: StreamRef;
    readonly now: number;
    readonly state: StreamState;
    readonly position: PositionState | null;
    readonly records: boolean;
  }): Promise<boolean>;
}
