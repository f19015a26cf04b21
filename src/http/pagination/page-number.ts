import type { Pagination } from '../../connector/http.js';
import type { JsonValue } from '../../core/json.js';
import { countAt } from './count.js';
import { contentOf } from './fingerprint.js';
import { withParam } from './list-request.js';
import { saysMore } from './more.js';
import type { ReadPage, Style, Turn } from './style.js';
import { positionField } from './style.js';

export type PagePagination = Extract<Pagination, { readonly page: unknown }>;

interface Position {
  /** How many pages lie before this one. */
  readonly index: number;
  /** How many items came on them. */
  readonly read: number;
  /** The most that came on one. */
  readonly largest: number;
  /** What was on the page before, where the body counts the list's items. */
  readonly content: string | undefined;
}

/**
 * Numbered pages. A short page is not the end, some APIs filter after the page is cut; an empty one is, or a response without a body, or a
 * 404, where the body does not say more of it.
 */
export function pageNumberStyle(options: PagePagination): Style {
  const { page: name, size, start = 1, in: place } = options;
  return {
    paging: 'page',
    mayAskAgain: false,
    request(first, at) {
      const sized = size === undefined ? first : withParam(first, place, size[0], size[1]);
      return withParam(sized, place, name, start + positionAt(at).index);
    },
    endsWithout: (at) => positionAt(at).index > 0,
    turn: (page, at) => advance(page, positionAt(at), options),
  };
}

function advance(
  { items, body, answer, isNull }: ReadPage,
  position: Position,
  options: PagePagination,
): Turn {
  const { index, read, largest } = position;
  const total = countAt(body, options.total);
  const content = total === undefined ? undefined : contentOf(items);
  const seen = { index: index + 1, read: read + items.length };
  const next = { ...seen, largest: Math.max(largest, items.length), content };
  const says = saysMore(body, options.more) ?? saysByPages(body, seen.index, options);
  if (says === false) return { next: undefined, saidEnd: true, total };
  if (items.length === 0 && says !== true) {
    const isBehind = body === undefined || isNull;
    const saidEnd =
      isBehind && (index > 0 || (body === undefined && answer.received.status !== 200));
    return { next: undefined, saidEnd, total };
  }
  // All had come before: some APIs answer the last page for those behind it.
  if (total !== undefined && total <= read && content === position.content)
    return { next: undefined, items: [], total };
  const isEnd = total !== undefined && endsAt(total, position, next, options);
  return { next: isEnd ? undefined : toPosition(next), total };
}

function saysByPages(body: unknown, read: number, { pages }: PagePagination): boolean | undefined {
  const count = countAt(body, pages);
  return count === undefined || count === 0 ? undefined : read < count;
}

/** Whether the list's last item is on the page: by the count of those that came, or by the place of full pages. */
function endsAt(total: number, at: Position, next: Position, { size }: PagePagination): boolean {
  const [, limit = Infinity] = size ?? [];
  const isFull = next.largest >= limit;
  // Some APIs tell the page's own count for a total, and a total below what has come is none.
  if (at.index === 0 && (isFull || size === undefined) && total === next.read) return false;
  const isWithin = (from: number, to: number): boolean => total > from && total <= to;
  return isWithin(at.read, next.read) || (isFull && isWithin(at.index * limit, next.index * limit));
}

function positionAt(at: JsonValue | undefined): Position {
  const field = (name: string): number => {
    const value = positionField(at, name);
    return typeof value === 'number' ? value : 0;
  };
  const content = positionField(at, 'content');
  return {
    index: field('index'),
    read: field('read'),
    largest: field('largest'),
    content: typeof content === 'string' ? content : undefined,
  };
}

function toPosition({ content, ...numbers }: Position): JsonValue {
  return content === undefined ? numbers : { ...numbers, content };
}
