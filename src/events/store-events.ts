import type { Failure } from './event-base.js';

/** The database: `store.*`. */
export interface StoreEvents {
  /** The store was brought to the version that this Syncline needs. */
  'store.migrated': {
    /** 0: it was created. */
    readonly from: number;
    readonly to: number;
    readonly durationMs: number;
  };

  /** Another process held the database for more than a moment. The work was done in the end, or failed with `error`. */
  'store.busy': {
    /** The verb of the storage contract, as `commit`. */
    readonly verb: string;
    /** Milliseconds waited. */
    readonly waitedMs: number;
  };

  /** The store took long for one step. */
  'store.slow': { readonly verb: string; readonly durationMs: number };

  /** The store could not do a step that nobody waits for; what waits gets the error itself. */
  'store.failed': Failure & { readonly verb: string };

  /** What was kept long enough was removed, as `retention` says. */
  'store.pruned': {
    readonly what: 'runs' | 'logs' | 'traffic' | 'tombstones' | 'history' | 'rejected';
    readonly rows: number;
  };

  /** Events cannot be written to the log at present. Runs go on; the newest events are kept in memory. Emitted once, until it works again. */
  'store.logs_failing': Failure & {
    /** Events in memory. */
    readonly pending: number;
  };

  /** HTTP exchanges cannot be written to the traffic log at present. Runs go on; the newest are kept in memory. Emitted once, until it works again. */
  'store.traffic_failing': Failure & {
    /** Exchanges in memory. */
    readonly pending: number;
  };

  /** HTTP exchanges are written again, after they could not be, or not fast enough. */
  'store.traffic_recovered': {
    /** How many were dropped meanwhile, and are missing. */
    readonly dropped: number;
  };

  /** Events are written to the log again, after they could not be, or not fast enough. */
  'store.logs_recovered': {
    /** How many events were dropped meanwhile, and are missing from the log. */
    readonly dropped: number;
  };
}
