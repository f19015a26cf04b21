import type { ConnectorContext } from '../connector/context.js';
import type { LimitedRequest, RateLimitHook } from '../connector/limits.js';
import type { Clock } from '../core/ports.js';
import type {
  AcquireOptions,
  Answer,
  Limiter,
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
    const course = new PermitCourse(permit, options.rateLimit !== undefined);
    let response: ReceivedResponse;
    try {
      response = await next({ ...request, queuedMs: permit.queuedMs, course });
    } catch (error) {
      course.ended((head) => heardInTime(head, { method, path }));
      throw error;
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

/** What a permit has to know of its request. */
class PermitCourse implements Course {
  readonly #permit: Permit;
  readonly #mayCost: boolean;
  #isSent = false;
  #head: ResponseHead | undefined;

  /** @param mayCost the response may tell another cost than the estimate, which can be taken back only as long as nothing is settled */
  constructor(permit: Permit, mayCost: boolean) {
    this.#permit = permit;
    this.#mayCost = mayCost;
  }

  sent(): void {
    this.#isSent = true;
  }

  headers(head: ResponseHead): void {
    this.#head = head;
    if (!this.#mayCost) this.#permit.headers();
  }

  /** Without a response in full. */
  ended(heard: (head: ResponseHead) => Answer): void {
    if (this.#head) this.#permit.answered(heard(this.#head));
    else if (this.#isSent) this.#permit.failed();
    else this.#permit.unused();
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
