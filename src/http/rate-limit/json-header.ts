import { nameWords } from './name-words.js';
import type { RateLimitPolicy, ResponseClock } from './types.js';

const MAX_ENTRIES = 200;
const MAX_GROUPS = 20;
/** Usage told in percent is of a rolling hour. */
const ROLLING_HOUR_MS = 3_600_000;

/** The flat objects with numbers in a header whose value is JSON, however deep (`{"112130":[{"call_count":10}]}`). */
export function jsonGroups(text: string): Record<string, unknown>[] {
  const groups: Record<string, unknown>[] = [];
  try {
    collect(JSON.parse(text), groups, 0);
  } catch {
    // Not JSON after all: it tells nothing.
  }
  return groups;
}

function collect(value: unknown, groups: Record<string, unknown>[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 4 || groups.length >= MAX_GROUPS)
    return;
  const entries = Object.entries(value).slice(0, MAX_ENTRIES);
  if (entries.some(([, one]) => typeof one === 'number')) groups.push(Object.fromEntries(entries));
  else for (const [, one] of entries) collect(one, groups, depth + 1);
}

/**
 * The policy that percentages of a budget tell (`{"call_count":28,"total_time":25}`): of 100, what the fullest counter
 * leaves, and the minutes until access comes back, if told.
 */
export function usagePolicy(
  group: Record<string, unknown>,
  clock: ResponseClock,
  name: string,
): RateLimitPolicy | undefined {
  let used: number | undefined;
  let resetAt: number | undefined;
  for (const [key, value] of Object.entries(group)) {
    if (typeof value !== 'number' || value < 0 || value > 1e9) continue;
    const words = nameWords(key);
    if (words.includes('regain')) resetAt = value > 0 ? clock.now + value * 60_000 : resetAt;
    else if (words.includes('reset')) resetAt = value > 0 ? clock.now + value * 1000 : resetAt;
    else if (words.some((word) => PERCENT.test(word))) used = Math.max(used ?? 0, value);
  }
  if (used === undefined) return undefined;
  return {
    name: `${name} usage`.trim().replace(/ /g, '-'),
    limit: 100,
    remaining: Math.max(0, 100 - used),
    windowMs: ROLLING_HOUR_MS,
    ...(resetAt === undefined ? {} : { resetAt }),
  };
}

const PERCENT = /^(?:count|usage|used|pct|percent|total|util)$/;
