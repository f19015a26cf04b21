/** A durable reader of a feed, claimed by one process at a time. */
export interface ConsumerClaim {
  readonly name: string;
  readonly token: number;
  /** Everything up to this number has been handled. */
  readonly offset: number;
  /** The store's latest number when it last began at the beginning: what was pruned up to there, it has never seen. */
  readonly anew: number;
  /** It has begun anew because changes were pruned, and has not moved since. */
  readonly reset: boolean;
}

export interface ConsumerStore {
  /**
   * Takes the consumer's lease, creating it at `startAt` (`'now'`: the store's latest number) when there is none; undefined while another
   * owner holds it. Claiming again as the same owner renews the lease and keeps the token. A name belongs to one feed.
   */
  claimConsumer(params: {
    readonly name: string;
    readonly connector: string;
    readonly stream: string;
    readonly startAt: number | 'now';
    readonly owner: string;
    readonly now: number;
    readonly leaseMs: number;
  }): Promise<ConsumerClaim | undefined>;
  /** Moves the offset; rejects with `LeaseLostError` when the token is not the latest. `reset`: it begins anew, because changes were pruned. */
  moveConsumer(params: {
    readonly name: string;
    readonly token: number;
    readonly offset: number;
    readonly reset?: boolean;
  }): Promise<void>;
  /** Gives the lease back. */
  releaseConsumer(params: { readonly name: string; readonly token: number }): Promise<void>;
  getConsumer(params: { readonly name: string }): Promise<{ readonly offset: number } | undefined>;
}
