import { nameWords } from './name-words.js';
import type { TimeHint } from './reset-instant.js';

/** What a header tells of a limit. A `label` names a limit, a reason or a bucket in words. */
export type HeaderRole =
  'limit' | 'remaining' | 'used' | 'reset' | 'window' | 'rate' | 'label' | 'retry';

export interface HeaderMeaning {
  readonly role: HeaderRole;
  /** Words before the family's own (`x-hubspot-ratelimit-…`): a vendor, or what is limited. */
  readonly prefix: string;
  /** What is limited, in words: `requests`, `daily`, `input tokens`; empty for the main limit. */
  readonly bucket: string;
  readonly time: TimeHint;
  /** False where the name alone does not show that it is about limits: believed only beside one that does. */
  readonly certain: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const REMAINING = words('remaining remain remains left available avail rem');
const LIMIT = words(
  'limit limits max maximum total allowed quota capacity allotted allowance ceiling lim',
);
const USED = words('used use usage consumed count current spent observed level');
const RESET = words(
  'reset resets replenish replenished replenishment refresh renew renews expires expiry expiration next until',
);
const WINDOW = words('interval window period timeframe duration');
const RATE = words('drip fill refill replenish restore leak recharge');
const LABEL = words(
  'type category resource reason problem scope bucket tier plan link policy name source group class ' +
    'key id error rule status exceeded hit violated cause details',
);
const COST = words('cost requested weight charge');
/** What may be left over of: `x-requests-remaining`, `x-app-day-limit-remaining`, `x-api-call-limit`. */
const SUBJECT = words(
  'request requests req reqs call calls api credit credits points complexity query queries budget ' +
    'second sec minute min hour hourly day daily today month monthly app burst transactions ' +
    'concurrent concurrency qps rps rpm',
);
/** Words that say how a time is written. */
const TIME = words(
  'at in after on time timestamp epoch utc unix date delta ms millis milliseconds millisecond ' +
    'seconds secs sec s minutes mins hours until next to',
);
const PLURAL = new Map([
  ['request', 'requests'],
  ['req', 'requests'],
  ['reqs', 'requests'],
  ['call', 'calls'],
  ['credit', 'credits'],
  ['token', 'tokens'],
  ['today', 'day'],
]);
const WINDOW_WORD = words('second minute hour hourly day daily week weekly month monthly');

const MEANINGS = new Map<string, HeaderMeaning | null>();
const MAX_MEANINGS = 2048;

/** What the header called `name` tells of a limit; undefined for one that is about something else. */
export function headerMeaning(name: string): HeaderMeaning | undefined {
  const known = MEANINGS.get(name);
  if (known !== undefined) return known ?? undefined;
  const meaning = meaningOf(nameWords(name).filter((word) => word !== 'x'));
  if (MEANINGS.size >= MAX_MEANINGS) MEANINGS.clear();
  MEANINGS.set(name, meaning ?? null);
  return meaning;
}

function meaningOf(all: readonly string[]): HeaderMeaning | undefined {
  if (isRetryName(all)) {
    const time = timeHint(all.slice(Math.max(0, all.indexOf('retry'))), 'retry');
    return { role: 'retry', prefix: '', bucket: '', time, certain: true };
  }
  const at = familyAt(all);
  const own = at === undefined ? all : all.slice(at.end);
  const prefix = at === undefined ? [] : all.slice(0, at.start);
  const role = at === undefined ? looseRole(own) : familyRole(own);
  if (role === undefined) return stemMeaning(own);
  const timed = role === 'reset' || role === 'window';
  const named = own
    .filter((word) => !isRoleWord(word) && !(timed && TIME.has(word)))
    .map((word) => PLURAL.get(word) ?? word);
  // `x-minute-requests-left` is of the same limit as `x-rate-limit-minute`.
  const bucket = has(named, WINDOW_WORD) ? named.filter((word) => word !== 'requests') : named;
  return {
    role,
    prefix: prefix.join(' '),
    bucket: bucket.join(' '),
    time: timed ? timeHint(own, role) : {},
    certain: at !== undefined || isCertain(all),
  };
}

/** `x-anyname-limit`, `-remaining` and `-resettime` are a family by standing together, and only so. */
function stemMeaning(own: readonly string[]): HeaderMeaning | undefined {
  // What is in a bucket of tokens is left.
  if (own.at(-1) === 'count' && /^tokens?$/.test(own.at(-2) ?? ''))
    return { role: 'remaining', prefix: '', bucket: '', time: {}, certain: false };
  const end = own.findLastIndex((word) => !TIME.has(word));
  const last = own[end] ?? '';
  const role = REMAINING.has(last)
    ? 'remaining'
    : last === 'limit'
      ? 'limit'
      : /^(?:resets?|replenishment)$/.test(last)
        ? 'reset'
        : undefined;
  if (end < 1 || role === undefined || isCost(own)) return undefined;
  const time = role === 'reset' ? timeHint(own, role) : {};
  return { role, prefix: own.slice(0, end).join(' '), bucket: '', time, certain: false };
}

function isRetryName(all: readonly string[]): boolean {
  const at = all.indexOf('retry');
  if (at >= 0 && at + 1 < all.length) {
    return /^(?:after|in|at|delay|ms|wait|seconds|time|until)$/.test(all[at + 1] ?? '');
  }
  const until = all[all.findIndex((word) => /^(?:limited|blocked|banned)$/.test(word)) + 1] ?? '';
  return (
    (all.length > 1 && all[0] !== until && /^(?:for|until)$/.test(until)) ||
    all.includes('backoff') ||
    (all.includes('wait') && all.some((word) => /^(?:limit|throttle)$/.test(word)))
  );
}

/** Where `rate limit` (or `throttle`, `quota`) stands in the name. */
function familyAt(all: readonly string[]): { start: number; end: number } | undefined {
  const after = /^(?:limit(?:s|ing|er)?|reset|remaining|used|usage|retry)$/;
  const rate = all.findIndex((word, i) => word === 'rate' && after.test(all[i + 1] ?? ''));
  if (rate >= 0)
    return { start: rate, end: (all[rate + 1] ?? '').startsWith('limit') ? rate + 2 : rate + 1 };
  const other = all.findIndex((word) => /^(?:throttl(?:e|ed|ing)|quotas?)$/.test(word));
  return other < 0 ? undefined : { start: other, end: other + 1 };
}

function has(own: readonly string[], set: ReadonlySet<string>): boolean {
  return own.some((word) => set.has(word));
}

/** The price of one request is not a limit. */
function isCost(own: readonly string[]): boolean {
  return has(own, COST) || /\bcurrent request/.test(own.join(' '));
}

function familyRole(own: readonly string[]): HeaderRole | undefined {
  if (isCost(own)) return undefined;
  if (has(own, REMAINING)) return 'remaining';
  if (own.includes('rate') || own.includes('refill') || own.includes('fillrate')) return 'rate';
  if (has(own, RESET)) return 'reset';
  if (has(own, WINDOW)) return 'window';
  if (has(own, USED)) return 'used';
  return has(own, LABEL) && !has(own, LIMIT) ? 'label' : 'limit';
}

/** The role in a name that does not say `rate limit`; undefined where it is about something else altogether. */
function looseRole(own: readonly string[]): HeaderRole | undefined {
  if (isCost(own)) return undefined;
  const limits = own.includes('usage') || own.slice(0, -1).some((word) => /^limits?$/.test(word));
  if (!has(own, SUBJECT) && !limits) return undefined;
  if (has(own, REMAINING)) return 'remaining';
  if (own.includes('rate')) return has(own, RATE) ? 'rate' : undefined;
  if (own.some((word) => /^resets?$/.test(word))) return 'reset';
  const concurrent = own.some((word) => /^concurren(?:t|cy)$/.test(word));
  if (has(own, USED) || (concurrent && !has(own, LIMIT))) return 'used';
  return has(own, LIMIT) ? 'limit' : undefined;
}

/** `x-limit-remaining` and `x-requests-left` are about a rate limit; `x-total-requests` or `x-app-limit` may be anything. */
function isCertain(all: readonly string[]): boolean {
  if (all.some((word) => /^(?:qps|rps|rpm)$/.test(word))) return true;
  if (has(all, REMAINING)) return has(all, SUBJECT) || all.includes('limit');
  return all.includes('limit') && all.some((word) => /^(?:api|calls?|requests?)$/.test(word));
}

function isRoleWord(word: string): boolean {
  if (word === 'per' || word === 'this' || word === 'info') return true;
  return [REMAINING, LIMIT, USED, RESET, WINDOW].some((set) => set.has(word));
}

function timeHint(own: readonly string[], role: HeaderRole): TimeHint {
  const unit = own.some((word) => /^(?:ms|millis|milliseconds?)$/.test(word))
    ? 'milliseconds'
    : own.some((word) => /^min(?:ute)?s$/.test(word))
      ? 'minutes'
      : own.includes('hours')
        ? 'hours'
        : undefined;
  const delta =
    role === 'window' ||
    (role === 'reset' && own.some((word) => /^(?:after|in|delta)$/.test(word)));
  return { ...(unit === undefined ? {} : { unit }), ...(delta ? { form: 'delta' as const } : {}) };
}
