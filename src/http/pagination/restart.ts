import type { NextRequest, PagesOptions } from '../../connector/http.js';
import { ConfigError } from '../../core/errors.js';
import { isObject, type JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import type { Answer } from '../exchange.js';
import type { ListRequest } from './list-request.js';
import { difference, merged, restored } from './list-request.js';
import { positionField } from './style.js';

/** Where a list is: in which search, and at which page of it. */
export interface Place {
  /** How the search differs from the first one; undefined is the first one. */
  readonly search: JsonValue | undefined;
  /** How many pages of the search were read. */
  readonly pages: number;
  /** How many items came on them. */
  readonly read: number;
  /** The most items that a page has had. */
  readonly largest: number;
  readonly page: JsonValue | undefined;
}

/** Undefined is the beginning. */
export function placeAt(stored: JsonValue | undefined): Place {
  const pages = positionField(stored, 'pages');
  const read = positionField(stored, 'read');
  const largest = positionField(stored, 'largest');
  return {
    search: positionField(stored, 'search'),
    pages: typeof pages === 'number' ? pages : 0,
    read: typeof read === 'number' ? read : 0,
    largest: typeof largest === 'number' ? largest : 0,
    page: positionField(stored, 'page'),
  };
}

export function storedPlace({ search, pages, read, largest, page }: Place): JsonValue {
  return {
    ...(search === undefined ? {} : { search }),
    ...(pages === 0 ? {} : { pages }),
    ...(read === 0 ? {} : { read }),
    ...(largest === 0 ? {} : { largest }),
    ...(page === undefined ? {} : { page }),
  };
}

export function searchAt(first: ListRequest, { search }: Place): ListRequest {
  return restored(first, search);
}

/**
 * The place after a page. A new search begins when another page of full size would reach beyond the depth, and also when the list ends there: what
 * is cut off looks like an end.
 *
 * @throws {HttpError} when a search that cannot be begun anew ends where the API may have cut it off
 */
export function placeAfter<Item>(
  place: Place,
  page: {
    readonly items: readonly Item[];
    readonly count: number;
    readonly next: JsonValue | undefined;
  },
  first: ListRequest,
  restart: PagesOptions<Item>['restart'],
  answer: Answer,
): Place | undefined {
  const last = page.items.at(-1);
  if (restart === undefined) {
    return page.next === undefined ? undefined : { ...place, page: page.next };
  }
  const pages = place.pages + 1;
  const read = place.read + page.count;
  const largest = Math.max(place.largest, page.count);
  if (last !== undefined && (pages + 1) * largest > restart.after) {
    const search = difference(first, merged(first, changesOf(restart.with(last))));
    // A search that would only be made again is gone through to its end, which is that of the list.
    if (rawJson(search) !== rawJson(place.search))
      return { search, pages: 0, read: 0, largest, page: undefined };
  }
  const after = { ...place, pages, read, largest };
  if (page.next !== undefined) return { ...after, page: page.next };
  endsWithin(after, restart, answer);
  return undefined;
}

/**
 * A search that came to its depth was begun anew from its last item. Where that is the same search again, more items may be alike than
 * the depth, and an end after full pages is where the API cuts off; one after a short page is the list's own.
 *
 * @throws {HttpError} at an end that may be no end
 */
export function endsWithin<Item>(
  { read, largest }: Place,
  restart: PagesOptions<Item>['restart'],
  answer: Answer,
): void {
  if (restart === undefined) return;
  const { after } = restart;
  const isFull = read > 0 && read % largest === 0 && read + largest > after;
  if (!isFull && read < Math.max(after, largest)) return;
  throw answer.error(
    `ends its list at the depth of the search (restart.after: ${after}), and restart.with only makes the same search again: as many items share what it searches by`,
    'More of them may lie behind, out of reach: let restart.with search by something that fewer items share, or by a second field too.',
  );
}

function changesOf(changes: NextRequest): NextRequest {
  if (isObject(changes)) return changes;
  throw new ConfigError(
    'restart.with: must return what the new search is asked with, as in { searchParams: { since: last.updated } }',
  );
}
