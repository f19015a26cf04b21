import { type Bucket, mergeBuckets, type NumberRole } from './header-buckets.js';
import { headerMeaning, type HeaderMeaning } from './header-name.js';
import { namedValues, valueMembers, windowFromWords } from './header-value.js';
import { jsonGroups, usagePolicy } from './json-header.js';
import { nameWords } from './name-words.js';
import { resetInstant } from './reset-instant.js';
import { structuredPolicies } from './structured-fields.js';
import type { RateLimitPolicy, ResponseClock } from './types.js';

/** All that the headers say of limits. */
export interface HeaderPolicies {
  readonly policies: readonly RateLimitPolicy[];
  /** Listed beside a main policy in one field: they decide only when exhausted. */
  readonly minor: ReadonlySet<RateLimitPolicy>;
  /** A reset that belongs to no policy by name. */
  readonly orphanReset?: number;
  /** Texts that name a limit, a reason or a bucket. */
  readonly labels: readonly string[];
  /** The names that were about limits. */
  readonly names: readonly string[];
  /** The IETF fields were there: their policies' names are the server's own, not a header's. */
  readonly structured: boolean;
}

interface Reading {
  readonly clock: ResponseClock;
  readonly oldEpochs: boolean;
  readonly buckets: Bucket[];
  readonly direct: RateLimitPolicy[];
  readonly minor: Set<RateLimitPolicy>;
  readonly labels: string[];
  readonly names: string[];
}

const MAX_HEADERS = 256;
const MAX_VALUE = 4096;
const STRUCTURED = new Set(['ratelimit', 'ratelimit-policy', 'x-ratelimit-policy']);
/** Some try the fields out under a name of their own. */
const STRUCTURED_TRIAL = /-ratelimit(?:-policy)?$/;
const STRUCTURED_VALUE = /;\s*[rq]=\d/;

/** Headers of which none is about limits. */
export const SILENT: HeaderPolicies = {
  policies: [],
  minor: new Set(),
  labels: [],
  names: [],
  structured: false,
};

/** Whether any header is about limits: most responses have none. */
export function someAboutLimits(headers: Headers): boolean {
  for (const name of headers.keys())
    if (STRUCTURED.has(name) || headerMeaning(name) !== undefined) return true;
  return false;
}

/** Reads every header family about limits. `oldEpochs`: a small `x-ratelimit-reset` is an instant long past, not a wait. */
export function headerPolicies(
  headers: Headers,
  clock: ResponseClock,
  oldEpochs: boolean,
): HeaderPolicies {
  const reading: Reading = {
    clock,
    oldEpochs,
    buckets: [],
    direct: [],
    minor: new Set(),
    labels: [],
    names: [],
  };
  let seen = 0;
  for (const [name, value] of headers) {
    seen += 1;
    if (seen > MAX_HEADERS) break;
    if (value.length > MAX_VALUE || name.length > 128 || STRUCTURED.has(name)) continue;
    const meaning = headerMeaning(name);
    if (STRUCTURED_TRIAL.test(name) && STRUCTURED_VALUE.test(value)) continue;
    if (meaning !== undefined && meaning.role !== 'retry')
      readHeader(name, value.trim(), meaning, reading);
  }
  const merged = mergeBuckets(reading.buckets);
  const structured = structuredFrom(headers, clock);
  return {
    policies: withStructured(reading.direct.concat(merged.policies), structured),
    minor: reading.minor,
    labels: reading.labels,
    names: [...reading.names, ...merged.names],
    structured: structured.length > 0,
    ...(merged.orphanReset === undefined ? {} : { orphanReset: merged.orphanReset }),
  };
}

function structuredFrom(headers: Headers, clock: ResponseClock): RateLimitPolicy[] {
  const bounded = (name: string): string | null => headers.get(name)?.slice(0, MAX_VALUE) ?? null;
  let limit = bounded('ratelimit');
  let policy = bounded('ratelimit-policy') ?? bounded('x-ratelimit-policy');
  if (limit !== null || policy !== null) return structuredPolicies(limit, policy, clock);
  for (const [name, value] of headers) {
    if (!STRUCTURED_TRIAL.test(name) || !STRUCTURED_VALUE.test(value)) continue;
    if (name.endsWith('y')) policy = value.slice(0, MAX_VALUE);
    else limit = value.slice(0, MAX_VALUE);
  }
  return structuredPolicies(limit, policy, clock);
}

/** Servers send old and new fields side by side for the same policy; a bare quota tells the window of the one beside it. */
function withStructured(
  plain: readonly RateLimitPolicy[],
  structured: readonly RateLimitPolicy[],
): RateLimitPolicy[] {
  const rest = [...plain];
  const whole = structured.map((policy) => {
    const at = rest.findIndex((one) => isTwin(one, policy));
    const [twin] = at < 0 ? [] : rest.splice(at, 1);
    return { ...twin, ...policy };
  });
  return [...whole, ...rest];
}

function isTwin(plain: RateLimitPolicy, structured: RateLimitPolicy): boolean {
  const same = (one: number | undefined, two: number | undefined): boolean =>
    one === undefined || two === undefined || one === two;
  return (
    same(plain.limit, structured.limit) &&
    same(plain.remaining, structured.remaining) &&
    structured.unit === undefined
  );
}

