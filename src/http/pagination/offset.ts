import type { Pagination } from '../../connector/http.js';
import type { JsonValue } from '../../core/json.js';
import { isList, valueAt } from './body-path.js';
import { countAt } from './count.js';
import type { Identify } from './fingerprint.js';
import { contentOf, identityOf } from './fingerprint.js';
import type { ListRequest } from './list-request.js';
import { withParam } from './list-request.js';
import { saysMore } from './more.js';
import type { ReadPage, Style, Turn } from './style.js';
import { positionField } from './style.js';

export type OffsetPagination = Extract<Pagination, { readonly offset: unknown }>;

/** Of a short page so many items are known again after a resume: tokens stay small. */
const MAX_KNOWN = 100;

interface Position {
  /** How many items of the list lie before the page. */
  readonly offset: number;
  /** How many of them are asked for again, to see whether the list moved: 0 or 1. */
  readonly overlap: number;
  /** The identity of the page's last item before, where it is asked for again. */
  readonly last: string | undefined;
  /** What the next page may have again: that item, or all of a short page, whose place in the list nobody knows. */
  readonly known: readonly string[];
  /** The most items that a page has had: a shorter one is a short one. */
  readonly largest: number;
}

/** What is remembered of the page before, to tell the same page again from the next one. */
interface Before {
  readonly items: readonly unknown[];
  /** The offset at which these items came for the first time. */
  readonly since: number;
}

/**
 * Offsets. The offset moves by what came, not by what was asked for: an API may cap its pages without a word. From the second page on one
 * item is asked for again, and when it is another one the list moved. An empty page is the end, or the total; a short page is not: some
 * APIs filter after the page is cut.
 */
export function offsetStyle(options: OffsetPagination, identify: Identify): Style {
  const { offset: name, limit, in: place, start = 0, overlap } = options;
  let before: Before | undefined;
  let initial = start;
  return {
    // Without an overlap nobody sees that the list moved, as with page numbers.
    paging: overlap === false ? 'page' : 'offset',
    mayAskAgain: false,
    request(first, at) {
      initial = initialOffset(first, name, place) ?? start;
      const { offset, overlap } = positionAt(at, initial);
      return withParam(withParam(first, place, limit[0], limit[1]), place, name, offset - overlap);
    },
    endsWithout: (at) => positionAt(at, initial).offset > initial,
    turn(page, at) {
      const position = positionAt(at, initial);
      const turn = advance(page, { ...position, initial }, before, options, identify);
      before = remembered(page, position, before, limit[1]);
      return turn;
    },
  };
}

function advance(
  page: ReadPage,
  position: Position & { readonly initial: number },
  before: Before | undefined,
  options: OffsetPagination,
  identify: Identify,
): Turn {
  const { items } = page;
  const total = countAt(page.body, options.total);
  const says = saysMore(page.body, options.more);
  const asked = position.offset - position.overlap;
  if (items.length === 0) return empty(page, position, { total, says }, options);
  const [firstItem] = items;
  const drift = position.overlap > 0 && identityOf(firstItem, identify) !== position.last;
  // When the last item has only moved on, what came before it did too, and nothing was passed over.
  const gap = drift && !items.some((item) => identityOf(item, identify) === position.last);
  // One that differs tells nothing of its place: in a list by date it has moved, and stands there again by chance.
  const unsure = position.overlap > 0 && !drift && contentOf(items[0]) !== position.known.at(-1);
  const offset = asked + items.length;
  const largest = Math.max(position.largest, items.length);
  // What was asked for, or as many as before: a cap of the API's own.
  const isFull = items.length >= options.limit[1];
  const overlaps =
    options.overlap !== false && items.length > 1 && (isFull || items.length === position.largest);
  // Some APIs tell the page's own count for a total, and a total below what has come is none.
  const mayCountPage = position.largest === 0 && isFull;
  // A page of one item cannot overlap and go on; after a short page nobody knows where it was cut.
  const next: Position = {
    offset: options.overlap === false ? afterWhole(asked, items.length, largest, options) : offset,
    overlap: overlaps ? 1 : 0,
    last: overlaps ? identityOf(items.at(-1), identify) : undefined,
    known: items.slice(isFull && overlaps ? -1 : -MAX_KNOWN).map(contentOf),
    largest,
  };
  const isEnd =
    says === false || (says === undefined && offset - position.initial === total && !mayCountPage);
  return {
    next: isEnd ? undefined : toPosition(next),
    items: withoutKnown(items, position, before),
    total,
    ...(drift ? { drift, gap } : {}),
    ...(unsure ? { unsure } : {}),
  };
}

