import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { HttpClient, HttpPage, NextRequest } from '../../../src/connector/http.js';
import { ConfigError, HttpError } from '../../../src/core/errors.js';
import { ownValue } from '../../../src/core/json.js';
import { answering } from '../support/answering.js';
import { clientFor, rejection } from '../support/client.js';
import { loopback } from '../support/loopback.js';
import { collect, idsOf, originOf } from './support/collect.js';

const BASE = 'https://api.example.com/v1?key=base';

/** Asks for a second page with what a function returns, and tells what was sent. */
async function secondRequest(change: NextRequest, first: { readonly json?: unknown } = {}) {
  const sent: {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: string;
  }[] = [];
  const fetch = answering(async (request, count) => {
    sent.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.text(),
    });
    return [{ id: count }];
  });
  const { pages, error } = await collect(clientFor(BASE, { fetch }), 'list', {
    searchParams: { a: 1, b: 'x' },
    headers: { 'x-one': '1' },
    ...first,
    pagination: (_response, body) => (JSON.stringify(body).includes('2') ? undefined : change),
  });
  return { request: sent[1], pages, error };
}

describe('the next request of a function is merged over the last one', () => {
  test('parameters by name', async () => {
    const { request } = await secondRequest({ searchParams: { b: undefined, c: [1, 2] } });
    expect(request?.url).toBe('https://api.example.com/v1/list?key=base&a=1&c=1&c=2');
  });
  test('a path keeps the parameters, a URL does not', async () => {
    const { request: path } = await secondRequest({ url: 'other?x=1' });
    expect(path?.url).toBe('https://api.example.com/v1/other?key=base&x=1&a=1&b=x');
    const { request: url } = await secondRequest({
      url: new URL('https://api.example.com/next?cursor=2'),
    });
    expect(url?.url).toBe('https://api.example.com/next?cursor=2');
  });
  test('JSON field by field', async () => {
    const { request } = await secondRequest(
      { json: { cursor: 'x', path: undefined } },
      { json: { path: '/', limit: 2 } },
    );
    expect(JSON.parse(request?.body ?? '')).toEqual({ limit: 2, cursor: 'x' });
    expect(request?.method).toBe('POST');
  });
  test('headers by name, and the method', async () => {
    const { request } = await secondRequest({
      method: 'PUT',
      headers: { 'x-one': undefined, 'x-two': '2' },
    });
    expect([request?.method, request?.headers.get('x-one'), request?.headers.get('x-two')]).toEqual(
      ['PUT', null, '2'],
    );
  });
  test('what is no request is refused', async () => {
    const { error } = await secondRequest(JSON.parse('"next"') as NextRequest);
    expect(error).toBeInstanceOf(ConfigError);
  });
});

describe('the address of the next page', () => {
  test('is resolved against the page, not against the base URL', async () => {
    const fetch = answering((_, count) => ({
      items: [{ id: count }],
      next: [`?page=2`, '/v1/list?page=3', 'list?page=4', null][count - 1],
    }));
    const { pages } = await collect(clientFor(BASE, { fetch }), 'list', {
      searchParams: { page: 1 },
      items: 'items',
      pagination: { next: 'next' },
    });
    expect(idsOf(pages)).toEqual([1, 2, 3, 4]);
    expect(fetch.urls.slice(1)).toEqual(
      [2, 3, 4].map((page) => `https://api.example.com/v1/list?page=${page}`),
    );
  });

  test.each([
    'https://evil.example.com/v1/list',
    '//evil.example.com/',
    'https://api.example.com:444/',
    'file:///etc/passwd',
    'http://[',
  ])('is refused when it leads elsewhere: %s', async (next) => {
    const fetch = answering(() => ({ items: [], next }));
    const { error } = await collect(clientFor(BASE, { fetch }), 'list', {
      items: 'items',
      pagination: { next: 'next' },
    });
    expect(error).toBeInstanceOf(HttpError);
    expect(fetch.urls).toHaveLength(1);
  });

  test('may lead to an origin that is allowed', async () => {
    const fetch = answering((_, count) => ({
      items: [{ id: count }],
      next: count === 1 ? 'https://files.example.com/2' : null,
    }));
    const http = clientFor(BASE, { fetch, allowedOrigins: ['https://files.example.com'] });
    const { pages, error } = await collect(http, 'list', {
      items: 'items',
      pagination: { next: 'next' },
    });
    expect({ ids: idsOf(pages), error }).toEqual({ ids: [1, 2], error: undefined });
  });

  test('is asked by https when an API behind a proxy writes http', async () => {
    const fetch = answering((_, count) => ({
      items: [{ id: count }],
      next: count === 1 ? 'http://api.example.com/v1/list?p=2' : null,
    }));
    await collect(clientFor(BASE, { fetch }), 'list', {
      items: 'items',
      pagination: { next: 'next' },
    });
    expect(fetch.urls[1]).toBe('https://api.example.com/v1/list?p=2');
  });

  test('keeps no credentials, so that resume tokens hold none', async () => {
    const fetch = answering((request, count) => ({
      items: [{ id: count }],
      next: count === 1 ? `${request.url}&page=2` : null,
    }));
    const http = clientFor(BASE, {
      fetch,
      authorise: ({ url }) => url.searchParams.set('api_key', 'canary-secret'),
    });
    const { pages } = await collect(http, 'list', { items: 'items', pagination: { next: 'next' } });
    expect(JSON.stringify(pages)).not.toContain('canary-secret');
    expect(pages[1]?.response.url).not.toContain('canary-secret');
    expect(fetch.urls[1]).toBe(
      'https://api.example.com/v1/list?key=base&page=2&api_key=canary-secret',
    );
  });

  test('keeps no credentials that the API repeats under names of its own, and what was asked for', async () => {
    const fetch = answering((request, count) => ({
      items: [{ id: count }],
      next:
        count < 3 ? `${request.url.split('&')[0]}&access_token=canary-secret&page=${count}` : null,
    }));
    const http = clientFor(BASE, {
      fetch,
      authorise: ({ headers }) => {
        headers.set('authorization', `Bearer canary-secret`);
        headers.set('x-account', 'acme-and-sons');
      },
    });
    const { pages } = await collect(http, 'list', {
      ...{ items: 'items', pagination: { next: 'next' }, searchParams: { key: 'acme-and-sons' } },
    });
    expect(JSON.stringify(pages)).not.toContain('canary-secret');
    expect(fetch.urls.slice(1)).toEqual(
      [1, 2].map((page) => `https://api.example.com/v1/list?key=acme-and-sons&page=${page}`),
    );
  });
});

