import type { LimitPolicy, LimitSignal } from '../limiter.js';

/** What a response says of limits, as far as it can be true. */
export interface Believed {
  /** How long to send nothing, where the response names it. */
  readonly waitMs: number | undefined;
  /** Limits that tell how much is left of them. */
  readonly policies: readonly BelievedPolicy[];
  readonly doubts: readonly Doubt[];
}

export interface BelievedPolicy {
  readonly name: string;
  readonly limit: number | undefined;
  readonly remaining: number;
  readonly windowMs: number | undefined;
  /** Epoch milliseconds, after now. */
  readonly resetAt: number | undefined;
  /** It counts requests; of others we do not know what they take, only when they are used up. */
  readonly ofRequests: boolean;
}

/** Something that cannot be true. */
export interface Doubt {
  readonly field: string;
  readonly value: unknown;
}

const REQUESTS = /^(requests?|calls?|api[ _-]?calls?|queries|operations?)$/i;

/** Separates what can be true from what cannot: waits and resets beyond `maxWaitMs`, limits of 0, what is no number. */
export function believe(signal: LimitSignal, now: number, maxWaitMs: number): Believed {
  const doubts: Doubt[] = [];
  const { limit, remaining, resetAt } = signal;
  const told: readonly LimitPolicy[] = signal.policies ?? [
    { name: 'default', limit, remaining, resetAt },
  ];
  const policies = told.flatMap((policy) => {
    const believed = believePolicy(policy, now, maxWaitMs, doubts);
    return believed ? [believed] : [];
  });
  return { waitMs: believeWait(signal, maxWaitMs, doubts), policies, doubts };
}

function believeWait(
  { limited, retryAfterMs }: LimitSignal,
  maxWaitMs: number,
  doubts: Doubt[],
): number | undefined {
  if (!limited || retryAfterMs === undefined) return undefined;
  if (retryAfterMs >= 0 && retryAfterMs <= maxWaitMs) return retryAfterMs;
  doubts.push({ field: 'retryAfterMs', value: retryAfterMs });
  return undefined;
}

function believePolicy(
  policy: LimitPolicy,
  now: number,
  maxWaitMs: number,
  doubts: Doubt[],
): BelievedPolicy | undefined {
  const { name, unit, windowMs } = policy;
  const limit = checked('limit', policy.limit, (value) => value > 0, doubts);
  if (policy.limit !== undefined && limit === undefined) return undefined;
  // Below 0 is how some say that more was used than is allowed.
  const remaining = checked('remaining', policy.remaining, Number.isFinite, doubts);
  if (remaining === undefined) return undefined;
  if (limit !== undefined && remaining > limit) {
    doubts.push({ field: 'remaining', value: remaining });
    return undefined;
  }
  const resetAt = checked('resetAt', policy.resetAt, (at) => at - now <= maxWaitMs, doubts);
  return {
    name,
    limit,
    remaining: Math.max(0, remaining),
    windowMs: windowMs !== undefined && windowMs > 0 ? windowMs : undefined,
    resetAt: resetAt !== undefined && resetAt > now ? resetAt : undefined,
    ofRequests: unit === undefined || REQUESTS.test(unit),
  };
}

function checked(
  field: string,
  value: number | undefined,
  plausible: (value: number) => boolean,
  doubts: Doubt[],
): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isFinite(value) && plausible(value)) return value;
  doubts.push({ field, value });
  return undefined;
}
