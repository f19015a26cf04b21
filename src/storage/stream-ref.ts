/** One stream of one connection. */
export interface StreamRef {
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
}

/**
 * The right to commit for a stream, as the store gave it out. The token rises with each new holder of the stream's lease,
 * and every commit that needs the lease checks it inside its own transaction.
 */
export interface Lease {
  readonly ref: StreamRef;
  readonly run: string;
  readonly token: number;
}
