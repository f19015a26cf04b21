/** What is known of an HTTP response when it arrives. */
export interface RateLimitInput {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text or, which is cheaper, as parsed JSON. Without it only headers and status are judged. */
  readonly body?: unknown;
  readonly request?: { readonly method?: string; readonly path?: string };
}

/**
 * Who has to pause: `connection` = this token or account, `app` = every connection of the app, `endpoint` = that route,
 * method, bucket or object; `unknown` = the response does not say.
 */
export type RateLimitScope = 'connection' | 'app' | 'endpoint' | 'unknown';

/** `throttle` = a short window, `quota` = a long one, `secondary` = an abuse limit, `none` = not limited. */
export type RateLimitKind = 'throttle' | 'quota' | 'concurrency' | 'secondary' | 'none';

/** One of the limits that a response describes. Instants are epoch milliseconds on the local clock. */
export interface RateLimitPolicy {
  readonly name: string;
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowMs?: number;
  readonly resetAt?: number;
  /** What is counted, where it is not requests (`content-bytes`). */
  readonly unit?: string;
  /** A refill rate, where the API states one instead of a count. */
  readonly ratePerSecond?: number;
}

/** What a response says about limits. A field that the response does not tell is absent. */
export interface RateLimitSignal {
  /** The server asks this client to wait, or refused it for load, quota or concurrency. */
  readonly limited: boolean;
  /** Milliseconds to wait from `now`, without jitter or cap; only when limited. */
  readonly retryAfterMs?: number;
  /** Epoch milliseconds on the local clock; may lie before `now`. */
  readonly resetAt?: number;
  /** Of the policy that decides: the exhausted one, else the one with the least left. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly scope: RateLimitScope;
  readonly kind: RateLimitKind;
  /** Every limit described, when there are several or when one has more to it than a limit and a reset. */
  readonly policies?: readonly RateLimitPolicy[];
}

/** The local clock, and by how much the server's is ahead of it. */
export interface ResponseClock {
  readonly now: number;
  readonly skewMs: number;
}
