import type { HttpPage, PagesOptions, Pagination } from '../../connector/http.js';
import type { PageOrigin } from '../../connector/page.js';
import { pageOrigin } from '../../connector/page.js';
import { ConfigError, SynclineError } from '../../core/errors.js';
import type { JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import type { Answer, Exchange } from '../exchange.js';
import { isList } from './body-path.js';
import { cursorStyle } from './cursor.js';
import { customStyle } from './custom.js';
import type { Identify } from './fingerprint.js';
import { identifyById } from './fingerprint.js';
import { graphqlStyle } from './graphql.js';
import type { Listed } from './items.js';
import { noList, readItems, refusesEmpty } from './items.js';
import { linkStyle } from './link.js';
import type { ListRequest } from './list-request.js';
import { firstRequest } from './list-request.js';
import { nextStyle } from './next.js';
import { offsetStyle } from './offset.js';
import { pageNumberStyle } from './page-number.js';
import type { Reading } from './reading.js';
import { RepeatWatch } from './repeats.js';
import type { Place } from './restart.js';
import { placeAfter, placeAt, searchAt, storedPlace } from './restart.js';
import type { Style, Turn } from './style.js';
import { textHash } from './text-hash.js';

export interface PagesDeps {
  readonly exchange: Exchange;
  readonly reading: Reading;
  readonly keyOf: Identify | undefined;
}

/** A page with what the engine wants to know of it. */
type OriginPage<Item> = HttpPage<Item> & { readonly [pageOrigin]: PageOrigin };

/** All pages of a list, from where `resume` says. Each one's token leads to the page after it. */
export async function* readPages<Item>(
  path: string | URL,
  options: PagesOptions<Item>,
  { exchange, reading, keyOf }: PagesDeps,
): AsyncGenerator<OriginPage<Item>, void, undefined> {
  const first = firstRequest(path, options);
  const call = reading.begin(signatureOf(first, exchange));
  if (call.isDone) return;
  const list: List<Item> = { exchange, options, watch: new RepeatWatch() };
  const newStyle = (): Style => styleOf(options.pagination, keyOf ?? identifyById);
  let isDone = false;
  try {
    let style = newStyle();
    let before: Answer | undefined;
    for (let place: Place | undefined = placeAt(call.from); place !== undefined;) {
      const current: Place = place;
      const came: Came<Item> = await readPage(
        list,
        style,
        searchAt(first, current),
        current,
        before,
      );
      before = came.answer;
      const page = { items: came.items, count: came.count, next: came.turn.next };
      place = placeAfter(current, page, first, options.restart);
      if (place !== undefined && place.search !== current.search) style = newStyle();
      yield pageOf(came, style, call.handOut(storedPlace(current), place && storedPlace(place)));
    }
    isDone = true;
  } finally {
    call.leave(isDone);
  }
}

interface List<Item> {
  readonly exchange: Exchange;
  readonly options: PagesOptions<Item>;
  readonly watch: RepeatWatch;
}

interface Came<Item> {
  readonly answer: Answer;
  readonly body: unknown;
  readonly items: readonly Item[];
  /** How many items came, also those that the page before had. */
  readonly count: number;
  readonly turn: Turn;
}

async function readPage<Item>(
  { exchange, options, watch }: List<Item>,
  style: Style,
  search: ListRequest,
  place: Place,
  before: Answer | undefined,
): Promise<Came<Item>> {
  const request = style.request(search, place.page);
  const { url, method, searchParams, json, headers } = request;
  const circle = watch.ask(rawJson([method, String(url), searchParams, json]), style.mayAskAgain);
  if (circle !== undefined && before !== undefined)
    throw before.error(circle.happened, circle.todo);
  const answer = await exchange.send(
    url,
    { method, searchParams, headers, ...(json === undefined ? {} : { json }) },
    'application/json',
  );
  const listed = await readItems(answer, options.items, style);
  const turn = turnOf({ answer, request, listed }, options, style, place);
  const { body, items = [] } = listed;
  const repeat = watch.came(items, style.paging !== 'offset');
  if (repeat !== undefined && turn.next !== undefined)
    throw answer.error(repeat.happened, repeat.todo);
  const kept = turn.items ?? items;
  // The items' type is the connector's word; the stream's schema checks it.
  const isTyped = (list: readonly unknown[]): list is readonly Item[] => isList(list);
  return { answer, body, items: isTyped(kept) ? kept : [], count: items.length, turn };
}

/** What follows from a page. @throws {HttpError} when it has no list, and does not say in the style's own way that the list has ended */
function turnOf<Item>(
  {
    answer,
    request,
    listed,
  }: { readonly answer: Answer; readonly request: ListRequest; readonly listed: Listed },
  options: PagesOptions<Item>,
  style: Style,
  place: Place,
): Turn {
  const { body, items = [], isNull, hasPlace } = listed;
  const isListed = listed.items !== undefined || answer.received.status === 304;
  let turn: Turn;
  try {
    turn = style.turn({ answer, request, body, items, isNull, hasPlace }, place.page);
  } catch (error) {
    // A pagination function stumbles over a body that is no page: that it is none says more.
    throw isListed || error instanceof SynclineError
      ? error
      : noList(answer, listed, options.items);
  }
  const isEnd = turn.next === undefined && turn.saidEnd === true && !refusesEmpty(body);
  if (!isListed && !isEnd) throw noList(answer, listed, options.items);
  return turn;
}

/** The connector's own fields go before; `body` and `response` stay behind when a page is spread, they are not for the store. */
function pageOf<Item>(
  { answer, body, items, turn }: Came<Item>,
  style: Style,
  resume: JsonValue,
): OriginPage<Item> {
  const { requestedAt, serverTime, headers } = answer.received;
  const origin: PageOrigin = {
    paging: style.paging,
    requestedAt,
    serverTime,
    ...(turn.drift === undefined ? {} : { drift: turn.drift }),
    ...(turn.gap === undefined ? {} : { gap: turn.gap }),
  };
  const total = turn.total ?? announcedTotal(headers);
  const page = {
    records: items,
    resume,
    ...(total === undefined ? {} : { total }),
    [pageOrigin]: origin,
    body,
    response: answer.response,
  };
  return Object.defineProperties(page, {
    body: { enumerable: false },
    response: { enumerable: false },
  });
}

function announcedTotal(headers: Headers): number | undefined {
  const text = headers.get('x-total-count') ?? headers.get('x-total') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What a call asks for, so that only the same one goes on where it stopped. */
function signatureOf(first: ListRequest, exchange: Exchange): string {
  const address = exchange.address(first.url, first.searchParams);
  return textHash(rawJson([first.method, address.href, first.json]));
}

function styleOf(pagination: Pagination, identify: Identify): Style {
  if (pagination === 'link') return linkStyle();
  if (typeof pagination === 'function') return customStyle(pagination);
  if ('next' in pagination) return nextStyle(pagination);
  if ('cursor' in pagination) return cursorStyle(pagination);
  if ('offset' in pagination) return offsetStyle(pagination, identify);
  if ('page' in pagination) return pageNumberStyle(pagination);
  if ('graphql' in pagination) return graphqlStyle(pagination);
  throw new ConfigError(
    "pagination: expected 'link', a function, or an object with next, cursor, offset, page or graphql",
    {
      context: { path: 'pagination' },
    },
  );
}
