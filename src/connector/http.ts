import type { JsonValue } from '../core/json.js';
import type { OutputOf, Schema } from './schema.js';
import type { Page } from './page.js';

/** A value of a query parameter. `undefined` and `null` leave it out, a list repeats it, a `Date` is written as ISO 8601; objects are refused. */
export type SearchParam = JsonValue | Date | undefined;

export interface RequestOptions {
  /** Default: `GET`. Any method, also `REPORT` or `PROPFIND`. */
  readonly method?: string;
  readonly searchParams?: Readonly<Record<string, SearchParam>>;
  /** Sent as JSON with its content type. Not together with `body`. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array | URLSearchParams;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Ends the waiting for this request, beside the run's own signal. */
  readonly signal?: AbortSignal;
}

/** What an API answered; its body has arrived in full. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The address that answered, after redirects. */
  readonly url: string;
  /** @throws {HttpError} when the body is no JSON; {@link ValidationError} when it does not satisfy `schema` */
  json(): Promise<unknown>;
  json<S extends Schema>(schema: S): Promise<OutputOf<S>>;
  text(): Promise<string>;
  bytes(): Promise<Uint8Array>;
}

/** A response on its way: `await` it, or take its body at once with `.json()`, `.text()`, `.bytes()`. */
export interface ResponsePromise extends Promise<HttpResponse> {
  json(): Promise<unknown>;
  json<S extends Schema>(schema: S): Promise<OutputOf<S>>;
  text(): Promise<string>;
  bytes(): Promise<Uint8Array>;
}

