import type { RateLimitPolicy } from './types.js';

/** Whether nothing of the policy is left. */
export function isExhausted(policy: RateLimitPolicy): boolean {
  return policy.remaining !== undefined && policy.remaining <= 0;
}

/**
 * The policy that decides: of the exhausted ones the last to reset, else the one with the least left. What does not count
 * requests decides nothing while some is left, and policies listed beside a main one only when exhausted.
 */
export function governingPolicy(
  policies: readonly RateLimitPolicy[],
  minor: ReadonlySet<RateLimitPolicy>,
): RateLimitPolicy | undefined {
  const counted = policies.filter((policy) => policy.unit === undefined);
  const exhausted = counted.filter((policy) => isExhausted(policy));
  const [first] = exhausted;
  if (first !== undefined)
    return exhausted.reduce(
      (last, one) => ((one.resetAt ?? -Infinity) > (last.resetAt ?? -Infinity) ? one : last),
      first,
    );
  const main = counted.filter((policy) => !minor.has(policy));
  const known = main.filter((policy) => policy.remaining !== undefined);
  const [least] = known;
  if (least !== undefined)
    return known.reduce(
      (low, one) => ((one.remaining ?? 0) < (low.remaining ?? 0) ? one : low),
      least,
    );
  return main.find((policy) => policy.limit !== undefined) ?? main[0];
}
