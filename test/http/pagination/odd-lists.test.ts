import { defineConnector, type HttpError, type PagesOptions } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { collect, testSyncer } from '../../support/syncer.js';
import { type Answered, type Got, loopback } from '../support/loopback.js';

interface Item {
  readonly id: string;
}
const all: readonly Item[] = ['1', '2', '3', '4', '5', '6', '7'].map((id) => ({ id }));
const two = (page: number): readonly Item[] => all.slice(page * 2, page * 2 + 2);
const three = (offset: number): readonly Item[] => all.slice(offset, offset + 3);
const asked = (got: Got, name: string): number => Number(got.url.searchParams.get(name) ?? 0);

type Server = (got: Got, origin: string) => Answered;
type Case = readonly [name: string, options: Partial<PagesOptions<Item>>, server: Server];

async function synced(options: Partial<PagesOptions<Item>>, server: Server) {
  const { origin, requests } = await loopback((got) => server(got, origin));
  const connector = defineConnector({
    name: 'odd',
    baseUrl: `${origin}/v1`,
    streams: {
      items: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        async *pull(ctx) {
          yield* ctx.http.pages('list', { items: 'items', pagination: 'link', ...options });
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const items = syncer.connection(connector, 'acme').stream('items');
  const { error } = await items.sync({ throws: false });
  const ids = (await collect(items.records())).map(({ id }) => id);
  return { ids, error, requests };
}

const next = { pagination: { next: 'next' } } as const;
const page = { pagination: { page: 'page', size: ['size', 2] } } as const;
const offset = { pagination: { offset: 'offset', limit: ['limit', 3] } } as const;
const totalled = { pagination: { ...offset.pagination, total: 'total' } } as const;

/** A server whose pages name the next one's address. */
function naming(address: (page: number, origin: string) => string): Server {
  return (got, origin) => {
    const number = asked(got, 'page');
    const here = got.url.pathname === '/v1/list';
    const more = number < 3 ? address(number + 1, origin) : null;
    return here ? { body: { items: two(number), next: more } } : { status: 404 };
  };
}

/** A server of numbered pages, and what it answers behind the last one. */
const numbered =
  (behind: Answered): Server =>
  (got) => {
    const number = asked(got, 'page') - 1;
    return number < 4 ? { body: { items: two(number) } } : behind;
  };

/** A server of offsets that tells a total, such as it is. */
const totalling =
  (total: (items: readonly Item[]) => unknown): Server =>
  (got) => {
    const items = three(asked(got, 'offset'));
    return { body: { items, total: total(items) } };
  };

describe('lists that are read to their end', () => {
  test.each<Case>([
    ['a relative address', next, naming((n) => `list?page=${n}`)],
    ['an absolute path', next, naming((n) => `/v1/list?page=${n}`)],
    [
      'without a scheme',
      next,
      naming((n, origin) => `${origin.slice('http:'.length)}/v1/list?page=${n}`),
    ],
    ['a query alone', next, naming((n) => `?page=${n}`)],
    ['a query without its mark', next, naming((n) => `page=${n}&size=2`)],
    ['a part of a query', next, naming((n) => `&page=${n}`)],
    ['blanks and letters that an address has not', next, naming((n) => `/v1/list?q=é a&page=${n}`)],
    ['a fragment', next, naming((n) => `/v1/list?page=${n}#top`)],
    [
      'an address in an object',
      { pagination: { next: 'next.href' } },
      (got) => {
        const n = asked(got, 'page');
        return { body: { items: two(n), next: n < 3 ? { href: `?page=${n + 1}` } : {} } };
      },
    ],
    [
      'a token in a header',
      {
        pagination: ({ headers }) => {
          const token = headers.get('x-next');
          return token === null ? undefined : { searchParams: { page: token } };
        },
      },
      (got) => {
        const n = asked(got, 'page');
        return { headers: n < 3 ? { 'x-next': String(n + 1) } : {}, body: { items: two(n) } };
      },
    ],
    [
      'two Link headers',
      {},
      (got) => {
        const n = asked(got, 'page');
        const link = [
          '</v1/list>; rel="first"',
          `</v1/list?page=${n + 1}>; title="a, b"; rel=next`,
        ];
        return { headers: n < 3 ? { link } : {}, body: { items: two(n) } };
      },
    ],
    [
      'pages from 0',
      { pagination: { ...page.pagination, start: 0 } },
      (got) => ({ body: { items: two(asked(got, 'page')) } }),
    ],
    [
      'pages from 0, of which the API takes the first for 1',
      { pagination: { ...page.pagination, start: 0 } },
      (got) => ({ body: { items: two(Math.max(asked(got, 'page') - 1, 0)) } }),
    ],
    [
      'a 404 behind the last page',
      page,
      numbered({ status: 404, body: { detail: 'Invalid page.' } }),
    ],
    ['a 204 behind the last page', page, numbered({ status: 204 })],
    ['an empty 200 behind the last page', page, numbered({ status: 200 })],
    ['null behind the last page', page, numbered({ body: { items: null } })],
    [
      'a limit that is capped without a word',
      { pagination: { offset: 'offset', limit: ['limit', 100] } },
      totalling(() => undefined),
    ],
    ['a total in a text', totalled, totalling(() => '7')],
    ['a total that is missing', totalled, totalling(() => undefined)],
    ['a total of -1', totalled, totalling(() => -1)],
    ["a total that is the page's own count", totalled, totalling(({ length }) => length)],
    ['a total of 0 beside items', totalled, totalling(() => 0)],
    ['a total that is too high', totalled, totalling(() => 700)],
    [
      'a 404 behind the last offset',
      offset,
      (got) => {
        const from = asked(got, 'offset');
        return from >= 7 ? { status: 404 } : { body: { items: three(from) } };
      },
    ],
    [
      'a 416 behind the last offset',
      offset,
      (got) => {
        const from = asked(got, 'offset');
        return from >= 7 ? { status: 416 } : { body: { items: three(from) } };
      },
    ],
  ])('%s', async (_, options, server) => {
    const { ids, error } = await synced(options, server);
    expect({ ids, error }).toEqual({ ids: all.map(({ id }) => id), error: undefined });
  });
});

/** Two pages come, then everything is gone. */
function vanishing(items: (got: Got) => readonly Item[]): Server {
  let requests = 0;
  return (got) => {
    requests += 1;
    return requests > 2 ? { status: 404 } : { body: { items: items(got) } };
  };
}

describe('lists that end in an error which says why', () => {
  const cursor = { cursor: 'next', param: 'page' } as const;
  test.each<readonly [...Case, says: string]>([
    [
      'more, but no cursor',
      { pagination: { ...cursor, more: 'more' } },
      () => ({ body: { items: two(0), more: true } }),
      "says 'more' but gives no cursor",
    ],
    [
      'a cursor that stays, beside items',
      { pagination: cursor },
      (got) => ({
        body: { items: two(asked(got, 'page')), next: Math.min(asked(got, 'page') + 1, 3) },
      }),
      'repeats its page',
    ],
    [
      'a last page for ever',
      page,
      (got) => ({ body: { items: two(Math.min(asked(got, 'page') - 1, 3)) } }),
      'repeats its page',
    ],
    [
      'a page parameter that nobody reads',
      page,
      () => ({ body: { items: two(0) } }),
      'repeats its page',
    ],
    ['a 404 for the first page', page, () => ({ status: 404 }), 'answered 404'],
    ['a 404 for the first offset', offset, () => ({ status: 404 }), 'answered 404'],
    [
      'a list that vanishes behind its second page',
      page,
      vanishing((got) => two(asked(got, 'page') - 1)),
      'answered 404',
    ],
    [
      'a list that vanishes behind its second offset',
      offset,
      vanishing((got) => three(asked(got, 'offset'))),
      'answered 404',
    ],
    ['an empty 200 for the first page', page, () => ({ status: 200 }), 'without a body'],
    [
      'an address that is an object',
      next,
      () => ({ body: { items: two(0), next: { href: '?page=1' } } }),
      'no address at',
    ],
    [
      'an address that is no page',
      next,
      () => ({ body: { items: two(0), next: 'javascript:alert(1)' } }),
      'an address that is none',
    ],
    [
      'an address elsewhere',
      next,
      () => ({ body: { items: two(0), next: '//evil.example/list' } }),
      'another origin',
    ],
    [
      'a page to log in',
      page,
      () => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }),
      'no JSON',
    ],
  ])('%s', async (_, options, server, says) => {
    const { error } = await synced(options, server);
    expect(error).toMatchObject({ name: 'HttpError' } satisfies Partial<HttpError>);
    expect(error?.message).toContain(says);
  });
});
