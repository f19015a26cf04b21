import type { OwnRateLimit } from '../../connector/limits.js';
import { detectRateLimit } from './detect.js';
import type { RateLimitInput, RateLimitSignal } from './types.js';

/** What a response says of limits, to us and to its connector. */
export interface Heard {
  readonly signal: RateLimitSignal;
  /** What the request has cost; undefined: its estimate. */
  readonly cost: number | undefined;
}

/** The detection with the connector's own word over it, field by field. */
export function heardOf(input: RateLimitInput, own: OwnRateLimit | undefined, now: number): Heard {
  const detected = detectRateLimit(input, { now });
  if (own === undefined) return { signal: detected, cost: undefined };
  const limited = own.limited ?? detected.limited;
  return { signal: limited ? refused(detected, own, now) : told(detected, own), cost: own.cost };
}

function refused(detected: RateLimitSignal, own: OwnRateLimit, now: number): RateLimitSignal {
  const { kind, retryAfterMs } = detected;
  const named = own.retryAfterMs ?? (own.resetAt === undefined ? undefined : own.resetAt - now);
  const waitMs = named === undefined ? retryAfterMs : Math.max(0, named);
  return {
    ...told(detected, own),
    limited: true,
    kind: kind === 'none' ? 'throttle' : kind,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

/** A limit that the connector tells of stands for those that were detected. */
function told(detected: RateLimitSignal, own: OwnRateLimit): RateLimitSignal {
  const { retryAfterMs: _, ...rest } = detected;
  const { limit, remaining, resetAt, scope } = own;
  const counter = {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAt === undefined ? {} : { resetAt }),
  };
  const policies =
    limit === undefined && remaining === undefined
      ? {}
      : { policies: [{ name: 'connector', ...counter }] };
  return {
    ...rest,
    limited: false,
    kind: 'none',
    ...counter,
    ...(scope === undefined ? {} : { scope }),
    ...policies,
  };
}
