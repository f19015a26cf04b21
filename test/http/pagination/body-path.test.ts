import { describe, expect, test } from 'vitest';
import { lookUp, withValueAt } from '../../../src/http/pagination/body-path.js';

describe('a dotted path', () => {
  test.each<[unknown, string, unknown]>([
    [{ a: { b: { c: 1 } } }, 'a.b.c', 1],
    [{ '@odata.nextLink': 'x', '@odata': { nextLink: 'y' } }, '@odata.nextLink', 'x'],
    [{ d: { __next: 'x' } }, 'd.__next', 'x'],
    [{ a: { 'b.c': 1 } }, 'a.b.c', 1],
    [{ 'a.b': { c: 1 }, a: { b: { c: 2 } } }, 'a.b.c', 1],
    [{ 'a.b': {}, a: { b: { c: 2 } } }, 'a.b.c', 2],
    [{ boards: [{ cursor: 'x' }] }, 'boards.0.cursor', 'x'],
    [{ links: [{ rel: 'self' }, { rel: 'next', href: 'x' }] }, 'links[rel=next].href', 'x'],
    [{ a: { links: [null, 7, { rel: 'a.b', 'x.y': 1 }] } }, 'a.links[rel=a.b].x.y', 1],
    [{ links: [{ rel: 'next' }] }, 'links[rel=next]', { rel: 'next' }],
    [{ 'page[after]': 'x', 'links[rel=next]': 'y' }, 'page[after]', 'x'],
    [{ 'links[rel=next]': 'y', links: [{ rel: 'next' }] }, 'links[rel=next]', 'y'],
    [{ links: [{ rel: 'self' }] }, 'links[rel=next].href', undefined],
    [{ links: { rel: 'next' } }, 'links[rel=next].rel', undefined],
    [{}, 'constructor', undefined],
    [{}, '__proto__.polluted', undefined],
    ['text', 'length', undefined],
    [null, 'a.b', undefined],
  ])('%j at %s', (body, path, value) => {
    expect(lookUp(body, path).value).toEqual(value);
  });

  test('tells a field that is missing from a place that is missing', () => {
    expect(lookUp({ meta: {} }, 'meta.next')).toEqual({
      value: undefined,
      present: false,
      parent: true,
    });
    expect(lookUp({ meta: { next: null } }, 'meta.next')).toEqual({
      value: null,
      present: true,
      parent: true,
    });
    expect(lookUp({ next: null }, 'next')).toEqual({ value: null, present: true, parent: false });
    expect(lookUp({ links: [] }, 'links[rel=next].href').parent).toBe(true);
    expect(lookUp({ pages: { next: null } }, 'pages.next.after').parent).toBe(true);
    expect(lookUp({ meta: null }, 'meta.next').parent).toBe(false);
    expect(lookUp({ error: 'x' }, 'meta.next')).toEqual({
      value: undefined,
      present: false,
      parent: false,
    });
  });
});

test('a value is set in a copy, its parents made', () => {
  const body = { query: {}, pagination: { per_page: 2 }, 'a.b': 1 };
  expect(withValueAt(body, 'pagination.starting_after', 'x')).toEqual({
    ...body,
    pagination: { per_page: 2, starting_after: 'x' },
  });
  expect(withValueAt(body, 'a.b', 2)).toEqual({ ...body, 'a.b': 2 });
  expect(withValueAt(undefined, 'variables.after', 'x')).toEqual({ variables: { after: 'x' } });
  expect(Object.getPrototypeOf(withValueAt({}, '__proto__.x', 1))).toBe(Object.prototype);
  expect(body.pagination).toEqual({ per_page: 2 });
});
