import { describe, expect, test } from 'vitest';
import type { PagesOptions } from '../../../src/connector/http.js';
import { ConfigError, HttpError } from '../../../src/core/errors.js';
import { answering } from '../support/answering.js';
import { clientFor } from '../support/client.js';
import { collect, idsOf } from './support/collect.js';

const BASE = 'https://api.example.com/v1/';
const query = (request: Request, name: string) => new URL(request.url).searchParams.get(name);

async function read(
  answer: (request: Request, count: number) => unknown,
  options: Partial<PagesOptions<unknown>> & Pick<PagesOptions<unknown>, 'pagination'>,
) {
  const fetch = answering(answer);
  const came = await collect(clientFor(BASE, { fetch }), 'list', { items: 'items', ...options });
  return { ...came, ids: idsOf(came.pages), urls: fetch.urls };
}

const cursor = { cursor: 'next', param: 'after' } as const;
const items = (...ids: readonly number[]) => ids.map((id) => ({ id }));

describe('a cursor list', () => {
  test.each([
    ['null', { next: null }],
    ['missing', {}],
    ['empty', { next: '' }],
    ['false', { next: false }],
  ])('ends where the cursor is %s', async (_, end) => {
    const { ids, error } = await read(
      (request) =>
        query(request, 'after') === null
          ? { items: items(1), next: 'b' }
          : { items: items(2), ...end },
      { pagination: cursor },
    );
    expect({ ids, error }).toEqual({ ids: [1, 2], error: undefined });
  });

  test.each<[unknown, unknown]>([
    ['Y', 'N'],
    ['true', 'FALSE'],
    [1, 0],
    [[1], []],
  ])('goes on at more %j, and ends at %j', async (yes, no) => {
    const { ids, error } = await read(
      (_, count) => ({ items: items(count), next: `c${count}`, more: count < 3 ? yes : no }),
      { pagination: { ...cursor, more: 'more' } },
    );
    expect({ ids, error }).toEqual({ ids: [1, 2, 3], error: undefined });
  });

  test('goes on with the cursor 0', async () => {
    const { ids, urls } = await read(
      (request) =>
        query(request, 'after') === null ? { items: items(1), next: 0 } : { items: items(2) },
      { pagination: cursor },
    );
    expect(ids).toEqual([1, 2]);
    expect(urls[1]).toBe(`${BASE}list?after=0`);
  });

  test("goes on with the cursor '' where more says so", async () => {
    const { ids, urls } = await read(
      (request) =>
        query(request, 'after') === null
          ? { items: items(1), next: '', more: true }
          : { items: items(2), next: '', more: false },
      { pagination: { ...cursor, more: 'more' } },
    );
    expect(ids).toEqual([1, 2]);
    expect(urls[1]).toBe(`${BASE}list?after=`);
  });

  test('does not end at an empty page that gives another cursor', async () => {
    const { ids } = await read(
      (_, count) =>
        [
          { items: [], next: 'a' },
          { items: items(1), next: 'b' },
          { items: [], next: 'c' },
          { items: items(2) },
        ][count - 1],
      { pagination: cursor },
    );
    expect(ids).toEqual([1, 2]);
  });

  test('ends at an empty page whose cursor is the one that it was asked with', async () => {
    const { ids, urls, error } = await read(
      (_, count) => (count === 1 ? { items: items(1), next: '7-x' } : { items: [], next: '7-x' }),
      { pagination: cursor },
    );
    expect({ ids, error, count: urls.length }).toEqual({ ids: [1], error: undefined, count: 2 });
  });

  test('ends at once when nothing has happened since the cursor that the connector asked with', async () => {
    const { error, urls } = await read(() => ({ items: [], next: 42 }), {
      searchParams: { after: '42' },
      pagination: cursor,
    });
    expect({ error, count: urls.length }).toEqual({ error: undefined, count: 1 });
  });

  test('is refused when more says that there is more, but no cursor leads there', async () => {
    const { error, ids } = await read(() => ({ items: items(1), next: null, more: true }), {
      pagination: { ...cursor, more: 'more' },
    });
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toContain("says 'more' but gives no cursor at 'next'");
    expect(ids).toEqual([]);
  });

  test('is refused when the cursor is an object that no query can hold', async () => {
    const { error } = await read(() => ({ items: items(1), next: { page: 2 } }), {
      pagination: cursor,
    });
    expect(String(error)).toContain('an object for a cursor');
  });

  test('is refused when the last item lacks the field that its cursor is taken from', async () => {
    const { error } = await read(() => ({ items: [{ name: 'x' }] }), {
      pagination: { cursor: { lastItem: 'id' }, param: 'after' },
    });
    expect(String(error)).toContain("a last item without 'id'");
  });
});

