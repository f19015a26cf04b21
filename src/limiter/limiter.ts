/**
 * The limiter's port: how permits are asked for and what is told about responses. Ours is made by `createLimiter`; another one (over
 * Redis, say) implements {@link Limiter}.
 *
 * Wiring: one limiter for all connections of a process, one interceptor around each send. Redirect hops and retries are sends of their
 * own, so the interceptor belongs inside both, and outside of what adds credentials:
 *
 * ```ts
 * const limited: Interceptor = async (request, next) => {
 *   const permit = await limiter.acquire(
 *     { connector, connection, method: request.method, path: pathAfterBaseUrl(request.url), context },
 *     { priority: 'incremental', signal: request.signal, park: { afterMs: 3_000, parked } },
 *   );
 *   try {
 *     const response = await next(request);
 *     const detected = detectRateLimit({ ...response, request }, { now: clock.now() });
 *     permit.answered({ signal: detected, serverTime: response.serverTime, cost: hook?.cost });
 *     return response;
 *   } catch (error) {
 *     permit.failed(); // Sent or not, the server may have seen it. Where nothing can have left: permit.unused().
 *     throw error;
 *   }
 * };
 * ```
 *
 * Where headers are seen before the body has arrived, `permit.headers()` lets the windows count from there; concurrency is given back at
 * `answered`. Every permit must be ended by `answered`, `failed` or `unused`; whatever comes after the first of them does nothing.
 * The connector's `rateLimit` hook is merged over the detection before it is handed in. `limiter.close()` belongs into `stop()`.
 */
import type { ConnectorContext } from '../connector/context.js';
import type { LimitedRequest } from '../connector/limits.js';

/** What a request is made for, the first to go first. A waiter rises one place every 30 seconds. */
export const PRIORITIES = [
  'interactive-write',
  'interactive-sync',
  'delivery',
  'incremental',
  'full',
  'backfill',
] as const;

export type Priority = (typeof PRIORITIES)[number];

/** The request that a permit is for. */
export interface PermitRequest extends LimitedRequest {
  readonly connector: string;
  readonly connection: string;
  /** Handed to scopes that are functions. */
  readonly context?: ConnectorContext<unknown, unknown>;
}

export interface AcquireOptions {
  readonly priority: Priority;
  /** Ends the waiting: `acquire` rejects with `AbortedError`. */
  readonly signal?: AbortSignal | undefined;
  readonly park?: Parking | undefined;
}

/** For callers that hold something while they wait, as a worker's slot. */
export interface Parking {
  /** How long a wait may be before what is held is given back, in milliseconds. */
  readonly afterMs: number;
  /**
   * Called once, as soon as it is known that the wait is longer. What it returns is called when the request's turn has come and nothing is
   * taken yet: permits are given only after it has resolved, and when it rejects, so does `acquire`.
   */
  readonly parked: (wait: Wait) => () => Promise<void>;
}

/** A wait, as it stands whenever it is looked at. */
export interface Wait {
  /** Since when, in epoch milliseconds. */
  readonly since: number;
  /** Which limit is waited for at present. */
  readonly limit: string;
  readonly scope: string;
  /** When it will be over, in epoch milliseconds, as far as that can be told. */
  readonly until: number | undefined;
}

/** Leave to send one request. It counts from now on. */
export interface Permit {
  /** Milliseconds that were waited for it. */
  readonly queuedMs: number;
  /** The response's headers have come: windows count `per` from here. Left out: from `answered`. */
  headers(): void;
  /** The response has arrived, whatever its status, and this is what it says of limits. */
  answered(answer?: Answer): void;
  /** No response, but the server may have seen the request. */
  failed(): void;
  /** Nothing was sent: the permit counts for nothing. */
  unused(): void;
}

export interface Answer {
  /** What `detectRateLimit` and the connector's own `rateLimit` say. */
  readonly signal?: LimitSignal | undefined;
  /** What the request has cost, as the API says: settles the difference to the estimate. */
  readonly cost?: number | undefined;
  /** What the response says of limits that cannot be read. It is told as `limit.implausible`. */
  readonly doubts?: readonly { readonly field: string; readonly value: unknown }[] | undefined;
  /** The server's clock when it answered, from its `Date` header. */
  readonly serverTime?: number | undefined;
  /** Milliseconds from sending to the headers. Default: measured from the permit on. */
  readonly latencyMs?: number | undefined;
}

/** What a response says of limits: the shape of `detectRateLimit`'s result. Instants are epoch milliseconds on our clock. */
export interface LimitSignal {
  readonly limited: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly resetAt?: number | undefined;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly scope: 'connection' | 'app' | 'endpoint' | 'unknown';
  readonly kind: 'throttle' | 'quota' | 'concurrency' | 'secondary' | 'none';
  readonly policies?: readonly LimitPolicy[] | undefined;
}

/** One of several limits that a response tells of. */
export interface LimitPolicy {
  readonly name: string;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly windowMs?: number | undefined;
  readonly resetAt?: number | undefined;
  readonly unit?: string | undefined;
  readonly ratePerSecond?: number | undefined;
}

/** Whose requests have to stop: all of a connector's, a connection's, or those to one endpoint of it. */
export interface BlockTarget {
  readonly connector: string;
  readonly connection?: string | undefined;
  /** Stops the matching limit's requests, or where none is declared this method and path. */
  readonly endpoint?: LimitedRequest | undefined;
}

/** A limit in one scope, as it stands. */
export interface LimitState {
  readonly connector: string;
  /** Null for limits that several connections share. */
  readonly connection: string | null;
  readonly limit: string;
  readonly scope: string;
  readonly kind: 'window' | 'bucket' | 'concurrency' | 'told';
  /** What may be used at most; null: nothing is known. */
  readonly tokens: number | null;
  /** Milliseconds of its window; null for concurrency. */
  readonly perMs: number | null;
  /** What may be used now; null: nothing is known. */
  readonly remaining: number | null;
  readonly inFlight: number;
  readonly waiting: number;
  /** Nothing is sent before, in epoch milliseconds; null: not blocked. */
  readonly blockedUntil: number | null;
}

/** Hands out permits, so that no limit is exceeded in any window as the server sees it, and "slow down" is obeyed. */
export interface Limiter {
  /**
   * Resolves when the request may be sent: all limits that match it have room at the same moment.
   *
   * @throws {ConfigError} when its cost can never fit; {@link AbortedError} when the signal aborts or the limiter is closed
   */
  acquire(request: PermitRequest, options: AcquireOptions): Promise<Permit>;
  /** Nothing is sent there before the instant (epoch milliseconds), by any process that shares the store. Never shortens a block. */
  block(target: BlockTarget, until: number): void;
  /** Until when a connection can send nothing at all, in epoch milliseconds; undefined when it can. */
  blockedUntil(target: {
    readonly connector: string;
    readonly connection: string;
  }): number | undefined;
  /** By how much the server's clock is ahead of ours, in milliseconds, from the `Date` headers so far; 0 when unknown. */
  skewMs(connector: string): number;
  /** What is known of limits now. */
  limits(filter?: {
    readonly connector?: string;
    readonly connection?: string;
  }): Iterable<LimitState>;
  /** Forgets a connection that was deleted. */
  forget(target: { readonly connector: string; readonly connection: string }): void;
  /** Ends all waiting with `AbortedError`, gives leased permits back, leaves no timer. Permits that are out may still be ended. */
  close(): Promise<void>;
}
