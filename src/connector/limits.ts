import type { Duration } from '../core/duration.js';
import type { ConnectorContext } from './context.js';

/** A request as limits look at it. */
export interface LimitedRequest {
  readonly method: string;
  /** After the base URL, with a leading slash. */
  readonly path: string;
}

/** Whose requests count together, and which ones. */
export interface LimitScope {
  /** This connection's, all of the connector's, or those for which the function returns the same text. */
  readonly scope:
    | 'connection'
    | 'connector'
    | ((request: LimitedRequest, ctx: ConnectorContext<unknown, unknown>) => string);
  /** A method and a glob on the path after the base URL, as `'GET /search/**'`. Default: all requests. */
  readonly match?: string;
  /** How much of the limit a request takes. Default 1. */
  readonly cost?: (request: LimitedRequest) => number;
}

/** Never more than `tokens` in any window of `per`; `burst` at once at most, `reserve` (a share) kept for higher priorities. */
export interface WindowLimit extends LimitScope {
  readonly tokens: number;
  readonly per: Duration;
  readonly burst?: number;
  readonly reserve?: number;
}

/** A leaky bucket: `bucket` at once, `refill` more in every `per`. */
export interface BucketLimit extends LimitScope {
  readonly bucket: number;
  readonly refill: number;
  readonly per: Duration;
}

/** So many requests under way at a time. */
export interface ConcurrencyLimit extends LimitScope {
  readonly concurrency: number;
}

/** What an API allows. */
export type Limit = WindowLimit | BucketLimit | ConcurrencyLimit;