describe('a list that repeats or never ends', () => {
  test.each<
    [string, (request: Request, count: number) => unknown, PagesOptions<unknown>['pagination']]
  >([
    ['the same cursor with the same items', () => ({ items: items(1), next: 'same' }), cursor],
    [
      'a cursor of garbage, which is echoed',
      (request) => ({ items: items(1), next: query(request, 'after') ?? 'garbage' }),
      cursor,
    ],
    [
      'cursors that go round',
      (request) => ({
        items: items(Math.random()),
        next: { a: 'b', b: 'c' }[query(request, 'after') ?? ''] ?? 'a',
      }),
      cursor,
    ],
    [
      'ever new cursors with the same items',
      (_, count) => ({ items: items(1), next: `c${count}` }),
      cursor,
    ],
    [
      'page numbers that the API ignores',
      () => ({ items: items(1, 2) }),
      { page: 'page', size: ['per_page', 2] },
    ],
    [
      'offsets that the API ignores',
      () => ({ items: items(1, 2) }),
      { offset: 'offset', limit: ['limit', 2] },
    ],
    [
      'offsets that the API ignores, page by page of one',
      () => ({ items: items(1) }),
      { offset: 'offset', limit: ['limit', 1] },
    ],
    [
      'a next address that leads to itself',
      (request) => ({ items: items(1), next: request.url }),
      { next: 'next' },
    ],
    [
      'next addresses that go round',
      (request) => ({
        items: items(1),
        next: { '1': '?p=2', '2': '?p=3' }[query(request, 'p') ?? ''] ?? '?p=1',
      }),
      { next: 'next' },
    ],
    ['a function that asks for the same again', () => ({ items: items(1) }), () => ({})],
    [
      'a relay connection whose cursor stays',
      () => ({ data: { nodes: items(1), pageInfo: { hasNextPage: true, endCursor: 'x' } } }),
      { graphql: 'data' },
    ],
  ])('%s', async (_, answer, pagination) => {
    const own =
      typeof pagination === 'object' && 'graphql' in pagination
        ? { json: { query: '' } }
        : { items: 'items' };
    const fetch = answering(answer);
    const { error, pages } = await collect(clientFor(BASE, { fetch }), 'list', {
      ...own,
      pagination,
    });
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toMatch(/repeats its page|leads back to a page/);
    expect(pages.length).toBeGreaterThan(0);
    expect(fetch.urls.length).toBeLessThan(8);
  });

  test('a thousand empty pages', async () => {
    const { error, urls } = await read((_, count) => ({ items: [], next: `c${count}` }), {
      pagination: cursor,
    });
    expect(String(error)).toContain('1000 empty pages in a row');
    expect(urls).toHaveLength(1_000);
  });

  test('a circle that is longer than what is remembered', async () => {
    const { error, urls } = await read(
      (request) => {
        const number = Number(query(request, 'after') ?? 0);
        return { items: items(number, Math.random()), next: String((number + 1) % 1_500) };
      },
      { pagination: cursor },
    );
    expect(String(error)).toContain('leads back to a page');
    expect(urls.length).toBeLessThan(6_000);
  });

  const inHeader = { ...cursor, param: 'x-after', in: 'header' } as const;

  test('a circle of tokens in a header', async () => {
    const { error, urls } = await read(
      (request) => {
        const at = Number(request.headers.get('x-after') ?? 0);
        return { items: items(at % 2, Math.random()), next: String(1 + (at % 2)) };
      },
      { pagination: inHeader },
    );
    expect(String(error)).toContain('leads back to a page');
    expect(urls).toHaveLength(3);
  });

  test('empty pages by tokens in a header are none', async () => {
    const { ids, error } = await read(
      (request) => {
        const at = Number(request.headers.get('x-after') ?? 0);
        return { items: at === 1 || at === 2 ? [] : items(at), next: at < 4 ? `${at + 1}` : null };
      },
      { pagination: inHeader },
    );
    expect({ ids, error }).toEqual({ ids: [0, 3, 4], error: undefined });
  });

  test('a scroll, whose cursor stays while its items move, is none', async () => {
    const { ids, error } = await read(
      (_, count) => ({ items: count < 5 ? items(count) : [], next: 'scroll' }),
      { pagination: cursor },
    );
    expect({ ids, error }).toEqual({ ids: [1, 2, 3, 4], error: undefined });
  });

  test('a next address that stays ends at an empty page', async () => {
    const { ids, error } = await read(
      (request, count) => ({
        items: count === 1 ? items(1) : [],
        next: count === 1 ? '?p=end' : request.url,
      }),
      { pagination: { next: 'next' } },
    );
    expect({ ids, error }).toEqual({ ids: [1], error: undefined });
  });

  test('page numbers of a list that grows while it is read are none', async () => {
    let list = ['c', 'b', 'a'];
    const { error, pages } = await read(
      (request, count) => {
        if (count === 2 || count === 4) list = [`new${list.length}`, ...list];
        const page = Number(query(request, 'page'));
        return { items: list.slice(page - 1, page).map((id) => ({ id })) };
      },
      { pagination: { page: 'page', size: ['size', 1] } },
    );
    expect(error).toBeUndefined();
    expect(idsOf(pages)).toContain('a');
  });
});

