import type { NextRequest, PagesOptions, SearchParam } from '../../connector/http.js';
import type { JsonObject, JsonValue } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import { withValueAt } from './body-path.js';

/** The request for a page of a list. */
export interface ListRequest {
  readonly url: string | URL;
  readonly method: string;
  readonly searchParams: Readonly<Record<string, SearchParam>>;
  readonly json?: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The request for the first page. With JSON, or pages that are asked for in it, it is a POST unless it says otherwise: a GET carries no body. */
export function firstRequest<Item>(url: string | URL, options: PagesOptions<Item>): ListRequest {
  const { pagination } = options;
  const isInJson = typeof pagination === 'object' && 'in' in pagination && pagination.in === 'json';
  const json = options.json === undefined && isInJson ? {} : options.json;
  const isPost = json !== undefined || (typeof pagination === 'object' && 'graphql' in pagination);
  return {
    url,
    method: options.method ?? (isPost ? 'POST' : 'GET'),
    searchParams: options.searchParams ?? {},
    headers: options.headers ?? {},
    ...(json === undefined ? {} : { json }),
  };
}

/** A request with a change merged over it. A `URL` is a whole address: the parameters of the last request do not go with it. */
export function merged(last: ListRequest, change: NextRequest): ListRequest {
  const json = mergedJson(last.json, change.json);
  return {
    url: change.url ?? last.url,
    method: change.method ?? last.method,
    searchParams: {
      ...(change.url instanceof URL ? {} : last.searchParams),
      ...change.searchParams,
    },
    headers: { ...last.headers, ...change.headers },
    ...(json === undefined ? {} : { json }),
  };
}

function mergedJson(last: unknown, change: unknown): unknown {
  if (change === undefined) return last;
  return isObject(last) && isObject(change) ? { ...last, ...change } : change;
}

/** Where a parameter goes; the query when it is not said. */
export type ParamPlace = 'query' | 'json' | 'header';

/** A request with a parameter set in its query, in a header or, by a dotted path, in its JSON. */
export function withParam(
  request: ListRequest,
  place: ParamPlace | undefined,
  name: string,
  value: JsonValue,
): ListRequest {
  if (place === 'json') return { ...request, json: withValueAt(request.json, name, value) };
  return place === 'header'
    ? { ...request, headers: { ...request.headers, [name]: textOf(value) } }
    : { ...request, searchParams: { ...request.searchParams, [name]: value } };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A request without the parameters, or the fields of its JSON, that are not named. */
export function withOnly(
  request: ListRequest,
  place: ParamPlace | undefined,
  names: readonly string[],
): ListRequest {
  const only = <T>(fields: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
  return place === 'json'
    ? { ...request, json: isObject(request.json) ? only(request.json) : request.json }
    : { ...request, searchParams: only(request.searchParams) };
}

/** How a request differs from the first one, as JSON, to be found again by {@link restored}. */
export function difference(first: ListRequest, request: ListRequest): JsonObject {
  const { url } = request;
  const change = toJson({
    ...(url === first.url ? {} : url instanceof URL ? { href: url.href } : { path: url }),
    ...(request.method === first.method ? {} : { method: request.method }),
    ...changes('searchParams', first.searchParams, request.searchParams),
    ...changes('headers', first.headers, request.headers),
    ...(request.json === first.json ? {} : { json: request.json }),
  });
  return isJsonObject(change) ? change : {};
}

/** The fields that differ, under a name; null for one that is gone. */
function changes(
  name: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = fields.filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return changed.length === 0
    ? {}
    : { [name]: Object.fromEntries(changed.map((field) => [field, after[field] ?? null])) };
}

export function restored(first: ListRequest, change: JsonValue | undefined): ListRequest {
  if (!isJsonObject(change)) return first;
  const { href, path, method, searchParams, headers, json = first.json } = change;
  return {
    url:
      typeof href === 'string' && URL.canParse(href)
        ? new URL(href)
        : typeof path === 'string'
          ? path
          : first.url,
    method: typeof method === 'string' ? method : first.method,
    searchParams: isJsonObject(searchParams)
      ? { ...first.searchParams, ...searchParams }
      : first.searchParams,
    headers: isJsonObject(headers) ? { ...first.headers, ...texts(headers) } : first.headers,
    ...(json === undefined ? {} : { json }),
  };
}

function texts(fields: JsonObject): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : undefined,
    ]),
  );
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isObject(value);
}

/** A value as it is after a trip through JSON; undefined when JSON has no word for it. @throws {TypeError} when it is cyclic or has a bigint */
export function toJson(value: unknown): JsonValue | undefined {
  const text: unknown = JSON.stringify(value);
  const parsed: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  return isParsedJson(parsed) ? parsed : undefined;
}

/** Whether a value that JSON.parse returned is one: it returns nothing else. */
function isParsedJson(parsed: unknown): parsed is JsonValue {
  return parsed !== undefined;
}
