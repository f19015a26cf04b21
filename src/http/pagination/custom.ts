import type { NextRequest, Pagination } from '../../connector/http.js';
import { ConfigError } from '../../core/errors.js';
import { isObject } from '../../core/json.js';
import { difference, merged, restored } from './list-request.js';
import type { ReadPage, Style } from './style.js';

/** Pages by a function of the connector's own: it says the next request, or undefined at the end. */
export function customStyle(nextRequest: Extract<Pagination, (...args: never) => unknown>): Style {
  let first: Parameters<Style['request']>[0] | undefined;
  return {
    paging: 'custom',
    mayAskAgain: true,
    tellsNextInHeaders: true,
    request(initial, at) {
      first = initial;
      return restored(initial, at);
    },
    turn(page) {
      const change: unknown = nextRequest(page.answer.response, page.body, asSent(page));
      // Without a list the function's word is taken where the body has at least the place for one.
      if (change === undefined || change === null)
        return {
          next: undefined,
          saidEnd: page.body === undefined || page.isNull || page.hasPlace,
        };
      if (!isNextRequest(change)) {
        throw new ConfigError(
          'pagination: the function must return the next request, as in { searchParams: { page: 2 } }, or undefined at the end',
          {
            context: { path: 'pagination' },
          },
        );
      }
      return { next: difference(first ?? page.request, merged(page.request, change)) };
    },
  };
}

function asSent({
  answer,
  request,
}: ReadPage): Parameters<Extract<Pagination, (...args: never) => unknown>>[2] {
  return { ...request, url: new URL(answer.received.url) };
}

function isNextRequest(value: unknown): value is NextRequest {
  return isObject(value);
}
