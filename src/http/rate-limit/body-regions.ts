import { entriesOf } from './body-walk.js';
import {
  ERROR_KEY,
  fieldsOf,
  isRecord,
  MAX_FIELDS,
  saysDone,
  saysFailure,
  saysNotDone,
} from './envelope.js';
import { limitWords } from './limit-words.js';
import { nameWords } from './name-words.js';
import type { RateLimitInput } from './types.js';

/** Where in a body a refusal may be told, and where budgets may be. */
export interface BodyRegions {
  readonly errors: readonly unknown[];
  readonly budgets: readonly unknown[];
  /** Answers of a batch that have a status of their own. */
  readonly inner: readonly InnerResponse[];
  /** The wait that a success orders before the next call. */
  readonly backOff?: unknown;
}

export interface InnerResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: unknown;
}

interface Found {
  readonly errors: unknown[];
  readonly budgets: unknown[];
  readonly inner: InnerResponse[];
}

const MAX_ITEMS = 500;
const STATUS_FIELD = /^(?:status|status_?code|http_?status(?:_?code)?|code)$/i;
const BODY_FIELD = /^(?:body|result|content|response)$/i;
const WRAPPER_KEY = /^(?:response|result|d|status|meta|body|envelope)$/;
const BUDGET_KEY =
  /^(?:extensions?|rate limits?|rate limit status|throttle status|cost|complexity|quota|api usage)$/;
const BATCH_KEY = /\b(?:batch|bulk|responses?|composite)\b/;
/** Counters of the calls left that an envelope carries beside its data. */
const COUNTER_KEY =
  /^(?:(?:api )?(?:rate limit|quota|requests?|calls?) (?:max|limit|total|remaining|left|used)|(?:remaining|max) (?:requests|calls|quota))$/;

/**
 * In a refusal every part of the body may tell why. In a success only what stands in an error's place counts: a record
 * titled "rate limit exceeded" is data.
 */
export function bodyRegions(
  body: unknown,
  status: number,
  { method, path }: NonNullable<RateLimitInput['request']>,
): BodyRegions {
  if (status >= 400) return { errors: [body], budgets: [], inner: [] };
  if (typeof body !== 'object' || body === null)
    return {
      errors: typeof body === 'string' && isShortRefusal(body.trim()) ? [body] : [],
      budgets: [],
      inner: [],
    };
  const found: Found = { errors: [], budgets: [], inner: [] };
  let backOff: unknown;
  if (Array.isArray(body)) readItems(body, found, false);
  else {
    readEnvelope(body, 0, found);
    // What is only read are the batches themselves, or what they made.
    const isBatch =
      method?.toUpperCase() !== 'GET' && /batch|bulk|composite/i.test(path?.slice(0, 2048) ?? '');
    const fields = entriesOf(body, MAX_FIELDS);
    const failed = fields.some(([key, value]) => /^(?:has_?)?errors$/i.test(key) && value === true);
    for (const [key, value] of fields) {
      if (/^back_?off$/i.test(key)) backOff = value;
      if (isBatch || failed || BATCH_KEY.test(nameWords(key).join(' ')))
        readItems(value, found, true);
    }
  }
  return { ...found, ...(backOff === undefined ? {} : { backOff }) };
}

