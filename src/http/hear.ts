import { show } from '../connector/definition-checks.js';
import type { OwnRateLimit, RateLimitHook } from '../connector/limits.js';
import { ConfigError, SynclineError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import type { Clock } from '../core/ports.js';
import type { Origins } from './origins.js';
import { headerMeaning } from './rate-limit/header-name.js';
import { heardOf } from './rate-limit/heard.js';
import { retryInstant } from './rate-limit/retry-after.js';
import type { Report } from './report.js';
import { ApiResponse } from './response.js';
import type { HeardLimits, Interceptor, OutgoingRequest, ReceivedResponse } from './send.js';

export interface HearOptions {
  readonly clock: Clock;
  readonly origins: Origins;
  /** What only the connector knows of its API's limits. */
  readonly rateLimit: RateLimitHook | undefined;
}

/** Hears what each response says of limits: the circuit, the permit and retries all have to know. */
export function hear({ clock, origins, rateLimit }: HearOptions, report: Report): Interceptor {
  return async (request, next) => {
    const response = await next(request);
    const { status, headers, content } = response;
    const now = clock.now();
    const asked = { method: request.method, path: origins.pathOf(request.url) };
    const input = { status, headers, body: content.peek(), request: asked };
    const own = rateLimit && ownWord(rateLimit, request, response, report);
    const { signal, cost } = heardOf(input, own?.word, now);
    const doubts = status < 400 ? NONE : unreadable(headers, now);
    const heard: HeardLimits = { signal, cost, doubts, failure: own?.failure };
    const isRefused =
      signal.limited && (own?.word?.limited === true || !delivers(status, input.body));
    return isRefused ? { ...response, heard, limited: signal } : { ...response, heard };
  };
}

/** Data that comes with an order to pause is kept; only the next call waits (https://api.stackexchange.com/docs/throttle). */
function delivers(status: number, body: unknown): boolean {
  return (
    status < 300 &&
    isObject(body) &&
    typeof body['backoff'] === 'number' &&
    Array.isArray(body['items']) &&
    !Object.hasOwn(body, 'error_id')
  );
}

const NONE: HeardLimits['doubts'] = [];

/** Waits that are named, but not so that anybody could tell how long. */
function unreadable(headers: Headers, now: number): HeardLimits['doubts'] {
  return [...headers].flatMap(([field, value]) => {
    if (value.trim() === '' || headerMeaning(field)?.role !== 'retry') return [];
    const at = retryInstant(new Headers([[field, value]]), { now, skewMs: 0 });
    return at === undefined ? [{ field, value }] : [];
  });
}

interface OwnWord {
  readonly word: OwnRateLimit | undefined;
  /** The hook's mistake. What the response itself says is obeyed all the same. */
  readonly failure: SynclineError | undefined;
}

function ownWord(
  rateLimit: RateLimitHook,
  request: OutgoingRequest,
  response: ReceivedResponse,
  report: Report,
): OwnWord {
  const failed = (happened: string, cause?: unknown): OwnWord => ({
    word: undefined,
    failure: new ConfigError(
      report.message(
        request,
        `answered ${response.status}, and the connector's rateLimit ${happened}`,
        'rateLimit must return undefined or { limited?, retryAfterMs?, resetAt?, limit?, remaining?, cost?, scope? }; correct it.',
      ),
      {
        context: report.context(request, { path: 'rateLimit', status: response.status }),
        ...(cause === undefined ? {} : { cause }),
      },
    ),
  });
  try {
    const word: unknown = rateLimit(
      new ApiResponse(request, response, report),
      response.content.peek(),
    );
    if (word === undefined) return { word, failure: undefined };
    const problem = problemOf(word);
    if (problem !== undefined) return failed(problem);
    return { word: word as OwnRateLimit, failure: undefined };
  } catch (error) {
    if (error instanceof SynclineError) return { word: undefined, failure: error };
    return failed(`threw: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const SCOPES: ReadonlySet<unknown> = new Set(['connection', 'app', 'endpoint']);
const FIELDS: Readonly<Record<keyof OwnRateLimit, readonly [string, (value: unknown) => boolean]>> =
  {
    limited: ['true or false', (value) => typeof value === 'boolean'],
    retryAfterMs: ['a number', (value) => typeof value === 'number'],
    resetAt: ['a number', (value) => typeof value === 'number'],
    limit: ['a number', (value) => typeof value === 'number'],
    remaining: ['a number', (value) => typeof value === 'number'],
    cost: ['a number from 0', (value) => Number.isFinite(value) && Number(value) >= 0],
    scope: ["'connection', 'app' or 'endpoint'", (value) => SCOPES.has(value)],
  };

/** What is wrong with what the hook returned. Numbers that cannot be true are the limiter's to doubt. */
function problemOf(word: unknown): string | undefined {
  if (word instanceof Promise) return 'returned a promise, but has to answer at once';
  if (!isObject(word)) return `returned ${word === null ? 'null' : `a ${typeof word}`}`;
  for (const [field, [expected, fits]] of Object.entries(FIELDS)) {
    const value = word[field];
    if (value !== undefined && !fits(value))
      return `returned ${field}: ${show(value)}; expected ${expected}`;
  }
  return undefined;
}
