import type { Pagination } from '../../connector/http.js';
import type { JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import { lookUp, valueAt } from './body-path.js';
import type { ListRequest } from './list-request.js';
import { toJson, withParam } from './list-request.js';
import { isNoToken, saysMore } from './more.js';
import { describe } from './next.js';
import type { ReadPage, Style, Turn } from './style.js';
import { positionField } from './style.js';

export type CursorPagination = Extract<Pagination, { readonly cursor: unknown }>;

/** A token in the body, or a field of the page's last item, that is sent back to get the next page. */
export function cursorStyle(options: CursorPagination): Style {
  const { param, in: place, more } = options;
  return {
    paging: 'cursor',
    mayAskAgain: true,
    request(first, at) {
      const cursor = positionField(at, 'cursor');
      return cursor === undefined ? first : withParam(first, place, param, cursor);
    },
    turn(page) {
      const says = saysMore(page.body, more);
      if (says === false) return { next: undefined, saidEnd: true };
      const { value, saidEnd } = readCursor(options, page);
      if (isNoToken(value) || (value === '' && says !== true)) {
        if (says === true) throw lost(page, options);
        return { next: undefined, saidEnd };
      }
      return next(page, options, value);
    },
  };
}

function readCursor(
  { cursor }: CursorPagination,
  page: ReadPage,
): { readonly value: unknown; readonly saidEnd: boolean } {
  if (typeof cursor === 'string') {
    const { value, present, parent } = lookUp(page.body, cursor);
    return { value, saidEnd: present || parent };
  }
  if (page.items.length === 0) return { value: undefined, saidEnd: false };
  const value = valueAt(page.items.at(-1), cursor.lastItem);
  if (!isNoToken(value) && value !== '') return { value, saidEnd: false };
  throw page.answer.error(
    `has a last item without '${cursor.lastItem}'`,
    'The next page is asked for by that field: check lastItem.',
  );
}

function next(page: ReadPage, options: CursorPagination, value: unknown): Turn {
  const { param, in: place } = options;
  const cursor =
    typeof value === 'string' || typeof value === 'number' || place === 'json'
      ? toJson(value)
      : undefined;
  if (cursor === undefined) {
    throw page.answer.error(
      `has ${describe(value)} for a cursor`,
      `It cannot be sent as the query parameter '${param}': name the field of the token itself.`,
    );
  }
  // Some APIs, CouchDB among them, always answer a cursor; the one that they were asked with, and no items, is the end.
  const isEnd = page.items.length === 0 && isSame(asked(page.request, place, param), cursor);
  return { next: isEnd ? undefined : { cursor } };
}

function asked(request: ListRequest, place: 'query' | 'json' | undefined, param: string): unknown {
  return place === 'json' ? valueAt(request.json, param) : request.searchParams[param];
}

function isSame(sent: unknown, cursor: JsonValue): boolean {
  if (sent === undefined) return false;
  // In a query 7 and '7' are the same.
  const isPlain = typeof sent === 'string' || typeof sent === 'number';
  return isPlain && typeof cursor !== 'object'
    ? String(sent) === String(cursor)
    : rawJson(sent) === rawJson(cursor);
}

function lost(page: ReadPage, { cursor, more }: CursorPagination): Error {
  const place = typeof cursor === 'string' ? `at '${cursor}'` : 'in an item';
  return page.answer.error(
    `says '${more ?? ''}' but gives no cursor ${place}`,
    'The rest of the list cannot be asked for: check both paths.',
  );
}
