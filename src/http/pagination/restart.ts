import type { NextRequest, PagesOptions } from '../../connector/http.js';
import { ConfigError } from '../../core/errors.js';
import { isObject, type JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import type { ListRequest } from './list-request.js';
import { difference, merged, restored } from './list-request.js';
import { positionField } from './style.js';

/** Where a list is: in which search, and at which page of it. */
export interface Place {
  /** How the search differs from the first one; undefined is the first one. */
  readonly search: JsonValue | undefined;
  /** How many pages of the search were read. */
  readonly pages: number;
  /** The most items that a page has had. */
  readonly largest: number;
  readonly page: JsonValue | undefined;
}

/** Undefined is the beginning. */
export function placeAt(stored: JsonValue | undefined): Place {
  const pages = positionField(stored, 'pages');
  const largest = positionField(stored, 'largest');
  return {
    search: positionField(stored, 'search'),
    pages: typeof pages === 'number' ? pages : 0,
    largest: typeof largest === 'number' ? largest : 0,
    page: positionField(stored, 'page'),
  };
}

export function storedPlace({ search, pages, largest, page }: Place): JsonValue {
  return {
    ...(search === undefined ? {} : { search }),
    ...(pages === 0 ? {} : { pages }),
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
): Place | undefined {
  const last = page.items.at(-1);
  if (restart === undefined) {
    return page.next === undefined ? undefined : { ...place, page: page.next };
  }
  const pages = place.pages + 1;
  const largest = Math.max(place.largest, page.count);
  if (last !== undefined && (pages + 1) * largest > restart.after) {
    const search = difference(first, merged(first, changesOf(restart.with(last))));
    // A search that would only be made again is gone through to its end, which is that of the list.
    if (rawJson(search) !== rawJson(place.search))
      return { search, pages: 0, largest, page: undefined };
  }
  return page.next === undefined ? undefined : { ...place, pages, largest, page: page.next };
}

function changesOf(changes: NextRequest): NextRequest {
  if (isObject(changes)) return changes;
  throw new ConfigError(
    'restart.with: must return what the new search is asked with, as in { searchParams: { since: last.updated } }',
  );
}
