import type { ConnectorContext } from '../connector/context.js';
import type { LimitedRequest, RateLimitHook } from '../connector/limits.js';
import type { Clock } from '../core/ports.js';
import type {
  AcquireOptions,
  Answer,
  Limiter,
  LimitSignal,
  Parking,
  Permit,
  PermitRequest,
  Priority,
} from '../limiter/limiter.js';
import type { Origins } from './origins.js';
import { detectRateLimit } from './rate-limit/detect.js';
import type { Course, HeardLimits, Interceptor, ReceivedResponse, ResponseHead } from './send.js';

export interface LimitOptions {
  readonly limiter: Limiter;
  readonly priority: Priority;
  /** Handed to scopes that are functions. */
  readonly context: ConnectorContext<unknown, unknown>;
  /** What only the connector knows of its API's limits. */
  readonly rateLimit?: RateLimitHook | undefined;
  /** For runs, which hold a slot while they wait. */
  readonly park?: Parking | undefined;
}

const SILENT: Partial<HeardLimits> = {};

interface Where {
  readonly connector: string;
  readonly connection: string;
  readonly clock: Clock;
  readonly origins: Origins;
}

/** Sends each attempt and each hop with a permit only, and hands what its response says of limits to the limiter. */
export function limit(options: LimitOptions, where: Where): Interceptor {
  const { limiter, priority, context, park } = options;
  const { connector, connection } = where;
  return async (request, next) => {
    const { method } = request;
    const path = where.origins.pathOf(request.url);
    const permit = await acquired(
      limiter,
      { connector, connection, method, path, context },
      { priority, signal: request.signal, park },
    );
    const course = new PermitCourse(permit, {
      clock: where.clock,
      mayCost: options.rateLimit !== undefined,
      heard: (head) => heardInTime(head, { method, path }),
      hold: (signal, until) => {
        limiter.block(
          {
            connector,
            ...(signal.scope === 'app' ? {} : { connection }),
            ...(signal.scope === 'endpoint' ? { endpoint: { method, path } } : {}),
          },
          until,
        );
      },
    });
    let response: ReceivedResponse;
    try {
      response = await next({ ...request, queuedMs: permit.queuedMs, course });
    } catch (error) {
      course.failed();
      throw error;
    } finally {
      course.ended();
    }
    const { signal, cost, doubts, failure } = response.heard ?? SILENT;
    const { serverTime, firstByteMs } = response;
    permit.answered({ signal, cost, doubts, serverTime, latencyMs: firstByteMs });
    if (failure !== undefined) throw failure;
    return response;
  };

  /** What a response says without its body, which did not come: the connector's hook would miss it. */
  function heardInTime(head: ResponseHead, request: LimitedRequest): Answer {
    const { status, headers, serverTime, firstByteMs } = head;
    const input = { status, headers, body: undefined, request };
    const signal = detectRateLimit(input, { now: where.clock.now() });
    return { signal, serverTime, latencyMs: firstByteMs };
  }
}

/** How long an error's body is waited for before its headers hold the others back, in milliseconds. */
const BODY_MS = 1_000;
/** For so long at a time, in milliseconds: whether so long a wait is to be believed, is for the limiter to say once the response is there. */
const HOLD_MS = 60_000;

interface CourseOptions {
  readonly clock: Clock;
  /** The response may tell another cost than the estimate, which can be taken back only as long as nothing is settled. */
  readonly mayCost: boolean;
  /** What a response says without its body. */
  readonly heard: (head: ResponseHead) => Answer;
  /** Lets nothing be sent before the instant, in the scope that the signal names. */
  readonly hold: (signal: LimitSignal, until: number) => void;
}

/** What a permit has to know of its request. */
class PermitCourse implements Course {
  readonly #permit: Permit;
  readonly #options: CourseOptions;
  /** Ends the waiting for an error's body. */
  #waiting: AbortController | undefined;
  #isSent = false;
  #head: ResponseHead | undefined;

  constructor(permit: Permit, options: CourseOptions) {
    this.#permit = permit;
    this.#options = options;
  }

  sent(): void {
    this.#isSent = true;
  }

  headers(head: ResponseHead): void {
    const { mayCost } = this.#options;
    this.#head = head;
    if (!mayCost) this.#permit.headers();
    if (head.status < 400) return;
    this.#waiting = new AbortController();
    // It fails when the response has ended, and at worst holds nobody back.
    this.#holdMeanwhile(head, this.#waiting.signal).catch(() => undefined);
  }

  async #holdMeanwhile(head: ResponseHead, ended: AbortSignal): Promise<void> {
    const { clock, heard, hold } = this.#options;
    await clock.sleep(BODY_MS, ended);
    const { signal } = heard(head);
    if (signal?.limited !== true || signal.retryAfterMs === undefined) return;
    const until = clock.now() + signal.retryAfterMs;
    for (let now = clock.now(); now < until; now = clock.now()) {
      hold(signal, Math.min(until, now + 2 * HOLD_MS));
      await clock.sleep(HOLD_MS, ended);
    }
  }

  /** Without a response in full. */
  failed(): void {
    if (this.#head) this.#permit.answered(this.#options.heard(this.#head));
    else if (this.#isSent) this.#permit.failed();
    else this.#permit.unused();
  }

  ended(): void {
    this.#waiting?.abort('ended');
  }
}

/** Whoever was told that the wait is long is told of its end also when it was in vain. */
async function acquired(
  limiter: Limiter,
  request: PermitRequest,
  options: AcquireOptions,
): Promise<Permit> {
  const { priority, signal, park } = options;
  if (park === undefined) return limiter.acquire(request, options);
  let resume: (() => Promise<void>) | undefined;
  const parked: Parking['parked'] = (wait) => (resume = park.parked(wait));
  try {
    return await limiter.acquire(request, {
      priority,
      signal,
      park: { afterMs: park.afterMs, parked },
    });
  } catch (error) {
    await resume?.();
    throw error;
  }
}