describe('restart', () => {
  /** Answers 400 beyond the fourth item, as search APIs do beyond 10,000. */
  const search = (ids: readonly number[], size: number) =>
    answering((request) => {
      const { searchParams } = new URL(request.url);
      const [above, page] = [Number(searchParams.get('above')), Number(searchParams.get('page'))];
      if (page * size > 4) return new Response('too deep', { status: 400 });
      return ids
        .filter((id) => id > above)
        .slice((page - 1) * size, page * size)
        .map((id) => ({ id }));
    });
  const options = (size: number) => ({
    pagination: { page: 'page', size: ['size', size] as const },
    restart: {
      after: 4,
      with: (last: { readonly id: number }) => ({ searchParams: { above: last.id } }),
    },
  });
  const readAll = async (http: HttpClient, size: number) => {
    const ids: number[] = [];
    let resume;
    for await (const page of http.pages('search', options(size))) {
      ids.push(...page.records.map(({ id }) => id));
      resume = page.resume;
    }
    return { ids, resume };
  };

  test.each([1, 2, 3, 4])(
    'begins a new search before the depth is passed, in pages of %i',
    async (size) => {
      const ids = Array.from({ length: 13 }, (_, i) => i + 1);
      expect((await readAll(clientFor(BASE, { fetch: search(ids, size) }), size)).ids).toEqual(ids);
    },
  );

  test.each(['page', 'link'] as const)(
    'ends where an inclusive search would only be made again, in the style %s',
    async (style) => {
      const fetch = answering((request) => {
        const { searchParams } = new URL(request.url);
        const from = Number(searchParams.get('from') ?? 0);
        const page = Number(searchParams.get('page') ?? 1);
        if (page > 2) return new Response('too deep', { status: 400 });
        const ids = [1, 2, 3, 4, 5, 6, 7].filter((id) => id >= from);
        return ids.slice((page - 1) * 4, page * 4).map((id) => ({ id }));
      });
      const { pages, error } = await collect(clientFor(BASE, { fetch }), 'search', {
        pagination: style === 'link' ? 'link' : { page: 'page', size: ['size', 4] as const },
        restart: {
          after: 4,
          with: (last) => ({ searchParams: { from: Number(ownValue(last, 'id')) } }),
        },
      });
      expect(error).toBeUndefined();
      expect([...new Set(idsOf(pages))]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    },
  );

  /** Of `count` items all but the first two share a value; what lies beyond the eighth of a search is left out without a word. */
  const alike = (count: number, beyond: 'link' | 'empty' | 404) =>
    answering((request) => {
      const { searchParams } = new URL(request.url);
      const [from, page] = [
        Number(searchParams.get('from')),
        Number(searchParams.get('page') ?? 1),
      ];
      const found = Array.from({ length: count }, (_, id) => ({ id, at: Math.min(id, 2) }))
        .filter(({ at }) => at >= from)
        .slice(0, 8);
      const items = found.slice((page - 1) * 4, page * 4);
      if (beyond !== 'link')
        return beyond === 404 && items.length === 0 ? new Response('', { status: 404 }) : items;
      const next = `<?from=${from}&page=${page + 1}>; rel="next"`;
      return Response.json(items, page * 4 < found.length ? { headers: { link: next } } : {});
    });

  test.each([
    ['link', 9, false],
    ['link', 10, true],
    ['link', 20, true],
    ['empty', 9, false],
    ['empty', 20, true],
    [404, 9, false],
    [404, 20, true],
  ] as const)(
    'of as many items alike as the depth is an error, where the API ends by %s, of %i items: %s',
    async (beyond, count, isCut) => {
      const { pages, error } = await collect(
        clientFor(BASE, { fetch: alike(count, beyond) }),
        'x',
        {
          pagination: beyond === 'link' ? 'link' : { page: 'page', size: ['size', 4] as const },
          restart: {
            after: 8,
            with: (last) => ({ searchParams: { from: Number(ownValue(last, 'at')) } }),
          },
        },
      );
      if (!isCut) expect([new Set(idsOf(pages)).size, error]).toEqual([count, undefined]);
      else {
        expect(error).toBeInstanceOf(HttpError);
        expect(String(error)).toContain('depth of the search (restart.after: 8)');
      }
    },
  );

  test('says what `with` must return', async () => {
    const { error } = await collect(
      clientFor(BASE, { fetch: search([1, 2, 3, 4, 5], 2) }),
      'search',
      {
        ...options(2),
        restart: { after: 4, with: () => undefined as never },
      },
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain('restart.with');
  });

  test('goes on within a later search after a resume', async () => {
    const ids = Array.from({ length: 13 }, (_, i) => i + 1);
    const before: number[] = [];
    let resume;
    for await (const page of clientFor(BASE, { fetch: search(ids, 1) }).pages(
      'search',
      options(1),
    )) {
      before.push(...page.records.map(({ id }) => id));
      resume = page.resume;
      if (before.length === 6) break;
    }
    const after = await readAll(clientFor(BASE, { fetch: search(ids, 1), resume }), 1);
    expect([...before, ...after.ids]).toEqual(ids);
  });

  test('that makes no progress is an error', async () => {
    const http = clientFor(BASE, { fetch: search([1, 2, 3, 4, 5, 6], 2) });
    const { error } = await collect(http, 'search', {
      ...options(2),
      restart: { after: 4, with: () => ({ searchParams: { above: 1 } }) },
    });
    expect(error).toBeInstanceOf(HttpError);
  });
});

test('a page carries where it came from, the time it was asked for and the server said, and the total', async () => {
  const { origin } = await loopback(() => ({
    headers: { date: 'Thu, 01 Jan 2026 00:00:05 GMT', 'x-total-count': '17' },
    body: [{ id: 1 }],
  }));
  const {
    pages: [page],
  } = await collect(clientFor(origin), 'list', { pagination: 'link' });
  expect(page).toMatchObject({ records: [{ id: 1 }], total: 17, body: [{ id: 1 }] });
  expect(originOf(page)).toEqual({
    paging: 'link',
    requestedAt: Date.UTC(2026, 0, 1),
    serverTime: Date.UTC(2026, 0, 1, 0, 0, 5),
  });
});

test('types: the items are what the stream takes, or what the function returns', () => {
  const http = clientFor(BASE) as HttpClient<{ readonly id: number }>;
  const schema = z.object({ rows: z.array(z.object({ sku: z.string() })) });
  expectTypeOf(http.pages('x', { pagination: 'link' })).toEqualTypeOf<
    AsyncIterable<HttpPage<{ readonly id: number }>>
  >();
  expectTypeOf(
    http.pages('x', { pagination: 'link', items: (body) => schema.parse(body).rows }),
  ).toEqualTypeOf<AsyncIterable<HttpPage<{ sku: string }>>>();
  http.pages('x', {
    pagination: 'link',
    restart: { after: 1, with: (last) => ({ searchParams: { above: last.id } }) },
  });
});

test('a pagination that is none is refused', async () => {
  const pagination: unknown = { nxt: 'links.next' };
  const error = await rejection(collectFirst(clientFor(BASE), pagination));
  expect(error).toBeInstanceOf(ConfigError);
});

async function collectFirst(http: HttpClient, pagination: unknown): Promise<void> {
  for await (const page of http.pages('list', { pagination: pagination as 'link' }))
    expect(page).toBeUndefined();
}
