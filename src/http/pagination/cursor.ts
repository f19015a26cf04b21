import type { Pagination } from '../../connector/http.js';
import type { JsonValue } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import { lookUp, valueAt } from './body-path.js';
import type { ListRequest, ParamPlace } from './list-request.js';
import { toJson, withOnly, withParam } from './list-request.js';
import { isNoToken, saysMore } from './more.js';
import { describe } from './next.js';
import type { ReadPage, Style, Turn } from './style.js';
import { positionField } from './style.js';

export type CursorPagination = Extract<Pagination, { readonly cursor: unknown }>;

/** A token in the body or in a header, or a field of the page's last item, that is sent back to get the next page. */
export function cursorStyle(options: CursorPagination): Style {
  const { cursor: source, param, in: place, keep, more } = options;
  return {
    paging: 'cursor',
    mayAskAgain: true,
    tellsNextInHeaders: typeof source === 'object' && 'header' in source,
    request(first, at) {
      const cursor = positionField(at, 'cursor');
      if (cursor === undefined) return first;
      const kept = keep === undefined ? first : withOnly(first, place, keep);
      return withParam(kept, place, param, cursor);
    },
    turn(page, at) {
      const says = saysMore(page.body, more);
      if (says === false) return { next: undefined, saidEnd: true };
      const { value, saidEnd } = readCursor(options, page);
      if (isNoToken(value) || (value === '' && says !== true)) {
        if (says === true) throw lost(page, options);
        return { next: undefined, saidEnd };
      }
      return next(page, options, value, at);
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
  if ('header' in cursor) {
    const value = page.answer.received.headers.get(cursor.header);
    // Headers have no null of their own: some APIs write it out.
    return { value: value === 'null' ? null : value, saidEnd: false };
  }
  if (page.items.length === 0) return { value: undefined, saidEnd: false };
  const value = valueAt(page.items.at(-1), cursor.lastItem);
  if (!isNoToken(value) && value !== '') return { value, saidEnd: false };
  throw page.answer.error(
    `has a last item without '${cursor.lastItem}'`,
    'The next page is asked for by that field: check lastItem.',
  );
}

function next(
  page: ReadPage,
  options: CursorPagination,
  value: unknown,
  at: JsonValue | undefined,
): Turn {
  const { param, in: place } = options;
  const cursor =
    typeof value === 'string' || typeof value === 'number' || place === 'json'
      ? toJson(value)
      : undefined;
  if (cursor === undefined) {
    throw page.answer.error(
      `has ${describe(value)} for a cursor`,
      `It cannot be sent as the parameter '${param}': name the field of the token itself.`,
    );
  }
  const stays = isSame(asked(page.request, place, param), cursor);
  if (typeof options.cursor === 'object' && 'lastItem' in options.cursor)
    return nextItem(page, cursor, stays, at);
  // Some APIs, CouchDB among them, always answer a cursor; the one that they were asked with, and no items, is the end.
  return { next: stays && page.items.length === 0 ? undefined : { cursor } };
}

/**
 * Where the item that the page was asked by is on it again, the last page leads to itself. A full page that does so hides what is behind it:
 * it is asked for again, and refused as repeated.
 */
function nextItem(
  { items }: ReadPage,
  cursor: JsonValue,
  stays: boolean,
  at: JsonValue | undefined,
): Turn {
  const known = positionField(at, 'largest');
  const largest = typeof known === 'number' ? known : 0;
  if (stays && items.length < largest) return { next: undefined };
  return { next: { cursor, largest: Math.max(largest, items.length) } };
}

function asked(request: ListRequest, place: ParamPlace | undefined, param: string): unknown {
  if (place === 'json') return valueAt(request.json, param);
  return place === 'header' ? request.headers[param] : request.searchParams[param];
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
  const place =
    typeof cursor === 'string'
      ? `at '${cursor}'`
      : 'header' in cursor
        ? `in the header '${cursor.header}'`
        : 'in an item';
  return page.answer.error(
    `says '${more ?? ''}' but gives no cursor ${place}`,
    'The rest of the list cannot be asked for: check both.',
  );
}