function readHeader(name: string, text: string, meaning: HeaderMeaning, reading: Reading): void {
  if (text.startsWith('{') || text.startsWith('[')) {
    for (const group of jsonGroups(text)) {
      const counts = countsOf(
        Object.entries(group).map(([key, value]) => [key, String(value)]),
        meaning,
        reading,
      );
      const usage =
        counts.length > 0 ? undefined : usagePolicy(group, reading.clock, meaning.bucket);
      reading.direct.push(...counts, ...(usage === undefined ? [] : [usage]));
    }
    reading.names.push(name);
    return;
  }
  const bucket: Bucket = {
    name: meaning.bucket,
    prefix: meaning.prefix,
    spelling: spellingOf(name),
    headers: [name],
    certain: meaning.certain,
  };
  if (meaning.role !== 'label' && readValue(bucket, meaning, text, reading, name)) {
    // A pair of used and limit shows what an unclear name does not.
    if (text.includes('/')) bucket.certain = true;
    reading.buckets.push(bucket);
    // A count of requests in flight says what is limited even where it says nothing of the limit.
    if (name.includes('concurren')) reading.names.push(name);
  } else if (!readNamed(text, meaning, reading)) {
    if (!meaning.certain || text === '') return;
    reading.labels.push(`${meaning.bucket} ${text}`.slice(0, 200));
    reading.names.push(name);
  } else reading.names.push(name);
}

function spellingOf(name: string): string {
  return `${name.startsWith('x-') ? 'x' : ''}${name.includes('rate-limit') ? '-' : ''}`;
}

/** Puts a value into `bucket`; false when it is no number or time. */
function readValue(
  bucket: Bucket,
  meaning: HeaderMeaning,
  text: string,
  reading: Reading,
  name: string,
): boolean {
  if (meaning.role === 'reset') return readReset(bucket, meaning, text, reading, name);
  if (meaning.role === 'window') {
    bucket.windowMs =
      resetInstant(text, { now: 0, skewMs: 0 }, meaning.time) ?? windowFromWords(nameWords(text));
    return bucket.windowMs !== undefined && bucket.windowMs > 0;
  }
  const members = valueMembers(text);
  if (members === undefined) return false;
  const stated: NumberRole =
    meaning.role === 'remaining' || meaning.role === 'used' || meaning.role === 'rate'
      ? meaning.role
      : 'limit';
  bucket[stated === 'limit' && isRate(meaning, members[0]?.value) ? 'rate' : stated] = members;
  return true;
}

function readReset(
  bucket: Bucket,
  meaning: HeaderMeaning,
  text: string,
  reading: Reading,
  name: string,
): boolean {
  const old = reading.oldEpochs && name === 'x-ratelimit-reset';
  const hint = old ? { form: 'instant' as const } : meaning.time;
  const whole = resetInstant(text, reading.clock, hint);
  const listed =
    whole === undefined
      ? text.split(',', 8).map((part) => resetInstant(part, reading.clock, hint))
      : [whole];
  bucket.resets = listed;
  return listed.every((at) => at !== undefined);
}

/** A limit of 0.0167 can only be a rate per second; Amazon states all of its limits so. */
function isRate(meaning: HeaderMeaning, value: number | undefined): boolean {
  return (
    value !== undefined && (meaning.prefix.split(' ').includes('amzn') || !Number.isInteger(value))
  );
}

/** `api-usage=18/5000; bursts=1/10` is a policy each; `total=10; remaining=0; resets=2` is one. */
function readNamed(text: string, meaning: HeaderMeaning, reading: Reading): boolean {
  const pairs = namedValues(text);
  if (pairs === undefined) return false;
  const used = pairs.flatMap(([name, value]) => usedOf(name, value));
  for (const policy of used.slice(1)) reading.minor.add(policy);
  const policies = used.length > 0 ? used : countsOf(pairs, meaning, reading);
  reading.direct.push(...policies);
  return policies.length > 0;
}

/** The policy that named values tell together; none unless they tell what is left. */
function countsOf(
  pairs: readonly (readonly [string, string])[],
  meaning: HeaderMeaning,
  reading: Reading,
): RateLimitPolicy[] {
  const bucket: Bucket = {
    name: meaning.bucket,
    prefix: meaning.prefix,
    spelling: '',
    headers: [],
    certain: true,
  };
  for (const [name, value] of pairs) {
    const own = headerMeaning(`rate-limit-${name}`);
    if (own === undefined || own.role === 'label' || own.role === 'retry') continue;
    if (readValue(bucket, own, value, reading, name)) bucket.name ||= own.bucket;
  }
  return bucket.remaining === undefined ? [] : mergeBuckets([bucket]).policies;
}

function usedOf(name: string, value: string): RateLimitPolicy[] {
  const match = /^(\d{1,15})\/(\d{1,15})(?:\([^()]{0,64}\))?$/.exec(value);
  if (match === null) return [];
  const limit = Number(match[2]);
  return [{ name, limit, remaining: Math.max(0, limit - Number(match[1])) }];
}
