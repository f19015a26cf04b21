import { describe, expect, test } from 'vitest';
import { ConfigError, HttpError } from '../../../src/core/errors.js';
import { ownValue } from '../../../src/core/json.js';
import { answering } from '../support/answering.js';
import { clientFor } from '../support/client.js';
import { collect, originOf } from './support/collect.js';

const BASE = 'https://api.example.com/v1';
const NOW = 'Thu, 01 Jan 2026 00:00:10 GMT';
const options = { pagination: 'link', conditional: true } as const;

interface Condition {
  readonly address: string;
  readonly unchanged: boolean;
  readonly validator: Readonly<Record<string, unknown>> | null;
}

const conditionOf = (page: object | undefined) =>
  ownValue(originOf(page), 'condition') as Condition | undefined;

/** What is kept of a page that came with these headers, and the headers of the request that asks for it again. */
async function askAgain(headers: Readonly<Record<string, string>>, more = {}) {
  const fetch = answering(() => Response.json([{ id: 1 }], { headers: { date: NOW, ...headers } }));
  const conditions = { scope: () => '', known: [] };
  const { pages } = await collect(clientFor(BASE, { fetch, conditions }), 'a', {
    ...options,
    ...more,
  });
  const { address = '', validator = null } = conditionOf(pages[0]) ?? {};
  const asked: Request[] = [];
  const known = validator === null ? [] : [{ next: null, ...validator, address }];
  const http = clientFor(BASE, {
    fetch: answering((request) => {
      asked.push(request);
      return known.length > 0 ? new Response(null, { status: 304 }) : [{ id: 1 }];
    }),
    conditions: { scope: () => '', known },
  });
  const again = await collect(http, 'a', { ...options, ...more });
  const sent = ['if-none-match', 'if-modified-since'].map((name) => asked[0]?.headers.get(name));
  return { validator, sent, again };
}

const LAST = 'Thu, 01 Jan 2026 00:00:09 GMT';

test.each([
  ['a strong tag', { etag: '"a"' }, ['"a"', null]],
  ['a weak tag, as it came', { etag: 'W/"a, b"' }, ['W/"a, b"', null]],
  ['a date', { 'last-modified': LAST }, [null, LAST]],
  ['both', { etag: '"a"', 'last-modified': LAST }, ['"a"', LAST]],
])('%s', async (_, headers, expected) => {
  const { sent, again } = await askAgain(headers);
  expect(sent).toEqual(expected);
  expect(again.error).toBeUndefined();
  expect(again.pages.map(({ records, body }) => ({ records, body }))).toEqual([
    { records: [], body: undefined },
  ]);
  expect(conditionOf(again.pages[0])?.unchanged).toBe(true);
});

test.each([
  ['no validator', {}],
  [
    'a date of the second in which it was read: more may change within it',
    { 'last-modified': NOW },
  ],
  ['a date that is none', { 'last-modified': 'yesterday' }],
  ['a tag as long as a page', { etag: `"${'x'.repeat(2_000)}"` }],
])('%s is not kept', async (_, headers) => {
  const { validator, sent } = await askAgain(headers);
  expect(validator).toBeNull();
  expect(sent).toEqual([null, null]);
});

test('a condition of the connector itself goes before', async () => {
  const { sent, again } = await askAgain(
    { etag: '"a"' },
    { headers: { 'If-None-Match': '"own"' } },
  );
  expect(sent).toEqual(['"own"', null]);
  expect(again.error).toBeUndefined();
});

describe('another request is another page', () => {
  test.each([
    ['parameters', { searchParams: { page: 2 } }],
    ['headers', { headers: { accept: 'text/plain' } }],
    ['place of the list', { items: 'data' }],
    ['pagination', { pagination: { next: 'next' } }],
  ])('by its %s', async (_, more) => {
    const fetch = answering(() =>
      Response.json('items' in more ? { data: [] } : [], { headers: { etag: '"a"' } }),
    );
    const conditions = { scope: () => '', known: [] };
    const first = await collect(clientFor(BASE, { fetch, conditions }), 'a', options);
    const second = await collect(clientFor(BASE, { fetch, conditions }), 'a', {
      ...options,
      ...more,
    });
    const [one, other] = [first, second].map(({ pages }) => conditionOf(pages[0])?.address);
    expect(other).toMatch(/\w+/);
    expect(other).not.toBe(one);
  });
});

describe('a 304 that nobody has asked for is an error', () => {
  test.each([true, false])('conditional: %s', async (conditional) => {
    const fetch = answering(() => new Response(null, { status: 304 }));
    const http = clientFor(BASE, { fetch, conditions: { scope: () => '', known: [] } });
    const { error, pages } = await collect(http, 'a', { pagination: 'link', conditional });
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toContain('304');
    expect(pages).toEqual([]);
  });
});

test('what is not asked with GET cannot be conditional', async () => {
  const http = clientFor(BASE, { fetch: answering(() => []) });
  const { error } = await collect(http, 'a', { json: {}, ...options });
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toMatchObject({ context: { path: 'conditional' } });
});

test('without a reading that keeps pages, as in check, everything is asked for', async () => {
  const fetch = answering(() => Response.json([{ id: 1 }], { headers: { etag: '"a"' } }));
  const { pages, error } = await collect(clientFor(BASE, { fetch }), 'a', options);
  expect(error).toBeUndefined();
  expect(conditionOf(pages[0])).toBeUndefined();
});

test('a search that begins anew at its depth goes on behind its unchanged pages', async () => {
  const ids = [1, 2, 3, 4, 5, 6, 7];
  const known: (Readonly<Record<string, unknown>> & { address: string; next: null })[] = [];
  const statuses: number[] = [];
  const read = () => {
    const fetch = answering((request) => {
      const { searchParams } = new URL(request.url);
      const from = Number(searchParams.get('after') ?? 0) + Number(searchParams.get('offset'));
      const etag = `"${from}"`;
      const isKnown = request.headers.get('if-none-match') === etag;
      statuses.push(isKnown ? 304 : 200);
      if (isKnown) return new Response(null, { status: 304 });
      const items = ids.filter((id) => id > from).slice(0, Number(searchParams.get('limit')));
      return Response.json(
        items.map((id) => ({ id })),
        { headers: { etag } },
      );
    });
    return collect(clientFor(BASE, { fetch, conditions: { scope: () => '', known } }), 'a', {
      pagination: { page: 'page', size: ['limit', 2] },
      searchParams: { offset: 0 },
      restart: {
        after: 4,
        with: (last) => ({ searchParams: { after: Number(ownValue(last, 'id')) } }),
      },
      conditional: true,
    });
  };
  const first = await read();
  for (const page of first.pages) {
    const { address = '', validator } = conditionOf(page) ?? {};
    known.push({ next: null, ...validator, address });
  }
  const asked = statuses.splice(0).length;
  const second = await read();
  expect(second.error).toBeUndefined();
  expect(statuses).toEqual(Array.from({ length: asked }, () => 304));
});
