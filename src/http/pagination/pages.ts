import type { HttpPage, PagesOptions, Pagination } from '../../connector/http.js';
import type { PageCondition, PageOrigin } from '../../connector/page.js';
import { pageOrigin } from '../../connector/page.js';
import { ConfigError } from '../../core/errors.js';
import type { JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import type { Exchange } from '../exchange.js';
import type { Validators } from './conditional.js';
import { checkConditional } from './conditional.js';
import { cursorStyle } from './cursor.js';
import { customStyle } from './custom.js';
import type { Identify } from './fingerprint.js';
import { identifyById } from './fingerprint.js';
import { graphqlStyle } from './graphql.js';
import { linkStyle } from './link.js';
import type { ListRequest } from './list-request.js';
import { firstRequest } from './list-request.js';
import { nextStyle } from './next.js';
import { offsetStyle } from './offset.js';
import { pageNumberStyle } from './page-number.js';
import type { Before, Came, List } from './read-page.js';
import { readPage } from './read-page.js';
import type { Reading } from './reading.js';
import { RepeatWatch } from './repeats.js';
import type { Place } from './restart.js';
import { placeAt, storedPlace } from './restart.js';
import type { Style } from './style.js';
import { textHash } from './text-hash.js';

export interface PagesDeps {
  readonly exchange: Exchange;
  readonly reading: Reading;
  readonly keyOf: Identify | undefined;
  /** Undefined: what is conditional is asked for without a condition. */
  readonly validators: Validators | undefined;
}

/** A page with what the engine wants to know of it. */
type OriginPage<Item> = HttpPage<Item> & { readonly [pageOrigin]: PageOrigin };

/** All pages of a list, from where `resume` says. Each one's token leads to the page after it. */
export async function* readPages<Item>(
  path: string | URL,
  options: PagesOptions<Item>,
  { exchange, reading, keyOf, validators }: PagesDeps,
): AsyncGenerator<OriginPage<Item>, void, undefined> {
  const first = firstRequest(path, options);
  checkConditional(options.conditional, first);
  const call = reading.begin(signatureOf(first, exchange));
  if (call.isDone) return;
  const conditions = options.conditional === true ? validators : undefined;
  const list: List<Item> = {
    exchange,
    options,
    first,
    validators: conditions,
    watch: new RepeatWatch(),
  };
  const newStyle = (): Style => styleOf(options.pagination, keyOf ?? identifyById);
  let isDone = false;
  try {
    let style = newStyle();
    let before: Before = { answer: undefined, largest: 0 };
    for (let place: Place | undefined = placeAt(call.from); place !== undefined;) {
      const current: Place = place;
      const came: Came<Item> | undefined = await readPage(list, style, current, before);
      if (came === undefined) break;
      const { answer, count, after, condition } = came;
      before = { answer, largest: Math.max(before.largest, count) };
      place = after;
      if (place !== undefined && place.search !== current.search) style = newStyle();
      const resume = call.handOut(storedPlace(current), place && storedPlace(place));
      yield pageOf(came, style, resume, condition);
    }
    isDone = true;
  } finally {
    call.leave(isDone);
  }
}

/** The connector's own fields go before; `body` and `response` stay behind when a page is spread, they are not for the store. */
function pageOf<Item>(
  { answer, body, items, turn }: Came<Item>,
  style: Style,
  resume: JsonValue,
  condition: PageCondition | undefined,
): OriginPage<Item> {
  const { requestedAt, serverTime, headers } = answer.received;
  const origin: PageOrigin = {
    paging: style.paging,
    requestedAt,
    serverTime,
    ...(turn.drift === undefined ? {} : { drift: turn.drift }),
    ...(turn.unsure === undefined ? {} : { unsure: turn.unsure }),
    ...(turn.gap === undefined ? {} : { gap: turn.gap }),
    ...(condition === undefined ? {} : { condition }),
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