/** After a page without items. */
function empty(
  { body, isNull, answer }: ReadPage,
  position: Position & { readonly initial: number },
  { total, says }: { readonly total: number | undefined; readonly says: boolean | undefined },
  { limit }: OffsetPagination,
): Turn {
  const { initial, offset, overlap } = position;
  const asked = offset - overlap;
  if (says === true) {
    const next = { ...position, offset: asked + limit[1], overlap: 0, last: undefined };
    return { next: toPosition(next), total };
  }
  const saidEnd =
    says === false ||
    (body === undefined && (offset > initial || answer.received.status !== 200)) ||
    (total !== undefined && asked - initial >= total) ||
    (isNull && offset > initial);
  // One item was there a moment ago.
  const gone = overlap > 0 ? { drift: true, gap: true } : {};
  return { next: undefined, saidEnd, total, ...gone };
}

/** Multiples of the limit, once a page has come that is as long: until then the API may cap them. */
function afterWhole(
  asked: number,
  count: number,
  largest: number,
  { limit }: OffsetPagination,
): number {
  return asked + (largest >= limit[1] ? limit[1] : count);
}

/** The items without those that the page before had, with the same content. */
function withoutKnown(
  items: readonly unknown[],
  position: Position,
  before: Before | undefined,
): readonly unknown[] {
  if (position.known.length === 0) return items;
  if (position.overlap > 0 && contentOf(items[0]) === position.known.at(-1)) return items.slice(1);
  const known = new Set(before === undefined ? position.known : before.items.map(contentOf));
  return items.filter((item) => !known.has(contentOf(item)));
}

/** @throws {HttpError} when windows that do not touch had the same items: the API takes no notice of the offset */
function remembered(
  page: ReadPage,
  { offset, overlap }: Position,
  before: Before | undefined,
  limit: number,
): Before {
  const { items } = page;
  const asked = offset - overlap;
  const isSame = items.length > 0 && before !== undefined && sameItems(items, before.items);
  if (!isSame) return { items, since: asked };
  if (asked < before.since + limit) return { items, since: before.since };
  throw page.answer.error(
    'repeats its page at another offset',
    'The API takes no notice of the offset: check the name of the parameter and where it goes.',
  );
}

export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => contentOf(item) === contentOf(b[i]));
}

/** Where the caller's own parameters begin. */
function initialOffset(
  first: ListRequest,
  name: string,
  place: 'query' | 'json' | undefined,
): number | undefined {
  const own = place === 'json' ? valueAt(first.json, name) : first.searchParams[name];
  const offset = typeof own === 'string' ? Number(own) : own;
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset > 0
    ? offset
    : undefined;
}

function positionAt(at: JsonValue | undefined, initial: number): Position {
  const offset = positionField(at, 'offset');
  const last = positionField(at, 'last');
  const known: unknown = positionField(at, 'known');
  const largest = positionField(at, 'largest');
  if (typeof offset !== 'number')
    return { offset: initial, overlap: 0, last: undefined, known: [], largest: 0 };
  return {
    offset,
    overlap: positionField(at, 'overlap') === 1 ? 1 : 0,
    last: typeof last === 'string' ? last : undefined,
    known: isList(known) ? known.filter((hash) => typeof hash === 'string') : [],
    largest: typeof largest === 'number' ? largest : 0,
  };
}

function toPosition({ offset, overlap, last, known, largest }: Position): JsonValue {
  return {
    offset,
    overlap,
    largest,
    known,
    ...(last === undefined ? {} : { last }),
  };
}
