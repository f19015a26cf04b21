import { describe, expect, test } from 'vitest';
import { ownValue } from '../../../src/core/json.js';
import { clientFor } from '../support/client.js';
import { loopback } from '../support/loopback.js';
import { collect, idsOf, originOf } from './support/collect.js';
import { nextAddressCases } from './support/next-address-cases.js';
import { offsetCases } from './support/offset-cases.js';
import { pageCases } from './support/page-cases.js';
import { tokenEndCases } from './support/token-end-cases.js';
import { tokenPlaceCases } from './support/token-place-cases.js';
import { readsWhole } from './support/reads-whole.js';
import { items, param } from './support/style-case.js';

readsWhole([
  ...nextAddressCases,
  ...pageCases,
  ...offsetCases,
  ...tokenPlaceCases,
  ...tokenEndCases,
]);

describe('a list that is asked on from its last item, which comes again', () => {
  const pagination = { cursor: { lastItem: 'id' }, param: 'from' } as const;

  /** CouchDB's `startkey`, Binance's `fromId`, and whatever takes `>=`. */
  const inclusive = (ids: readonly string[]) => async () => {
    const { origin } = await loopback((got) => {
      const from = ids.indexOf(param(got, 'from') ?? ids[0] ?? '');
      return { body: items(ids.slice(from, from + 2)) };
    });
    return await collect(clientFor(`${origin}/`), 'list', { pagination });
  };

  test('ends where only that item is left', async () => {
    const { pages, error } = await inclusive(['1', '2', '3', '4'])();
    expect(error).toBeUndefined();
    expect([...new Set(idsOf(pages))]).toEqual(['1', '2', '3', '4']);
  });

  test('is refused where a full page has no other, for what is behind it is hidden', async () => {
    const { origin } = await loopback((got) => ({
      body: items(param(got, 'from') === null ? ['1', '2'] : ['2', '2']),
    }));
    const { error } = await collect(clientFor(`${origin}/`), 'list', { pagination });
    expect(String(error)).toContain('repeats its page');
  });
});

test('a list that is left out is no page where the body tells of an error', async () => {
  const { origin } = await loopback(() => ({ body: { error: { message: 'no' } } }));
  const { error } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'users?',
    pagination: { cursor: 'next', param: 'after' },
  });
  expect(String(error)).toContain("has undefined at 'users?', where a list was expected");
});

const refusals = [
  { success: false, message: 'no access' },
  { ok: false, reason: 'x' },
  { status: 'error', message: 'boom' },
  { code: 401, msg: 'bad token' },
  { fault: { faultstring: 'x' } },
  { faults: [{ message: 'x' }] },
];

test.each(refusals)('a list that is left out of %j is refused, not empty', async (body) => {
  const { origin } = await loopback(() => ({ body }));
  const { error, pages } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'users?',
    pagination: { cursor: 'next', param: 'after' },
  });
  expect(String(error)).toContain("has undefined at 'users?', where a list was expected");
  expect(pages).toEqual([]);
});

test.each(refusals)('the links of %j do not make its missing list an end', async (refusal) => {
  const { origin } = await loopback(() => ({
    body: { ...refusal, _links: { self: { href: '/' } } },
  }));
  const { error } = await collect(clientFor(`${origin}/`), 'list', {
    items: '_embedded.users',
    pagination: { next: '_links.next.href' },
  });
  expect(String(error)).toContain('where a list was expected');
});

test.each([
  {},
  { kind: 'admin#directory#users', etag: 'x' },
  { status: 'ok', code: 200, total: 0 },
  { success: true, message: 'no users' },
  { code: 10_000, msg: 'Success' },
  { message: null, meta: { page: 1 } },
])('a list that is left out of %j is empty', async (body) => {
  const { origin } = await loopback(() => ({ body }));
  const { error, pages } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'users?',
    pagination: { cursor: 'next', param: 'after' },
  });
  expect({ ids: idsOf(pages), error, pages: pages.length }).toEqual({
    ids: [],
    error: undefined,
    pages: 1,
  });
});

test('a page without a body behind the first is no end of a list of tokens', async () => {
  const { origin } = await loopback((got) =>
    param(got, 'after') === null ? { body: { items: items(['1']), next: 'b' } } : { status: 204 },
  );
  const { error } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'items',
    pagination: { cursor: 'next', param: 'after' },
  });
  expect(String(error)).toContain('answered 204 without a body');
});

test("a count that is only the page's own does not end numbered pages", async () => {
  const all = ['1', '2', '3', '4', '5'];
  const { origin } = await loopback((got) => {
    const from = (Number(param(got, 'page')) - 1) * 2;
    const ids = all.slice(from, from + 2);
    return { body: { items: items(ids), count: ids.length } };
  });
  const { pages, error } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'items',
    pagination: { page: 'page', size: ['size', 2], total: 'count' },
  });
  expect({ ids: idsOf(pages), error }).toEqual({ ids: all, error: undefined });
});

test.each([
  [undefined, 'offset'],
  [false, 'page'],
] as const)('offsets with overlap %s are trusted as %s', async (overlap, paging) => {
  const { origin } = await loopback(() => ({ body: [] }));
  const { pages } = await collect(clientFor(`${origin}/`), 'list', {
    pagination: {
      offset: 'offset',
      limit: ['limit', 2],
      ...(overlap === undefined ? {} : { overlap }),
    },
  });
  expect(originOf(pages[0])).toMatchObject({ paging });
});

test('pages that are asked for in JSON are asked for by POST, with or without more of it', async () => {
  const { origin, requests } = await loopback(({ body }) => {
    const after = ownValue(JSON.parse(body), 'after');
    return {
      body: after === undefined ? { items: items(['1']), next: 'b' } : { items: items(['2']) },
    };
  });
  const { pages, error } = await collect(clientFor(`${origin}/`), 'list', {
    items: 'items',
    pagination: { cursor: 'next', param: 'after', in: 'json' },
  });
  expect({ ids: idsOf(pages), error }).toEqual({ ids: ['1', '2'], error: undefined });
  expect(requests.map(({ method, body }) => [method, body])).toEqual([
    ['POST', '{}'],
    ['POST', '{"after":"b"}'],
  ]);
});
