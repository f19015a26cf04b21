import type { Pagination } from '../../connector/http.js';
import { withParam } from './list-request.js';
import type { Style } from './style.js';
import { positionField } from './style.js';

/** Numbered pages. A short page is not the end, some APIs filter after the page is cut; an empty one is, or a response without a body. */
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
    turn({ items, body, isNull }, at) {
      const number = numberAt(at);
      return items.length === 0
        ? { next: undefined, saidEnd: body === undefined || (isNull && number > start) }
        : { next: { page: number + 1 } };
    },
  };
}
