import type { Clock, Random } from '../core/ports.js';
import type { ConnectionStore } from './connections.js';
import type { ConsumerStore } from './consumers.js';
import type { CommitStore } from './commits.js';
import type { LogStore } from './logs.js';
import type { PassStore } from './passes.js';
import type { PermitStore } from './permits.js';
import type { RecordStore } from './records.js';
import type { RejectedStore } from './rejected.js';
import type { ResetStore } from './reset.js';
import type { RetentionStore } from './retention.js';
import type { RunStore } from './runs.js';
import type { StatsStore } from './stats.js';
import type { TrafficStore } from './traffic.js';

/**
 * Where Syncline keeps everything: connections, runs, records, cursors, logs. Each verb is one intention and one atomic
 * step; many processes may call them at once. Nothing here reads a clock: instants come in as epoch milliseconds.
 *
 * Errors: every verb rejects with `StoreError` when the store cannot do its work, and with `LeaseLostError` where a
 * lease is asked for and another holder has taken it since.
 */
export interface Store
  extends
    ConnectionStore,
    RunStore,
    CommitStore,
    PassStore,
    RecordStore,
    RejectedStore,
    ResetStore,
    RetentionStore,
    LogStore,
    TrafficStore,
    ConsumerStore,
    PermitStore,
    StatsStore {
  /** Opens, creates or upgrades the store. Called before its first use; opening twice does nothing, and what was closed can be opened again. */
  open(environment: StoreEnvironment): Promise<void>;
  /** Closes what this store has opened; what it was handed stays open. */
  close(): Promise<void>;
}

/** What a store may wait by: for retries when another process is writing. Instants that are kept come in as parameters. */
export interface StoreEnvironment {
  readonly clock: Clock;
  readonly random: Random;
}

export type { Lease, StreamRef } from './stream-ref.js';
