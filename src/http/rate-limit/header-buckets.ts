import { windowFromWords, type ValueMember } from './header-value.js';
import type { RateLimitPolicy } from './types.js';

export type NumberRole = 'limit' | 'remaining' | 'used' | 'rate';

/** The headers of one limit, gathered by name. */
export interface Bucket {
  name: string;
  prefix: string;
  spelling: string;
  certain: boolean;
  /** The headers that it was gathered from. */
  headers: readonly string[];
  limit?: readonly ValueMember[];
  remaining?: readonly ValueMember[];
  used?: readonly ValueMember[];
  rate?: readonly ValueMember[];
  resets?: readonly (number | undefined)[];
  windowMs?: number | undefined;
}

/** Words before `rate limit` that tell what is limited; others are a vendor's name. */
const MEANINGFUL =
  /^(?:app|application|user|org|account|tenant|team|project|method|endpoint|route|service|global|burst|daily|day|hourly|hour|minute|min|second|monthly|month|client|ip|token|tokens|search|write|read|post|shop|site|workspace|concurrent|concurrency)$/;

/** Puts headers of the same limit together and turns them into policies. */
export function mergeBuckets(parts: readonly Bucket[]): {
  policies: RateLimitPolicy[];
  names: string[];
  orphanReset?: number;
} {
  const buckets = joinHalves(joinSpellings(gathered(parts)));
  // Names that are unclear one by one are clear together.
  for (const one of buckets)
    one.certain ||= one.remaining !== undefined && one.resets !== undefined;
  const counted = withoutSuperseded(buckets.filter((one) => hasCount(one) && one.certain));
  const orphans = buckets.filter((one) => !hasCount(one) && (one.certain || counted.length > 0));
  const [only] = counted;
  // A reset, window or refill rate beside the only limit there is belongs to it, whatever it is called.
  for (const orphan of orphans)
    if (only !== undefined && counted.length === 1 && compatible(only, orphan))
      absorb(only, orphan);
  const resets = orphans.flatMap((one) => one.resets ?? []).filter((at) => at !== undefined);
  const kept = counted.length === 0 ? orphans : counted;
  return {
    policies: kept.flatMap((one) => policiesOf(one)),
    names: [...new Set([...kept, ...orphans].flatMap((one) => one.headers))],
    ...(resets.length === 0 ? {} : { orphanReset: Math.max(...resets) }),
  };
}

/** The headers of one name, vendor and spelling in one bucket. */
function gathered(parts: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const part of parts) {
    const { prefix, spelling } = part;
    const name = prefix === '' ? part.name : named(prefix, part.name);
    const same = merged.find(
      (one) => one.name === name && one.prefix === prefix && one.spelling === spelling,
    );
    if (same !== undefined) absorb(same, part);
    else {
      part.name = name;
      merged.push(part);
    }
  }
  return merged;
}

function named(prefix: string, name: string): string {
  const meant = prefix.split(' ').filter((word) => MEANINGFUL.test(word));
  return [...meant, name].join(' ').trim();
}

function hasCount(bucket: Bucket): boolean {
  return bucket.limit !== undefined || bucket.remaining !== undefined || bucket.used !== undefined;
}

/** HubSpot still sends the per-second pair that its interval replaced. */
function withoutSuperseded(buckets: readonly Bucket[]): Bucket[] {
  const replaced = buckets.some((one) => one.windowMs !== undefined);
  return buckets.filter((one) => !(replaced && one.name === 'secondly'));
}

function compatible(one: Bucket, two: Bucket): boolean {
  return (
    sameMembers(one.limit, two.limit) &&
    sameMembers(one.remaining, two.remaining) &&
    sameMembers(one.used, two.used) &&
    sameMembers(one.rate, two.rate) &&
    agree(one.resets?.[0], two.resets?.[0]) &&
    agree(one.windowMs, two.windowMs)
  );
}

function sameMembers(
  one: readonly ValueMember[] | undefined,
  two: readonly ValueMember[] | undefined,
): boolean {
  if (one === undefined || two === undefined) return true;
  return one.length === two.length && one.every((member, at) => member.value === two[at]?.value);
}

function agree(one: number | undefined, two: number | undefined): boolean {
  return one === undefined || two === undefined || one === two;
}

/** Puts into one bucket what only the other knows. */
function absorb(into: Bucket, from: Bucket): void {
  into.certain ||= from.certain;
  into.headers = [...into.headers, ...from.headers];
  if (into.limit === undefined && from.limit !== undefined) into.limit = from.limit;
  if (into.remaining === undefined && from.remaining !== undefined) into.remaining = from.remaining;
  if (into.used === undefined && from.used !== undefined) into.used = from.used;
  if (into.rate === undefined && from.rate !== undefined) into.rate = from.rate;
  if (into.resets === undefined && from.resets !== undefined) into.resets = from.resets;
  into.windowMs ??= from.windowMs;
}