describe('a body without a list', () => {
  const cases: [string, unknown, PagesOptions<unknown>][] = [
    ['at items', { error: 'no such thing' }, { items: 'items', pagination: 'link' }],
    ['null at items', { items: null }, { items: 'items', pagination: 'link' }],
    ['an object at items', { items: {} }, { items: 'items', pagination: cursor }],
    ['an empty object around it', { data: {} }, { items: 'data.items', pagination: cursor }],
    [
      'of page numbers',
      { items: null },
      { items: 'items', pagination: { page: 'page', size: ['n', 1] } },
    ],
    ['for a body', { items: [] }, { pagination: 'link' }],
    [
      'beside an error, although the list ends',
      { items: null, errors: [{ message: 'x' }], meta: { next: null } },
      { items: 'items', pagination: { cursor: 'meta.next', param: 'p' } },
    ],
    [
      'that a function stumbles over',
      { ok: false },
      {
        items: 'items',
        pagination: (_response, body) => (body as { meta: { next: object } }).meta.next,
      },
    ],
  ];
  test.each(cases)('%s is an error', async (_, body, options) => {
    const { error, pages } = await collect(
      clientFor(BASE, { fetch: answering(() => body) }),
      'list',
      options,
    );
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toContain('where a list was expected');
    expect(pages).toEqual([]);
  });

  test('is an empty page where the body says that the list has ended', async () => {
    const { ids, error } = await read(
      (_, count) => (count === 1 ? { items: items(1), next: 'b' } : { items: null, next: null }),
      { pagination: cursor },
    );
    expect({ ids, error }).toEqual({ ids: [1], error: undefined });
  });

  test('an items function must return a list', async () => {
    const none = (): never[] => JSON.parse('{}') as never[];
    const { error } = await read(() => ({}), { items: () => none(), pagination: 'link' });
    expect(error).toBeInstanceOf(ConfigError);
  });

  test.each<[number, PagesOptions<unknown>['pagination'], boolean]>([
    [204, { page: 'page', size: ['n', 1] }, true],
    [204, { offset: 'o', limit: ['n', 1] }, true],
    [204, () => undefined, true],
    [204, cursor, true],
    [204, 'link', true],
    [304, 'link', false],
    [200, { page: 'page', size: ['n', 1] }, false],
  ])('status %i without a body, by %j: an end is %s', async (status, pagination, isEnd) => {
    const { error, pages } = await read(() => new Response(null, { status }), { pagination });
    if (isEnd)
      expect({ error, records: pages.map(({ records }) => records) }).toEqual({
        error: undefined,
        records: [[]],
      });
    else expect(error).toBeInstanceOf(HttpError);
  });
});

test('GraphQL errors are errors, although the status is 200', async () => {
  const { error } = await collect(
    clientFor(BASE, {
      fetch: answering(() => ({ data: null, errors: [{ message: 'Throttled' }] })),
    }),
    'graphql',
    {
      json: { query: '' },
      pagination: { graphql: 'data.issues' },
    },
  );
  expect(error).toBeInstanceOf(HttpError);
  expect(String(error)).toContain('GraphQL errors: "Throttled"');
});

test.each([
  ['nodes', { nodes: [{ id: 1 }, null, { id: 2 }] }],
  ['edges', { edges: [{ node: { id: 1 } }, null, { node: null }, { node: { id: 2 } }] }],
])('%s that the viewer may not see are null, and are passed over', async (_name, list) => {
  const data = { issues: { ...list, pageInfo: { hasNextPage: false, endCursor: null } } };
  const { pages, error } = await collect(
    clientFor(BASE, { fetch: answering(() => ({ data })) }),
    'graphql',
    { json: { query: '' }, pagination: { graphql: 'data.issues' } },
  );
  expect(error).toBeUndefined();
  expect(idsOf(pages)).toEqual([1, 2]);
});

test('edges are read as well as nodes, and the total', async () => {
  const data = {
    issues: {
      totalCount: 2,
      edges: [{ node: { id: 1 } }, { node: { id: 2 } }],
      pageInfo: { hasNextPage: false, endCursor: 'x' },
    },
  };
  const { pages } = await collect(
    clientFor(BASE, { fetch: answering(() => ({ data })) }),
    'graphql',
    { json: { query: '' }, pagination: { graphql: 'data.issues' } },
  );
  expect(idsOf(pages)).toEqual([1, 2]);
  expect(pages[0]?.total).toBe(2);
});
