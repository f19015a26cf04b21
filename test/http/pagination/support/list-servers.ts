import type { Answered, Got } from '../../support/loopback.js';
import { badRequest, chunks, FIVE, page, param, posted } from './style-case.js';

/** Five items in pages of two. */
export const PAGES = chunks(FIVE, 2);
/** With an empty page in the middle, and one at the end. */
export const SPARSE = [['1', '2'], [], ['3', '4', '5'], []] as const;

export const inQuery = (name: string) => (got: Got) => param(got, name);
export const inJson =
  (...path: readonly string[]) =>
  (got: Got) =>
    posted(got, ...path);
/** The index of the page that a number asks for. */
export const numberIn = (name: string, start: number) => (got: Got) =>
  Number(param(got, name)) - start;

/** A field that is left out where it has no value. */
export const maybe = (name: string, value: unknown) =>
  value === undefined ? {} : { [name]: value };

/** A server of tokens: `body` gets the next one, or undefined on the last page. */
export const tokens =
  (
    token: (got: Got) => unknown,
    body: (ids: readonly string[], next: string | undefined) => unknown,
    list: readonly (readonly string[])[] = PAGES,
  ) =>
  (got: Got): Answered => {
    const { ids, isLast, number } = page(list, Number(token(got) ?? 0));
    return { body: body(ids, isLast ? undefined : String(number + 1)) };
  };

/** A server of numbered pages that refuses those behind the last one. */
export const numbered =
  (index: (got: Got) => number, body: (ids: readonly string[], isLast: boolean) => unknown) =>
  (got: Got): Answered => {
    const ids = PAGES[index(got)];
    return ids === undefined
      ? badRequest('no such page')
      : { body: body(ids, index(got) === PAGES.length - 1) };
  };

/** At most so many items from an offset. */
export function rows(from: number, size: number, ids: readonly string[] = FIVE) {
  return { ids: ids.slice(from, from + size), isLast: from + size >= ids.length };
}
