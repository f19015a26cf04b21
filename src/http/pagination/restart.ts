import type { PagesOptions } from '../../connector/http.js';
import type { JsonValue } from '../../core/json.js';
import type { ListRequest } from './list-request.js';
import { difference, merged, restored } from './list-request.js';
import { positionField } from './style.js';

/** Where a list is: in which search, how many of its items were read, and at which page of it. */
export interface Place {
  /** How the search differs from the first one; undefined is the first one. */
  readonly search: JsonValue | undefined;
  readonly count: number;
  readonly page: JsonValue | undefined;
}

/** Undefined is the beginning. */
export function placeAt(stored: JsonValue | undefined): Place {
  const count = positionField(stored, 'count');
  return {
    search: positionField(stored, 'search'),
    count: typeof count === 'number' ? count : 0,
    page: positionField(stored, 'page'),
  };
}

export function storedPlace({ search, count, page }: Place): JsonValue {
  return {
    ...(search === undefined ? {} : { search }),
    ...(count === 0 ? {} : { count }),
    ...(page === undefined ? {} : { page }),
  };
}

export function searchAt(first: ListRequest, { search }: Place): ListRequest {
  return restored(first, search);
}

/**
 * The place after a page. A new search begins when the next page would reach beyond the depth, and also when the list ends at it: what is
 * cut off there looks like an end.
 */
export function placeAfter<Item>(
  place: Place,
  page: {
    readonly count: number;
    readonly last: Item | undefined;
    readonly next: JsonValue | undefined;
  },
  first: ListRequest,
  restart: PagesOptions<Item>['restart'],
): Place | undefined {
  const count = place.count + page.count;
  if (restart !== undefined && page.last !== undefined && count + page.count > restart.after) {
    return {
      search: difference(first, merged(first, restart.with(page.last))),
      count: 0,
      page: undefined,
    };
  }
  return page.next === undefined
    ? undefined
    : { ...place, count: restart === undefined ? 0 : count, page: page.next };
}
