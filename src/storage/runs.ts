import type { JsonValue } from '../core/json.js';
import type { Lease, StreamRef } from './stream-ref.js';

export type RunMode = 'incremental' | 'full';
export type RunStatus =
  'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** What a run has done so far. */
export interface RunCounts {
  readonly pages: number;
  /** Records on pages, deletions not counted. */
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Older than what is stored, and therefore not applied. */
  readonly stale: number;
  readonly rejected: number;
  readonly requests: number;
  readonly retries: number;
}

/** A run's error as it is kept: no live objects. */
export interface StoredError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly context: JsonValue;
  readonly stack?: string;
}

export interface RunRow {
  readonly id: string;
  readonly ref: StreamRef;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** How many processes have taken the run up; 2 or more after a crash. */
  readonly attempt: number;
  readonly counts: RunCounts;
  /** The stream's committed cursor when the run ended. */
  readonly cursor: JsonValue;
  readonly error: StoredError | null;
}

/** What the engine remembers of a stream between runs. Stores keep it as JSON and never look inside. */
export type StreamState = JsonValue;
/** What the engine remembers of one partition: cursor and chains. Stores keep it as JSON and never look inside. */
export type PositionState = JsonValue;

export type ClaimResult =
  /** The stream's lease is this process's until `now + leaseMs`. `resumed`: the run had been begun before, by a process that died or gave it back. */
  | {
      readonly kind: 'claimed';
      readonly run: RunRow;
      readonly lease: Lease;
      readonly resumed: boolean;
    }
  /** Another run holds the stream, or is before this one in the queue: `holder`, until `leaseUntil` if it is running. */
  | { readonly kind: 'busy'; readonly holder: RunRow; readonly leaseUntil: number | null }
  /** The run has ended already. */
  | { readonly kind: 'ended'; readonly run: RunRow }
  | { readonly kind: 'missing' };

export interface RunFilter {
  readonly connector?: string;
  readonly connection?: string;
  readonly stream?: string;
  readonly run?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly status?: RunStatus | readonly RunStatus[];
  /** Queued at this instant or later. */
  readonly since?: number;
  /** Queued before this instant. */
  readonly until?: number;
}

export interface RunStore {
  /**
   * Joins the unfinished run of the stream that reads at least as much as `mode` (a full run does for both modes; the running
   * one before a queued one) and was not asked to stop, else queues a new run under `id`. The same `id` again: that run.
   */
  requestRun(params: {
    readonly ref: StreamRef;
    readonly id: string;
    readonly mode: RunMode;
    readonly now: number;
  }): Promise<{ readonly run: RunRow; readonly joined: boolean }>;

  /**
   * Takes the stream's lease for the run, if no unexpired lease is held and no other unfinished run of the stream comes first: an
   * orphaned one (running or waiting, its lease expired), then queued ones by age. The token is higher than any before. A claimed run is
   * `running`, its attempt counted.
   */
  claimRun(params: {
    readonly run: string;
    readonly owner: string;
    readonly now: number;
    readonly leaseMs: number;
  }): Promise<ClaimResult>;

  /** Extends the lease and says whether somebody has asked the run to stop. Rejects with `LeaseLostError` when the token is not the latest. */
  renewLease(params: {
    readonly lease: Lease;
    readonly now: number;
    readonly leaseMs: number;
  }): Promise<{ readonly cancelRequested: boolean }>;

  /** Shows the run as waiting for a limit, or as running again; the lease stays as it is. Rejects with `LeaseLostError` as {@link renewLease} does. */
  markWaiting(params: { readonly lease: Lease; readonly waiting: boolean }): Promise<void>;

  /**
   * Ends the run and gives the lease back; `counts` are added to what it has. A run that is still queued is ended without a lease
   * (`lease: null`, `run` names it); one that has ended already stays as it is.
   */
  finishRun(params: {
    readonly run: string;
    readonly lease: Lease | null;
    readonly status: 'succeeded' | 'failed' | 'cancelled' | 'skipped';
    readonly now: number;
    readonly counts: Partial<RunCounts>;
    readonly cursor: JsonValue;
    readonly error: StoredError | null;
  }): Promise<RunRow>;

  /** Leaves the run to whoever claims it next: the lease is given back, the run is queued again. */
  releaseRun(params: { readonly lease: Lease; readonly now: number }): Promise<void>;

  /**
   * Asks unfinished runs to stop: those that nobody holds (queued, or their lease expired) end as cancelled at once, the others are told
   * at their next renewal. Returns their ids.
   */
  requestCancel(params: {
    readonly connector: string;
    readonly connection: string;
    readonly stream?: string;
    readonly run?: string;
    readonly now: number;
  }): Promise<readonly string[]>;

  getRun(params: { readonly run: string }): Promise<RunRow | undefined>;
  /** Newest first, by when they were queued, then by id; `before` is the last row of the page before. */
  listRuns(params: {
    readonly filter: RunFilter;
    readonly before?: RunRow;
    readonly limit: number;
  }): Promise<readonly RunRow[]>;

  /**
   * Removes runs that ended before an instant, at most `limit`; resolves with how many there were: fewer means that there are no more. Nothing
   * else goes with them.
   */
  pruneRuns(params: { readonly before: number; readonly limit: number }): Promise<number>;

  /** State as last committed; undefined for a stream that has none. */
  getStreamState(params: { readonly ref: StreamRef }): Promise<StreamState | undefined>;
  getPosition(params: {
    readonly ref: StreamRef;
    readonly partition: string;
  }): Promise<PositionState | undefined>;
  /** Ordered by partition, by bytes. */
  listPositions(params: {
    readonly ref: StreamRef;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly { readonly partition: string; readonly position: PositionState }[]>;
}