/** `X-RateLimit-Limit` and `RateLimit-Remaining` are one limit unless they contradict each other. */
function joinSpellings(buckets: readonly Bucket[]): Bucket[] {
  const joined: Bucket[] = [];
  for (const bucket of buckets) {
    const same = joined.find((one) => one.name === bucket.name && compatible(one, bucket));
    if (same === undefined) joined.push(bucket);
    else absorb(same, bucket);
  }
  return joined;
}

/** `RateLimit-DailyLimit` with a bare `RateLimit-Remaining`: the only limit and the only count left belong together. */
function joinHalves(buckets: readonly Bucket[]): Bucket[] {
  const limits = buckets.filter(
    (one) => one.limit !== undefined && one.remaining === undefined && one.used === undefined,
  );
  const counts = buckets.filter(
    (one) => one.limit === undefined && (one.remaining !== undefined || one.used !== undefined),
  );
  const [limit, left] = [limits[0], counts[0]];
  if (limit === undefined || left === undefined || limits.length > 1 || counts.length > 1)
    return [...buckets];
  if (!compatible(limit, left) || (limit.name !== '' && left.name !== '')) return [...buckets];
  const whole: Bucket = { ...limit, name: limit.name === '' ? left.name : limit.name };
  absorb(whole, left);
  return buckets.flatMap((one) => (one === limit ? [whole] : one === left ? [] : [one]));
}

function policiesOf(bucket: Bucket): RateLimitPolicy[] {
  const { limit = [], remaining = [], used = [] } = bucket;
  const length = Math.max(
    limit.length,
    remaining.length,
    used.length,
    bucket.rate === undefined ? 0 : 1,
  );
  const policies: RateLimitPolicy[] = [];
  for (let at = 0; at < length; at += 1) {
    const policy = policyAt(bucket, at);
    const repeated = policies.some(
      (one) =>
        one.limit === policy.limit &&
        policy.remaining === undefined &&
        policy.windowMs !== undefined,
    );
    if (
      policy.limit === undefined &&
      policy.remaining === undefined &&
      policy.ratePerSecond === undefined
    )
      continue;
    // `100, 100;w=60`: the limit in force, then the quotas, of which one says it again with its window.
    if (repeated && at > 0)
      policies[0] = { ...policies[0], ...policy, name: policies[0]?.name ?? policy.name };
    else policies.push(policy);
  }
  return policies;
}

function policyAt(bucket: Bucket, at: number): RateLimitPolicy {
  const words = bucket.name.split(' ').filter((word) => word !== '');
  const listed =
    Math.max(bucket.limit?.length ?? 0, bucket.used?.length ?? 0, bucket.remaining?.length ?? 0) >
    1;
  const base = words.join('-') || 'default';
  const { limit, remaining } = countsAt(bucket, at);
  const windowMs =
    pairedWindow(bucket, at) ??
    bucket.limit?.[at]?.windowMs ??
    bucket.remaining?.[at]?.windowMs ??
    bucket.used?.[at]?.windowMs ??
    bucket.windowMs ??
    windowFromWords(words);
  const resetAt =
    bucket.resets?.[at] ?? (bucket.resets?.length === 1 ? bucket.resets[0] : undefined);
  const rate = at === 0 ? bucket.rate?.[0]?.value : undefined;
  return {
    name: listed ? `${base}-${String(at + 1)}` : base,
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
  };
}

/** The one API that lists two limits and two usages by position (Strava) counts a quarter of an hour and a day. */
function pairedWindow(bucket: Bucket, at: number): number | undefined {
  const paired =
    bucket.limit?.length === 2 &&
    bucket.used?.length === 2 &&
    bucket.limit.every((one) => one.windowMs === undefined);
  return paired ? [900_000, 86_400_000][at] : undefined;
}

function countsAt(bucket: Bucket, at: number): { limit?: number; remaining?: number } {
  const [limited, left, used] = [bucket.limit?.[at], bucket.remaining?.[at], bucket.used?.[at]];
  const limit = limited?.of ?? limited?.value ?? left?.of ?? used?.of;
  // A negative limit is how some say "none"; what is left below zero is overdrawn.
  if (limit !== undefined && limit < 0) return {};
  if (limit === undefined && left !== undefined && left.value < 0 && bucket.resets === undefined)
    return {};
  const spent = limited?.of === undefined ? used?.value : limited.value;
  const told =
    left?.value ?? (limit === undefined || spent === undefined ? undefined : limit - spent);
  const remaining = told === undefined ? undefined : Math.max(0, told);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}