/** The request that the next page is asked with, merged over the last one. */
export interface NextRequest {
  /** A path under the base URL, or a `URL` used as it is: the parameters of the last request are not sent with it. */
  readonly url?: string | URL;
  readonly method?: string;
  /** Merged name by name; `undefined` takes a parameter away. */
  readonly searchParams?: Readonly<Record<string, SearchParam>>;
  /** Merged field by field when both are objects; `undefined` takes a field away. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A request as it was sent for a page. */
export interface PageRequest {
  readonly url: URL;
  readonly method: string;
  readonly searchParams: Readonly<Record<string, SearchParam>>;
  readonly json?: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * How an API says where its next page is. Paths go through the body by dots; a field whose own name has dots (`@odata.nextLink`) is found too,
 * and `links[rel=next].href` picks the object of a list whose `rel` is `next`.
 *
 * - `'link'`: the `Link` header's `rel="next"` (RFC 8288).
 * - `{ next: 'links.next' }`: an address in the body, absolute, relative to the page's own, or only the part of its query that differs.
 * - `{ cursor: 'meta.next', param: 'after' }`: a token in the body, sent as a query parameter, JSON field (by dots: `'page.after'`) or header;
 *   `{ header: 'x-next' }` takes it from a header, `{ lastItem: 'id' }` from the page's last item. `keep: ['limit']`: what of the first request's
 *   parameters is sent with the token, for APIs that refuse the others beside it.
 * - `{ offset: 'offset', limit: ['limit', 100] }`, with `total: 'meta.total'` where the body has it, and `start: 1` where the first item has that
 *   number. One item of each page is asked for again, to see whether the list moved; `overlap: false` for APIs that take only multiples of the limit.
 * - `{ page: 'page', size: ['per_page', 100], start: 1 }`, `size` left out where the API has none, with `pages: 'meta.pages'` or `total` where the
 *   body has them. As offsets it ends at an empty page, at one without a body, or at a 404 or 416 behind the first.
 * - `{ graphql: 'data.issues' }`: a relay connection (`nodes` or `edges`, `pageInfo`); the cursor is sent as the variable `after`.
 * - a function, for everything else.
 *
 * `more: 'has_more'`: the field that says whether there is another page, and is believed before anything else; `more: '!isLast'` where it says the
 * opposite, `more: 'items'` where an empty list does.
 *
 * @example pagination: (_response, body) => body.done ? undefined : { url: 'list/continue', json: { cursor: body.cursor } }
 */
export type Pagination =
  | 'link'
  | { readonly next: string; readonly more?: string }
  | {
      readonly cursor: string | { readonly lastItem: string } | { readonly header: string };
      readonly param: string;
      /** Default `'query'`. */
      readonly in?: 'query' | 'json' | 'header';
      readonly more?: string;
      readonly keep?: readonly string[];
    }
  | {
      readonly offset: string;
      readonly limit: readonly [name: string, size: number];
      readonly in?: 'query' | 'json';
      /** Default 0. */
      readonly start?: number;
      readonly total?: string;
      readonly more?: string;
      readonly overlap?: false;
    }
  | {
      readonly page: string;
      readonly size?: readonly [name: string, size: number];
      /** Default 1. */
      readonly start?: number;
      readonly in?: 'query' | 'json';
      readonly pages?: string;
      readonly total?: string;
      readonly more?: string;
    }
  | { readonly graphql: string; readonly variable?: string }
  | ((response: HttpResponse, body: unknown, request: PageRequest) => NextRequest | undefined);

export interface PagesOptions<Item> extends Omit<RequestOptions, 'body' | 'signal'> {
  /**
   * Where the list is in the body, by dots; left out when the body is the list. `'users?'`: the API leaves an empty list out, or writes null for it.
   * A function for everything else: items wrapped in their type name, several lists, a body that is no JSON (then it gets the text).
   * It returns all items of the page: offsets and the end of numbered pages go by how many there are. Filter the records that `pages` hands out.
   *
   * @example items: (body) => ordersSchema.parse(body).orders.map(({ order }) => order)
   */
  readonly items?: string | ((body: unknown) => readonly Item[]);
  readonly pagination: Pagination;
  /** For searches that stop at a depth: after so many items, a new search is begun with what `with` returns, merged over the first request. */
  readonly restart?: { readonly after: number; readonly with: (lastItem: Item) => NextRequest };
  /**
   * Asks with the `ETag` or `Last-Modified` of the last reading's pages, of 50 of them at most. A page that the API says is unchanged (304) comes
   * without records and without a body, for its records are stored, and the list is read on behind it. Only for lists whose items are all that
   * is read: what is asked for within an unchanged page would not be asked for again. A pass, and a full reading of a stream that has a cursor,
   * ask for everything. Default false.
   *
   * @example yield* ctx.http.pages('issues', { searchParams: { since: ctx.cursor }, pagination: 'link', conditional: true });
   */
  readonly conditional?: boolean;
}

/** A page ready to be yielded. `body` and `response` are for the connector; the engine ignores them. */
export interface HttpPage<Item> extends Page<Item> {
  readonly records: readonly Item[];
  /** Undefined when the response had none: 204, or 304 to a `conditional` request. */
  readonly body: unknown;
  readonly response: HttpResponse;
}

/** HTTP bound to a connection: its base URL, credentials, limits, time-outs. */
export interface HttpClient<Item = unknown> {
  /**
   * Sends a request. A path is appended to the base URL with one slash; a `URL` is used as it is. Neither may leave the base URL's origin
   * unless `http.allowedOrigins` names the other.
   *
   * @throws {HttpError} for a status that is no success; {@link AuthError} for 401; {@link NetworkError}, {@link TimeoutError}, {@link ConfigError}
   * @example const issue = await ctx.http.get('issues/42').json(issueSchema);
   */
  (path: string | URL, options?: RequestOptions): ResponsePromise;
  get(path: string | URL, options?: RequestOptions): ResponsePromise;
  post(path: string | URL, options?: RequestOptions): ResponsePromise;
  put(path: string | URL, options?: RequestOptions): ResponsePromise;
  patch(path: string | URL, options?: RequestOptions): ResponsePromise;
  delete(path: string | URL, options?: RequestOptions): ResponsePromise;
  head(path: string | URL, options?: RequestOptions): ResponsePromise;
  /**
   * All pages of a list, ready to be yielded from `pull`. Goes on from `ctx.resume` by itself, after the pages that were yielded: what is read
   * within a page, such as its items' own lists, is to be yielded before the page itself.
   *
   * @throws {HttpError} when a body has no list at `items`, when a page repeats, or when a list never ends
   * @example yield* ctx.http.pages('issues', { searchParams: { since: ctx.cursor }, pagination: 'link' });
   */
  pages<T = Item>(path: string | URL, options: PagesOptions<T>): AsyncIterable<HttpPage<T>>;
}
