import {
  badRequest,
  chunks,
  field,
  FIVE,
  idOf,
  items,
  page,
  param,
  type StyleCase,
} from './style-case.js';

const PAGES = chunks(FIVE, 2);
const pageNumber = (text: string | null) => Number(text ?? '1') - 1;

/** APIs that name the next page's address, in a header or in the body. */
export const addressCases: readonly StyleCase[] = [
  {
    api: 'GitHub REST',
    path: 'repos/octo/hello/issues',
    options: { searchParams: { per_page: 2, state: 'all' }, pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, pageNumber(param(got, 'page')));
      const at = `${got.url.origin}/repositories/1/issues?per_page=2`;
      const next = `<${at}&page=${number + 2}>; rel="next", <${at}&page=3>; rel="last"`;
      const before = `<${at}&page=${number}>; rel="prev", <${at}&page=1>; rel="first"`;
      return { headers: { link: isLast ? before : next }, body: items(ids) };
    },
  },
  {
    api: 'Shopify REST Admin',
    path: 'admin/api/2024-01/orders.json',
    options: { searchParams: { limit: 2, status: 'any' }, items: 'orders', pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const info = param(got, 'page_info');
      if (info !== null && param(got, 'status') !== null)
        return badRequest('status with page_info');
      const { ids, isLast, number } = page(PAGES, Number(info ?? 0));
      const link = (to: number, rel: string) =>
        `<${got.url.origin}${got.url.pathname}?limit=2&page_info=${to}>; rel="${rel}"`;
      const links = [
        ...(number > 0 ? [link(number - 1, 'previous')] : []),
        ...(isLast ? [] : [link(number + 1, 'next')]),
      ];
      return { headers: { link: links.join(', ') }, body: { orders: items(ids) } };
    },
  },
  {
    api: 'Greenhouse Harvest',
    path: 'v1/candidates',
    options: { searchParams: { per_page: 2 }, pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, pageNumber(param(got, 'page')));
      const at = (to: number) => `${got.url.origin}/v1/candidates?page=${to}&per_page=2`;
      const link = isLast
        ? `<${at(number)}>; rel="prev"`
        : `<${at(number + 2)}>; rel="next",<${at(3)}>; rel="last"`;
      return { headers: { link }, body: items(ids) };
    },
  },
  {
    api: 'GitLab keyset',
    path: 'api/v4/projects',
    options: {
      searchParams: { pagination: 'keyset', per_page: 2, order_by: 'id' },
      pagination: 'link',
    },
    ids: FIVE,
    server: () => (got) => {
      const after = Number(param(got, 'id_after') ?? 0);
      const ids = FIVE.filter((id) => Number(id) > after).slice(0, 2);
      const next = `<${got.url.origin}/api/v4/projects?id_after=${ids.at(-1)}&pagination=keyset&per_page=2>; rel="next"`;
      return { headers: ids.at(-1) === '5' ? {} : { link: next }, body: items(ids) };
    },
  },
  {
    api: 'Freshdesk',
    path: 'api/v2/tickets',
    options: {
      searchParams: { per_page: 1, updated_since: '0' },
      pagination: 'link',
      // The API stops at a page (here the second, there the 300th) and goes on by date.
      restart: {
        after: 2,
        with: (last) => ({ searchParams: { updated_since: String(idOf(last)) } }),
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const since = Number(param(got, 'updated_since'));
      const number = pageNumber(param(got, 'page'));
      if (number >= 2) return badRequest('page 300 is the last one');
      const found = page(
        chunks(
          FIVE.filter((id) => Number(id) > since),
          1,
        ),
        number,
      );
      const next = `<${got.url.origin}/api/v2/tickets?page=${number + 2}&per_page=1&updated_since=${since}>; rel="next"`;
      return {
        headers: found.isLast || number === 1 ? {} : { link: next },
        body: items(found.ids),
      };
    },
  },
  {
    api: 'Confluence Cloud v2',
    path: 'wiki/api/v2/pages',
    options: { searchParams: { limit: 2 }, items: 'results', pagination: { next: '_links.next' } },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'cursor') ?? 0));
      if (got.url.pathname !== '/wiki/api/v2/pages') return { status: 404 };
      const base = `${got.url.origin}/wiki`;
      const next = `/wiki/api/v2/pages?limit=2&cursor=${number + 1}`;
      return { body: { results: items(ids), _links: isLast ? { base } : { next, base } } };
    },
  },
  {
    api: 'Zendesk cursor',
    path: 'api/v2/brands.json',
    options: {
      searchParams: { 'page[size]': 2 },
      items: 'brands',
      pagination: { next: 'links.next', more: 'meta.has_more' },
    },
    ids: FIVE,
    server: () => zendesk,
  },
  {
    api: 'Zendesk cursor',
    variant: 'by its cursor',
    path: 'api/v2/brands.json',
    options: {
      searchParams: { 'page[size]': 2 },
      items: 'brands',
      pagination: { cursor: 'meta.after_cursor', param: 'page[after]', more: 'meta.has_more' },
    },
    ids: FIVE,
    server: () => zendesk,
  },
  ...['!end_of_stream', undefined].map((more): StyleCase => ({
    api: 'Zendesk incremental cursor export',
    ...(more === undefined ? { variant: 'by the address that does not move' } : {}),
    path: 'api/v2/incremental/tickets/cursor.json',
    options: {
      searchParams: { start_time: 0 },
      items: 'tickets',
      pagination: { next: 'after_url', ...(more === undefined ? {} : { more }) },
    },
    ids: FIVE,
    server: () => (got) => {
      if (param(got, 'cursor') !== null && param(got, 'start_time') !== null)
        return badRequest('start_time with cursor');
      // An empty page in the middle, and one at the end.
      const list = [['1', '2'], [], ['3', '4', '5'], []];
      const { ids, isLast, number } = page(list, Number(param(got, 'cursor') ?? 0));
      const cursor = String(isLast ? number : number + 1);
      return {
        body: {
          tickets: items(ids),
          after_url: `${got.url.origin}${got.url.pathname}?cursor=${cursor}`,
          after_cursor: cursor,
          before_cursor: null,
          end_of_stream: isLast,
        },
      };
    },
  })),
  {
    api: 'Microsoft Graph',
    path: 'v1.0/users/delta',
    options: { searchParams: { $top: 2 }, items: 'value', pagination: { next: '@odata.nextLink' } },
    ids: FIVE,
    server: () => (got) => {
      const token = param(got, '$skiptoken');
      if (token !== null && param(got, '$top') !== null) return badRequest('$top again');
      const { ids, isLast, number } = page(
        [['1', '2'], [], ['3', '4', '5'], []],
        Number(token ?? 0),
      );
      const link = (query: string) => `${got.url.origin}${got.url.pathname}?${query}`;
      const more = isLast
        ? { '@odata.deltaLink': link('$deltatoken=xyz') }
        : { '@odata.nextLink': link(`$skiptoken=${number + 1}`) };
      return { body: { value: items(ids), ...more } };
    },
  },
  {
    api: 'Exact Online (OData v2)',
    path: 'api/v1/1/crm/Accounts',
    options: { items: 'd.results', pagination: { next: 'd.__next' } },
    idOf: field('ID'),
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(
        PAGES,
        Number(param(got, '$skiptoken')?.replace(/\D/g, '') ?? 0),
      );
      const next = `${got.url.origin}${got.url.pathname}?$skiptoken=guid%27${number + 1}%27`;
      return { body: { d: { results: items(ids, 'ID'), ...(isLast ? {} : { __next: next }) } } };
    },
  },
  {
    api: 'Klaviyo',
    path: 'api/profiles',
    options: { items: 'data', pagination: { next: 'links.next' } },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page([...PAGES, []], Number(param(got, 'page[cursor]') ?? 0));
      const self = `${got.url.origin}/api/profiles`;
      const next = isLast ? null : `${self}/?page%5Bcursor%5D=${number + 1}`;
      const data = ids.map((id) => ({ type: 'profile', id }));
      return { body: { data, links: { self, next, prev: null } } };
    },
  },
  {
    api: 'Twilio 2010',
    path: '2010-04-01/Accounts/AC/Messages.json',
    options: {
      searchParams: { PageSize: 2 },
      items: 'messages',
      pagination: { next: 'next_page_uri' },
    },
    idOf: field('sid'),
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'Page') ?? 0));
      const next = `${got.url.pathname}?PageSize=2&Page=${number + 1}&PageToken=PASM${number}`;
      return {
        body: {
          page: number,
          page_size: 2,
          next_page_uri: isLast ? null : next,
          messages: items(ids, 'sid'),
        },
      };
    },
  },
  {
    api: 'Calendly',
    path: 'scheduled_events',
    options: {
      searchParams: { count: 2 },
      items: 'collection',
      pagination: { next: 'pagination.next_page' },
    },
    idOf: field('uri'),
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'page_token') ?? 0));
      const token = String(number + 1);
      const next = `${got.url.origin}/scheduled_events?count=2&page_token=${token}`;
      return {
        body: {
          collection: items(ids, 'uri'),
          pagination: {
            count: ids.length,
            next_page: isLast ? null : next,
            next_page_token: isLast ? null : token,
          },
        },
      };
    },
  },
  {
    api: 'BigCommerce v3',
    path: 'stores/x/v3/catalog/products',
    options: {
      searchParams: { limit: 2 },
      items: 'data',
      pagination: { next: 'meta.pagination.links.next' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, pageNumber(param(got, 'page')));
      const current = number + 1;
      const links = {
        current: `?page=${current}&limit=2`,
        ...(isLast ? {} : { next: `?page=${current + 1}&limit=2` }),
      };
      const pagination = {
        total: 5,
        count: ids.length,
        per_page: 2,
        current_page: current,
        total_pages: 3,
        links,
      };
      return { body: { data: items(ids), meta: { pagination } } };
    },
  },
];

function zendesk(got: Parameters<ReturnType<StyleCase['server']>>[0]) {
  const { ids, isLast, number } = page(PAGES, Number(param(got, 'page[after]') ?? 0));
  const after = String(number + 1);
  return {
    body: {
      brands: items(ids),
      meta: { has_more: !isLast, after_cursor: after, before_cursor: String(number) },
      // Stays on the last page.
      links: { next: `${got.url.origin}/api/v2/brands.json?page[after]=${after}`, prev: null },
    },
  };
}
