import { nameWords } from './name-words.js';
import { scopeOfWords } from './limit-words.js';
import type { RateLimitPolicy, RateLimitScope } from './types.js';

export interface ScopeEvidence {
  /** A reset was an instant, not a wait. */
  readonly resetIsInstant: boolean;
  readonly limited: boolean;
  readonly status: number;
  readonly headerNames: readonly string[];
  readonly labels: readonly string[];
  readonly context: string;
  readonly governing: RateLimitPolicy | undefined;
  readonly bodyBudget: boolean;
  /** The body is an error of the API's own, not a proxy's page or text. */
  readonly spokenError: boolean;
  /** The deciding policy's name is a header's, so that it tells what is counted. */
  readonly namedByHeader: boolean;
  /** What the refusal itself says, where it is no text. */
  readonly refusalScope: RateLimitScope | undefined;
}

const STANDARD = /^(?:x-)?ratelimit(?:-limit|-remaining|-reset|-policy)?$/;

/** Who has to pause, by the most telling part: a label, the deciding policy's name, the error's words, the headers' dialect. */
export function scopeOf(evidence: ScopeEvidence): RateLimitScope {
  const label = labelScope(evidence.labels.map((one) => nameWords(one).join(' ')));
  if (label !== undefined) return label;
  const policy =
    evidence.governing === undefined || !evidence.namedByHeader
      ? undefined
      : policyScope(evidence.governing.name);
  if (policy !== undefined) return policy;
  const told = evidence.limited
    ? (evidence.refusalScope ?? contextScope(evidence.context))
    : undefined;
  return told ?? dialectScope(evidence);
}

function labelScope(labels: readonly string[]): RateLimitScope | undefined {
  for (const words of labels) {
    if (/\bapp\b/.test(words)) return 'app';
    if (/\b(?:endpoint|method|route|bucket|shared|object|burst|per issue)\b/.test(words))
      return 'endpoint';
    if (/\b(?:global|user|account|tenant|org|customer)\b/.test(words)) return 'connection';
  }
  return undefined;
}

/** What a limit may be called that counts all of a caller's requests; any other name is of a part of the API. */
const WHOLE =
  /^(?:default|requests?|reqs?|tokens?|input|output|calls?|api|key|credits?|points|user|org|organization|account|tenant|team|workspace|shop|site|client|ip|subscription|secondly|second|minute|minutely|min|hour|hourly|day|daily|week|weekly|month|monthly|burst|complexity|concurrent|concurrency|usage|global|bucket|interval|per|rate|limit|budget|cost|quota|throttle|status|long|short|term|rolling|sustained|primary|remaining|transactions?|queries|\d.*)$/;

function policyScope(name: string): RateLimitScope | undefined {
  const words = nameWords(name);
  if (words.some((word) => /^(?:app|application|project)$/.test(word))) return 'app';
  return words.length > 0 && !words.some((word) => WHOLE.test(word)) ? 'endpoint' : undefined;
}

function contextScope(context: string): RateLimitScope | undefined {
  // Google names the family of a limit; what is not counted by user is counted by project.
  if (/\bdomain (?:usage limits|\w+ quota)\b/.test(context))
    return /\buser\b/.test(context) ? 'connection' : 'app';
  return scopeOfWords(context);
}

function dialectScope({
  headerNames,
  status,
  limited,
  bodyBudget,
  governing,
  resetIsInstant,
  spokenError,
}: ScopeEvidence): RateLimitScope {
  // Twitter's spelling, taken over by those who count each route by itself.
  if (resetIsInstant && headerNames.includes('x-rate-limit-limit')) return 'endpoint';
  if (governing?.ratePerSecond !== undefined && governing.limit === undefined) return 'endpoint';
  if (headerNames.some((name) => !STANDARD.test(name)) || bodyBudget) return 'connection';
  if (limited && spokenError && headerNames.length > 0) return 'connection';
  return limited && (status === 403 || (status > 450 && status < 500)) ? 'connection' : 'unknown';
}
