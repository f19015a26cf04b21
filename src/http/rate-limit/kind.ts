import { windowKind, type LimitWords } from './limit-words.js';
import { nameWords } from './name-words.js';
import type { RateLimitKind, RateLimitPolicy } from './types.js';

export interface KindEvidence {
  readonly status: number;
  readonly refusal: LimitWords | undefined;
  readonly labels: readonly string[];
  readonly headerNames: readonly string[];
  readonly context: string;
  /** The deciding policy is a rate, not a count. */
  readonly ratePerSecond: boolean;
  readonly exhausted: RateLimitPolicy | undefined;
  readonly retryAfterMs: number | undefined;
  /** Until the deciding policy's reset. */
  readonly untilResetMs: number | undefined;
}

const LONG_WINDOW_MS = 3_600_000;
/** The longest common short window is a quarter of an hour, so a later reset is of a longer one. */
const LONG_RESET_MS = 900_000;
const LONG_WAIT_MS = 2 * 3_600_000;

/** What kind of limit refused. Only asked where one did. */
export function kindOf(evidence: KindEvidence): RateLimitKind {
  const labels = evidence.labels.map((label) => nameWords(label).join(' ')).join(' . ');
  const told = evidence.refusal?.kind;
  if (told === 'secondary' || told === 'concurrency') return told;
  if (/\bconcurren(?:t|cy)\b/.test(labels) || isConcurrencyHeader(evidence)) return 'concurrency';
  const window =
    windowKind(labels) ?? windowKindOf(evidence.exhausted) ?? windowKind(evidence.context);
  if (window !== undefined) return window;
  if (evidence.exhausted === undefined && evidence.ratePerSecond) return 'throttle';
  if (
    (evidence.retryAfterMs === undefined || evidence.untilResetMs !== undefined) &&
    /\b(?:per (?:1 )?|an )hour\b/.test(evidence.context)
  )
    return 'quota';
  if (/\bquota\b/.test(labels) || told === 'quota') return 'quota';
  // GitHub's way of refusing: an hour's quota is used up.
  if (evidence.status === 403 && evidence.exhausted !== undefined) return 'quota';
  return (evidence.untilResetMs ?? 0) > LONG_RESET_MS || (evidence.retryAfterMs ?? 0) > LONG_WAIT_MS
    ? 'quota'
    : 'throttle';
}

function windowKindOf(policy: RateLimitPolicy | undefined): 'throttle' | 'quota' | undefined {
  if (policy?.windowMs !== undefined)
    return policy.windowMs >= LONG_WINDOW_MS ? 'quota' : 'throttle';
  return policy === undefined ? undefined : windowKind(nameWords(policy.name).join(' '));
}

function isConcurrencyHeader({ headerNames, exhausted }: KindEvidence): boolean {
  return exhausted === undefined && headerNames.some((name) => /concurren(?:t|cy)/.test(name));
}
