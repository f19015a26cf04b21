import { entriesOf } from './body-walk.js';
import { nameWords } from './name-words.js';

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
/** An envelope has few fields; what has more is data under keys of its own. */
const MAX_FIELDS = 64;
const STATUS_FIELD = /^(?:status|status_?code|http_?status(?:_?code)?|code)$/i;
const BODY_FIELD = /^(?:body|result|content|response)$/i;
const ERROR_KEY =
  /^(?:errors?|faults?|exceptions?|err|error (?:code|message|msg|type|info|description|summary|reason|details?)|errcode|errmsg|problem)$/;
const WRAPPER_KEY = /^(?:response|result|d|status|meta|body|envelope)$/;
const BUDGET_KEY =
  /^(?:extensions?|rate limits?|rate limit status|throttle status|cost|complexity|quota|api usage)$/;
const BATCH_KEY = /\b(?:batch|bulk|responses?|composite)\b/;
const CODE_KEY = /^(?:code|cod|status|status code|ret|ret code|retcode|return code|result code)$/;
const MESSAGE_KEY =
  /^(?:message|msg|note|information|info|details?|reason|description|documentation url)$/;
/** Counters of the calls left that an envelope carries beside its data. */
const COUNTER_KEY =
  /^(?:(?:api )?(?:rate limit|quota|requests?|calls?) (?:max|limit|total|remaining|left|used)|(?:remaining|max) (?:requests|calls|quota))$/;
const FAILED_STATUS =
  /^(?:notok|not ok|error|errors|fail|failed|failure|ko|nok|denied|rejected|throttled|over query limit|over daily limit|rate limited|limited|too many requests)$/;

/**
 * In a refusal every part of the body may tell why. In a success only what stands in an error's place counts: a record
 * titled "rate limit exceeded" is data.
 */
export function bodyRegions(body: unknown, status: number, path: string): BodyRegions {
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
    const isBatch = /batch|bulk|composite/i.test(path.slice(0, 2048));
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

/** A text that is only a refusal; pages, exports and broken JSON are not judged. */
function isShortRefusal(text: string): boolean {
  if (text.startsWith('<'))
    return /^(?:<\?xml[^>]{0,100}>\s*)?<(?:\w{1,20}:)?(?:error|fault)/i.test(text.slice(0, 200));
  return text.length <= 200 && !/^[[{"]/.test(text);
}

function readEnvelope(value: object, depth: number, found: Found): void {
  const entries = entriesOf(value, MAX_FIELDS).map(([key, own]): [string, unknown] => [
    nameWords(key).join(' '),
    own,
  ]);
  const counters = entries.filter(([key, own]) => COUNTER_KEY.test(key) && typeof own === 'number');
  if (counters.length > 1) found.budgets.push({ 'rate limit': Object.fromEntries(counters) });
  if (isFailure(entries))
    found.errors.push(Object.fromEntries(entries.filter(([, own]) => typeof own !== 'object')));
  for (const [key, own] of entries) {
    if (typeof own !== 'object' || own === null) continue;
    if (ERROR_KEY.test(key)) found.errors.push(own);
    if (BUDGET_KEY.test(key)) found.budgets.push({ [key]: own });
    if (key === 'data' && depth === 0) readBudgetsOf(own, found);
    if (depth < 2 && WRAPPER_KEY.test(key) && !Array.isArray(own))
      readEnvelope(own, depth + 1, found);
  }
}

/** GraphQL answers a query for the budget among its data. */
function readBudgetsOf(data: object, { budgets }: Found): void {
  for (const [key, own] of entriesOf(data, 50)) {
    const words = nameWords(key).join(' ');
    if (typeof own === 'object' && own !== null && BUDGET_KEY.test(words) && words !== 'extensions')
      budgets.push({ [words]: own });
  }
}

/** Whether the scalars of an envelope say that the call failed although its status does not. */
function isFailure(entries: readonly (readonly [string, unknown])[]): boolean {
  const scalars = entries.filter(([, value]) => typeof value !== 'object');
  // An answer of nothing but a message is a refusal, not a record.
  if (
    entries.length > 0 &&
    entries.every(([key, value]) => MESSAGE_KEY.test(key) && typeof value !== 'object')
  )
    return true;
  return scalars.some(([key, value]) => {
    if (/^(?:ok|success|succeeded|successful|is success)$/.test(key))
      return value === false || value === 'false' || value === 0;
    if (ERROR_KEY.test(key)) return value !== false && value !== '' && value !== 0 && value !== '0';
    if (
      /^(?:status|result|state|stat|message)$/.test(key) &&
      typeof value === 'string' &&
      value.length < 40
    ) {
      return (
        FAILED_STATUS.test(nameWords(value).join(' ')) &&
        scalars.some(([other]) => other !== key) &&
        !scalars.some(([other]) => other === 'id')
      );
    }
    return CODE_KEY.test(key) && isErrorCode(value, scalars);
  });
}

/** An HTTP status, or any other number but zero where a message explains it and no id makes it a record. */
function isErrorCode(value: unknown, scalars: readonly (readonly [string, unknown])[]): boolean {
  const code = typeof value === 'boolean' || value === '' ? NaN : Number(value);
  if (Number.isNaN(code) || code === 0 || (code >= 200 && code < 300)) return false;
  const explained = scalars.some(([key]) =>
    /^(?:message|msg|ret msg|error message|detail|info)$/.test(key),
  );
  return (code >= 400 && code < 600) || (explained && !scalars.some(([key]) => key === 'id'));
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
