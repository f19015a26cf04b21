import type { PagesOptions } from '../../connector/http.js';
import type { PageCondition, Validator } from '../../connector/page.js';
import { HttpError, SynclineError } from '../../core/errors.js';
import { rawJson } from '../../core/raw-json.js';
import type { Answer, Exchange } from '../exchange.js';
import { isList } from './body-path.js';
import type { Validators } from './conditional.js';
import { conditionHeaders, conditionOf, isConditional, unaskedNotModified } from './conditional.js';
import type { Listed } from './items.js';
import { noList, readItems, refusesEmpty } from './items.js';
import type { ListRequest } from './list-request.js';
import type { RepeatWatch } from './repeats.js';
import type { Place } from './restart.js';
import { endsWithin, placeAfter, placeAt, searchAt, storedPlace } from './restart.js';
import type { Style, Turn } from './style.js';

/** A list that is being read. */
export interface List<Item> {
  readonly exchange: Exchange;
  readonly options: PagesOptions<Item>;
  readonly first: ListRequest;
  readonly watch: RepeatWatch;
  /** Undefined: pages are asked for without a condition. */
  readonly validators: Validators | undefined;
}

/** What is remembered of the pages before. */
export interface Before {
  readonly answer: Answer | undefined;
  /** The most items that one of them had. */
  readonly largest: number;
}

export interface Came<Item> {
  readonly answer: Answer;
  readonly body: unknown;
  readonly items: readonly Item[];
  /** How many items came, also those that the page before had. */
  readonly count: number;
  readonly turn: Omit<Turn, 'next'>;
  /** Where the list goes on; undefined at its end. */
  readonly after: Place | undefined;
  readonly condition: PageCondition | undefined;
}

/** Asks for the page at a place, and reads where the list goes on. Undefined: the API says that no page is there any more. */
export async function readPage<Item>(
  list: List<Item>,
  style: Style,
  place: Place,
  before: Before,
): Promise<Came<Item> | undefined> {
  const { exchange, options, watch, first, validators } = list;
  const request = style.request(searchAt(first, place), place.page);
  const { url, method, searchParams, json, headers } = request;
  const asked = rawJson([method, String(url), searchParams, json, headers]);
  const circle = watch.ask(asked, style.mayAskAgain);
  if (circle !== undefined && before.answer !== undefined)
    throw before.answer.error(circle.happened, circle.todo);
  const address =
    method.toUpperCase() === 'GET'
      ? validators?.address(request, place, exchange, options)
      : undefined;
  const known = address === undefined ? undefined : validators?.find(address);
  const own = {
    method,
    searchParams,
    headers: { ...headers, ...conditionHeaders(known, request) },
    ...(json === undefined ? {} : { json }),
  };
  const answer = await exchange.send(url, own, 'application/json').catch(async (error: unknown) => {
    if (!isBehindEnd(error) || style.endsWithout?.(place.page) !== true) throw error;
    endsWithin(place, options.restart, await firstPage(list, style, place));
    return undefined;
  });
  if (answer === undefined) return undefined;
  if (answer.received.status === 304 && !isConditional(request)) {
    if (address === undefined || known === undefined) throw unaskedNotModified(answer);
    return unchanged(list, style, place, answer, { address, known });
  }
  const came = await changed(list, style, place, answer, request);
  if (address === undefined) return came;
  validators?.forget(address);
  const page = { after: came.after, count: came.count, largest: before.largest };
  return { ...came, condition: conditionOf(address, answer, page, style, request) };
}

/** A list that is gone since the page before, or hidden, has not ended there: its first page says which it is. @throws {HttpError} */
async function firstPage<Item>(
  { exchange, first }: List<Item>,
  style: Style,
  place: Place,
): Promise<Answer> {
  const { url, method, searchParams, json, headers } = style.request(
    searchAt(first, place),
    undefined,
  );
  const own = { method, searchParams, headers, ...(json === undefined ? {} : { json }) };
  return exchange.send(url, own, 'application/json');
}

function isBehindEnd(error: unknown): boolean {
  return error instanceof HttpError && (error.status === 404 || error.status === 416);
}

/** A page that the API says is as it was: its records are stored, and the list goes on where it went on then. */
function unchanged<Item>(
  { watch, options }: List<Item>,
  style: Style,
  place: Place,
  answer: Answer,
  { address, known }: { readonly address: string; readonly known: Validator },
): Came<Item> {
  const said = options.restart === undefined ? style.nextAfterUnchanged?.(answer) : undefined;
  const next = said === undefined ? known.next : said && storedPlace({ ...place, page: said });
  const after = next === null ? undefined : placeAt(next);
  const repeat = watch.came([], false);
  if (repeat !== undefined && after !== undefined) throw answer.error(repeat.happened, repeat.todo);
  const condition = { address, unchanged: true, validator: { ...known, next } };
  return { answer, body: undefined, items: [], count: 0, turn: {}, after, condition };
}

async function changed<Item>(
  { options, watch, first }: List<Item>,
  style: Style,
  place: Place,
  answer: Answer,
  request: ListRequest,
): Promise<Came<Item>> {
  const listed = await readItems(answer, options.items, style);
  const turn = turnOf({ answer, request, listed }, options, style, place);
  const { body, items = [] } = listed;
  const repeat = watch.came(items, style.paging !== 'offset');
  if (repeat !== undefined && turn.next !== undefined)
    throw answer.error(repeat.happened, repeat.todo);
  const kept = turn.items ?? items;
  // The items' type is the connector's word; the stream's schema checks it.
  const isTyped = (list: readonly unknown[]): list is readonly Item[] => isList(list);
  const typed = isTyped(kept) ? kept : [];
  const page = { items: typed, count: items.length, next: turn.next };
  const after = placeAfter(place, page, first, options.restart, answer);
  return { answer, body, items: typed, count: items.length, turn, after, condition: undefined };
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
  // What a list that has nothing answers in some APIs, however they page.
  const isEmpty = answer.received.status === 204 && place.page === undefined;
  const isEnd =
    turn.next === undefined && (turn.saidEnd === true || isEmpty) && !refusesEmpty(body);
  if (!isListed && !isEnd) throw noList(answer, listed, options.items);
  return turn;
}
