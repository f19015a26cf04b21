import { durationFromText, durationIn } from './duration-text.js';
import { instantFromText } from './instant-text.js';
import { resetInstant, type TimeHint } from './reset-instant.js';
import type { BodyNode } from './body-walk.js';
import type { ResponseClock } from './types.js';

const WAIT =
  /\b(?:retry (?:after|in|at|delay|wait|ms|seconds|time|date)|retry$|(?:try|retry) again|back ?off|wait(?:ing)? (?:for|time|seconds|ms|until|in)|^wait$|cool ?down|regain|available in|next (?:retry|request|allowed|available|access)|throttle (?:seconds|ms)$|blocked until|limited until|seconds until)/;
const RESET =
  /^rate limit (?:next|until)$|\bresets?(?:$| (?:at|in|after|on|time|timestamp|date|epoch|seconds|ms|utc|x))/;
const VERB =
  '(?:retry|try again|wait|available|reset|replenished|renewed|back ?off|again|expires?|after|last)';
/** Between the verb and the number; what comes every so often is a window, not a wait. */
const GAP = '(?:(?!every|each)[^.\\d]){0,40}?';
const PROSE = new RegExp(
  `${VERB}${GAP}(\\d{1,9}(?:\\.\\d{1,9})?) ?(?:more )?(ms|milliseconds?|secs?|seconds?|mins?|minutes?|hours?|hrs?|days?)\\b`,
  'i',
);
const PROSE_SHORT = new RegExp(
  `${VERB}[^.\\d]{0,40}?((?:\\d{1,9}(?:\\.\\d{1,9})?(?:ms|s|m|h|d)){1,4})\\b`,
  'i',
);
/** [days.]hours:minutes:seconds, as .NET writes a span of time. */
const PROSE_CLOCK = new RegExp(
  `${VERB}[^.\\d]{0,40}?(?:(\\d{1,4})\\.)?(\\d\\d):(\\d\\d):(\\d\\d)`,
  'i',
);
const PROSE_DATE =
  /(?:until|after|at|before|on) (\d{4}[-/](?:\d\d|[a-z]{3})[-/]\d\d[T ][\d:.]{5,18} ?(?:Z|UTC|[+-]\d\d:?\d\d)?)/i;

/** When a body's fields say to come back (`retry_after`, `retryDelay`, `reset_in_x_seconds`), the latest of several, in epoch ms. */
export function waitInFields(nodes: readonly BodyNode[], clock: ResponseClock): number | undefined {
  return latest(nodes, WAIT, clock);
}

/** When a body's fields say that a limit resets. */
export function resetInFields(
  nodes: readonly BodyNode[],
  clock: ResponseClock,
): number | undefined {
  return latest(nodes, RESET, clock);
}

function latest(
  nodes: readonly BodyNode[],
  names: RegExp,
  clock: ResponseClock,
): number | undefined {
  let last: number | undefined;
  for (const node of nodes) {
    if (node.key.length > 64 || !names.test(node.key)) continue;
    const at = instantOf(node.value, clock, hintOf(node.key));
    if (at !== undefined && (last === undefined || at > last)) last = at;
  }
  return last;
}

function instantOf(value: unknown, clock: ResponseClock, hint: TimeHint): number | undefined {
  if (typeof value === 'number') return resetInstant(String(value), clock, hint);
  if (typeof value === 'string')
    return value.length > 64 ? undefined : resetInstant(value, clock, hint);
  // google.protobuf.Duration in its object form.
  if (typeof value !== 'object' || value === null || !('seconds' in value)) return undefined;
  const seconds = durationIn(String(value.seconds), 's');
  const nanos = 'nanos' in value ? durationIn(String(value.nanos), 'ns') : 0;
  return seconds === undefined ? undefined : clock.now + seconds + (nanos ?? 0);
}

function hintOf(key: string): TimeHint {
  if (/\b(?:ms|millis|milliseconds)\b/.test(key)) return { unit: 'milliseconds' };
  // "estimated time to regain access" is told in minutes.
  return /\b(?:minutes|mins|regain)\b/.test(key) ? { unit: 'minutes' } : {};
}

/** When a message says in words to come back: "try again in 20s", "wait 5 minutes", "until 2026-01-01 00:00:00 UTC". */
export function waitInProse(messages: readonly string[], clock: ResponseClock): number | undefined {
  for (const message of messages) {
    const text = message.slice(0, 600);
    const at = proseDate(text, clock);
    if (at !== undefined) return at;
    const wait = proseClock(text) ?? proseDuration(text);
    if (wait !== undefined) return clock.now + wait;
  }
  return undefined;
}

function proseDate(text: string, clock: ResponseClock): number | undefined {
  const at = instantFromText((PROSE_DATE.exec(text)?.[1] ?? '').replace(/\.$/, ''), clock.now);
  return at === undefined ? undefined : at - clock.skewMs;
}

function proseClock(text: string): number | undefined {
  const match = PROSE_CLOCK.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = [1, 2, 3, 4].map((at) => Number(match[at] ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}

function proseDuration(text: string): number | undefined {
  const short = PROSE_SHORT.exec(text);
  const duration = short === null ? undefined : durationFromText(short[1] ?? '');
  if (duration !== undefined) return duration;
  const long = PROSE.exec(text);
  return long === null ? undefined : durationIn(long[1] ?? '', (long[2] ?? '').toLowerCase());
}