/** A text that is only a refusal; pages, exports, guides and broken JSON are not judged. */
function isShortRefusal(text: string): boolean {
  if (text.startsWith('<')) return isErrorDocument(text);
  return (
    text.length <= 200 &&
    !/^[[{"]|[\n\t]|\w,\w/.test(text) &&
    !/(?:exceeded|requests|limited|reached) (?:is|are|was|were|means|errors?|responses?)\b/i.test(
      text,
    )
  );
}

/** XML of an error by its root, or a short one with an error in it and no record. */
function isErrorDocument(text: string): boolean {
  const root = /^(?:<\?xml[^>]{0,100}>\s*)?<(?:\w{1,20}:)?(?:error|fault)/i;
  return (
    root.test(text.slice(0, 200)) ||
    (text.length <= 4096 &&
      /<(?:\w{1,20}:)?(?:errors?|fault|ack>failure)[\s>]/i.test(text) &&
      !/<(?:\w{1,20}:)?id>/i.test(text))
  );
}

function readEnvelope(value: object, depth: number, found: Found): void {
  const entries = fieldsOf(value);
  const counters = entries.filter(([key, own]) => COUNTER_KEY.test(key) && typeof own === 'number');
  if (counters.length > 1) found.budgets.push({ 'rate limit': Object.fromEntries(counters) });
  const record = isRecord(entries);
  const told = !record && !saysDone(entries);
  if (told && saysFailure(entries))
    found.errors.push(Object.fromEntries(entries.filter(([, own]) => typeof own !== 'object')));
  for (const [key, own] of entries) {
    if (typeof own !== 'object' || own === null) continue;
    const explains = ERROR_KEY.test(key) || (/^reasons?$/.test(key) && saysNotDone(entries));
    if (told && explains) found.errors.push(withoutRecords(own));
    if (BUDGET_KEY.test(key)) found.budgets.push({ [key]: own });
    if (key === 'data' && depth === 0) readBudgetsOf(own, found);
    if (depth < 2 && !record && WRAPPER_KEY.test(key) && !Array.isArray(own)) {
      if (key === 'status' && isRefusedStatus(own)) found.errors.push(own);
      readEnvelope(own, depth + 1, found);
    }
  }
}

/** An API whose things are errors lists them as `errors`. */
function withoutRecords(errors: object): unknown {
  if (!Array.isArray(errors)) return errors;
  return entriesOf(errors, MAX_ITEMS)
    .map(([, item]) => item)
    .filter((item) => !isRecord(fieldsOf(item)));
}

/** `{ "status": { "message": "the hourly limit … has been exceeded" } }` instead of a status. */
function isRefusedStatus(status: object): boolean {
  return 'message' in status && typeof status.message === 'string'
    ? limitWords(status.message, false) !== undefined
    : false;
}

/** GraphQL answers a query for the budget among its data. */
function readBudgetsOf(data: object, { budgets }: Found): void {
  for (const [key, own] of entriesOf(data, 50)) {
    const words = nameWords(key).join(' ');
    if (typeof own === 'object' && own !== null && BUDGET_KEY.test(words) && words !== 'extensions')
      budgets.push({ [words]: own });
  }
}

/**
 * The answers of a batch: what each says of its own status, and, when `deep`, the errors of those that have none. Records
 * may have a status too, so without `deep` an answer must have headers or a body beside it.
 */
function readItems(value: unknown, found: Found, deep: boolean, depth = 0): void {
  const items = entriesOf(value, MAX_ITEMS);
  // Answers are alike, so a list of records is told by its first.
  if (!deep && !hasStatus(items[0]?.[1])) return;
  for (const [, item] of items) {
    if (typeof item !== 'object' || item === null) continue;
    const fields = entriesOf(item, 32);
    const field = (name: RegExp): unknown => fields.find(([key]) => name.test(key))?.[1];
    const [status, headers, body] = [field(STATUS_FIELD), field(/headers$/i), field(BODY_FIELD)];
    // A log of calls tells their status too; an answer that has an id has what came, too.
    if (!deep && isRecord(fieldsOf(item)) && field(/^(?:headers|body)$/i) === undefined) continue;
    if (isStatus(status) && (deep || headers !== undefined || body !== undefined)) {
      const error = deep ? field(/^errors?$/i) : undefined;
      found.inner.push({
        status: Number(status),
        headers: headerPairs(headers),
        body: body ?? error,
      });
    } else if (deep) {
      for (const [key, own] of fields)
        if (ERROR_KEY.test(nameWords(key).join(' '))) found.errors.push(own);
      // Elasticsearch wraps each answer in the name of its operation.
      if (fields.length === 1 && depth < 3) readItems([fields[0]?.[1]], found, deep, depth + 1);
    }
  }
}

function hasStatus(item: unknown): boolean {
  return entriesOf(item, 32).some(([key, value]) => STATUS_FIELD.test(key) && isStatus(value));
}

function isStatus(value: unknown): boolean {
  return (
    (typeof value === 'number' || (typeof value === 'string' && /^\d{3}$/.test(value))) &&
    Number(value) >= 100 &&
    Number(value) < 600
  );
}

function headerPairs(headers: unknown): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [key, value] of entriesOf(headers, 64)) {
    if (typeof value === 'string' || typeof value === 'number') pairs.push([key, String(value)]);
    else if (typeof value === 'object' && value !== null && 'name' in value && 'value' in value)
      pairs.push([String(value.name), String(value.value)]);
  }
  return pairs;
}
