import type { Pagination } from '../../connector/http.js';
import { withParam } from './list-request.js';
import type { Style } from './style.js';
import { positionField } from './style.js';

/** Numbered pages. A short page is not the end, some APIs filter after the page is cut; an empty one is, or a response without a body, or a 404. */
export function pageNumberStyle(options: Extract<Pagination, { readonly page: unknown }>): Style {
  const { page: name, size, start = 1, in: place } = options;
  const numberAt = (at: Parameters<Style['turn']>[1]): number => {
    const number = positionField(at, 'page');
    return typeof number === 'number' ? number : start;
  };
  return {
    paging: 'page',
    mayAskAgain: false,
    request: (first, at) =>
      withParam(withParam(first, place, name, numberAt(at)), place, size[0], size[1]),
    endsWithout: (at) => numberAt(at) > start,
    turn({ answer, items, body, isNull }, at) {
      const isLater = numberAt(at) > start;
      const saidEnd =
        body === undefined ? isLater || answer.received.status !== 200 : isNull && isLater;
      return items.length === 0
        ? { next: undefined, saidEnd }
        : { next: { page: numberAt(at) + 1 } };
    },
  };
}
