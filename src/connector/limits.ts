import type { Duration } from '../core/duration.js';
import type { ConnectorContext } from './context.js';
import type { HttpResponse } from './http.js';

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
  readonly bucket?: never;
  readonly refill?: never;
  readonly concurrency?: never;
}

/** A leaky bucket: `bucket` at once, `refill` more in every `per`. */
export interface BucketLimit extends LimitScope {
  readonly bucket: number;
  readonly refill: number;
  readonly per: Duration;
  readonly tokens?: never;
  readonly burst?: never;
  readonly reserve?: never;
  readonly concurrency?: never;
}

/** So many requests under way at a time. */
export interface ConcurrencyLimit extends LimitScope {
  readonly concurrency: number;
  readonly tokens?: never;
  readonly per?: never;
  readonly burst?: never;
  readonly reserve?: never;
  readonly bucket?: never;
  readonly refill?: never;
}

/** What an API allows: one kind each. Two limits that hold together are two entries. */
export type Limit = WindowLimit | BucketLimit | ConcurrencyLimit;

/** What a response says of limits, as far as only the connector can know it; what is left out is taken from the built-in detection. */
export interface OwnRateLimit {
  /** Whether the API refused the request for its limits: then it is sent again, later. False overrules the detection. */
  readonly limited?: boolean;
  /** How long to send nothing, in milliseconds. */
  readonly retryAfterMs?: number;
  /** When the limit begins anew, in epoch milliseconds. */
  readonly resetAt?: number;
  readonly limit?: number;
  readonly remaining?: number;
  /** What the request has cost: settles the difference to the estimate of the limits that declare `cost`. */
  readonly cost?: number;
  /** Whose requests have to pause. */
  readonly scope?: 'connection' | 'app' | 'endpoint';
}

/**
 * Reads what only this API says of its limits. Called with each response, also with those that are no success; `body` is its JSON, or the beginning
 * of its text, and is only to be looked at.
 *
 * @example rateLimit: (response, body) => ({ cost: Number(response.headers.get('x-query-cost') ?? 1) })
 */
export type RateLimitHook = (response: HttpResponse, body: unknown) => OwnRateLimit | undefined;
