/** What a limit allows, as processes that share it count it. */
export type PermitRule =
  /** Never more than `tokens` in any window of `perMs`. */
  | { readonly kind: 'window'; readonly tokens: number; readonly perMs: number }
  /** `size` at most; what was answered begins to flow out `delayMs` later. */
  | {
      readonly kind: 'bucket';
      readonly size: number;
      readonly refillPerMs: number;
      readonly delayMs: number;
    }
  /** So many at a time. */
  | { readonly kind: 'concurrency'; readonly slots: number };

/** What a process tells of its permits for one limit. */
export interface PermitReport {
  /** Names the limit in its scope, over all processes. */
  readonly key: string;
  readonly rule: PermitRule;
  /** How many it still has: under way, or kept for the next moments. Takes the place of what it had before. */
  readonly held: number;
  /** How many were answered since its last report, and when. */
  readonly answered: readonly (readonly [at: number, amount: number])[];
  /** For how long it may use those that it has: then it gives back what it has not used. */
  readonly useMs: number;
  /** At least as long: what it does not report again is taken to be seen by the server until then, and counts for the limit's window after it. */
  readonly leaseMs: number;
}

/** Permits that are wanted together: all of `need`, or none. */
export interface PermitGroup {
  /** The place of who asks, risen with age; 0 goes first. */
  readonly place: number;
  /** Since when it waits. */
  readonly since: number;
  /** Each key is reported in the same call. */
  readonly takes: readonly {
    readonly key: string;
    readonly need: number;
    /** How many would be of use; at least `need`. */
    readonly want: number;
    /** How many to leave to higher places. */
    readonly keep: number;
    /** How many all those wait for who have this place or a better one, this one among them; at least `need`. */
    readonly ahead: number;
  }[];
}

export type PermitGrant =
  /** How many of each take, in its order. */
  | { readonly granted: readonly number[] }
  /** There was not enough of these; `retryAt`: when there may be, as far as that can be told. */
  | { readonly short: readonly string[]; readonly retryAt: number | null };

/** Nothing is to be sent in a scope before an instant. */
export interface Block {
  /** Names the scope; for the store a text like another. */
  readonly scope: string;
  readonly until: number;
}

/**
 * Permits of limits that processes share. They are leased in batches: what a process has was counted before it was used, and what a dead one
 * had comes back. None of this needs to survive a power cut.
 */
export interface PermitStore {
  /**
   * Takes in the reports, then serves the groups in their order. A group that is short leaves a mark: until `retryAt` and a moment longer
   * others leave it `ahead` where their place number is higher, and `need` where it is the same and they are younger. {@link servePermits} decides.
   */
  takePermits(params: {
    readonly holder: string;
    readonly now: number;
    readonly reports: readonly PermitReport[];
    readonly groups: readonly PermitGroup[];
  }): Promise<readonly PermitGrant[]>;

  /** Takes in reports, and drops the holder's marks at their limits. */
  returnPermits(params: {
    readonly holder: string;
    readonly now: number;
    readonly reports: readonly PermitReport[];
  }): Promise<void>;

  /** Remembers a block; a later `until` of the same scope stays. */
  reportBlocked(params: Block & { readonly now: number }): Promise<void>;

  /** Blocks that have not ended, as far as they were reported since `after` (0: all); `after` of the result is where the next call goes on. */
  readBlocks(params: {
    readonly now: number;
    readonly after: number;
  }): Promise<{ readonly blocks: readonly Block[]; readonly after: number }>;
}
