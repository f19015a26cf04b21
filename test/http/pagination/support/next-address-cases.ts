import { ownValue } from '../../../../src/core/json.js';
import type { Answered, Got } from '../../support/loopback.js';
import {
  badRequest,
  chunks,
  FIVE,
  items,
  page,
  param,
  type StyleCase,
  wrappedIdOf,
} from './style-case.js';

const PAGES = chunks(FIVE, 2);
type Address = (number: number, got: Got) => string;

/** A server that names the next page in its body: `body` gets its address, or undefined on the last page. */
const naming =
  (
    address: Address,
    body: (ids: readonly string[], next: string | undefined, number: number) => unknown,
    list: readonly (readonly string[])[] = PAGES,
  ) =>
  (got: Got): Answered => {
    const { ids, isLast, number } = page(list, Number(param(got, 'p') ?? 0));
    return { body: body(ids, isLast ? undefined : address(number + 1, got), number) };
  };

const here: Address = (number, { url }) => `${url.origin}${url.pathname}?p=${number}`;
const path: Address = (number, { url }) => `${url.pathname}?p=${number}`;
const orNull = (next: string | undefined) => next ?? null;

/** Where a next page is always named: the empty page behind the end names the one behind itself. */
const endless = (number: number, got: Got) => ({
  ids: PAGES[number] ?? [],
  next: here(number + 1, got),
});

/** APIs beyond the corpus that name the next page's address. */
export const nextAddressCases: readonly StyleCase[] = [
  {
    // https://docs.sentry.io/api/pagination
    api: 'Sentry',
    path: 'api/0/projects/a/b/issues/',
    options: { pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'cursor')?.split(':')[1] ?? 0));
      const link = (to: number, rel: string, results: boolean) =>
        `<${got.url.origin}${got.url.pathname}?&cursor=0:${to}:0>; rel="${rel}"; results="${results}"; cursor="0:${to}:0"`;
      const links = [link(number - 1, 'previous', number > 0), link(number + 1, 'next', !isLast)];
      return { headers: { link: links.join(', ') }, body: items(ids) };
    },
  },
  {
    // https://developer.okta.com/docs/reference/core-okta-api/#pagination
    api: 'Okta users',
    path: 'api/v1/users',
    options: { searchParams: { limit: 2 }, pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'after') ?? 0));
      const at = `${got.url.origin}${got.url.pathname}?limit=2`;
      const self = `<${at}>; rel="self"`;
      const link = isLast ? [self] : [self, `<${at}&after=${number + 1}>; rel="next"`];
      return { headers: { link }, body: items(ids) };
    },
  },
  {
    // https://docs.joinmastodon.org/api/guidelines/#pagination
    api: 'Mastodon',
    path: 'api/v1/timelines/home',
    options: { searchParams: { limit: 2 }, pagination: 'link' },
    ids: ['9', '8', '7', '6'],
    server: () => (got) => {
      const max = Number(param(got, 'max_id') ?? 10);
      const ids = ['9', '8', '7', '6'].filter((id) => Number(id) < max).slice(0, 2);
      const at = `${got.url.origin}${got.url.pathname}?limit=2`;
      const link = `<${at}&max_id=${ids.at(-1)}>; rel="next", <${at}&min_id=${ids[0]}>; rel="prev"`;
      return { headers: ids.length === 0 ? {} : { link }, body: items(ids) };
    },
  },
  {
    // https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/
    api: 'WordPress',
    path: 'wp-json/wp/v2/posts',
    options: { searchParams: { per_page: 2 }, pagination: 'link' },
    ids: FIVE,
    server: () => (got) => {
      const number = Number(param(got, 'page') ?? 1);
      if (number > 3) return badRequest('rest_post_invalid_page_number');
      const next = `<${got.url.origin}${got.url.pathname}?per_page=2&page=${number + 1}>; rel="next"`;
      const headers = { 'x-wp-total': '5', 'x-wp-totalpages': '3' };
      return {
        headers: { ...headers, ...(number < 3 ? { link: next } : {}) },
        body: items(PAGES[number - 1] ?? []),
      };
    },
  },
  {
    api: 'PayPal',
    path: 'v1/billing/plans',
    options: { items: 'plans', pagination: { next: 'links[rel=next].href' } },
    ids: FIVE,
    server: () =>
      naming(here, (ids, next) => ({
        plans: items(ids),
        links: [{ href: 'x', rel: 'self' }, ...(next ? [{ href: next, rel: 'next' }] : [])],
      })),
  },
  {
    // https://hl7.org/fhir/http.html#paging: a list without entries is left out.
    api: 'FHIR search',
    path: 'fhir/Patient',
    options: { items: 'entry?', pagination: { next: 'link[relation=next].url' } },
    idOf: wrappedIdOf('resource'),
    ids: FIVE,
    server: () =>
      naming(
        here,
        (ids, next) => ({
          resourceType: 'Bundle',
          link: [
            { relation: 'self', url: 'x' },
            ...(next ? [{ relation: 'next', url: next }] : []),
          ],
          ...(ids.length === 0 ? {} : { entry: ids.map((id) => ({ resource: { id } })) }),
        }),
        [['1', '2'], [], ['3', '4', '5'], []],
      ),
  },
  {
    api: 'LinkedIn',
    path: 'v2/organizations',
    options: {
      searchParams: { q: 'all' },
      items: 'elements',
      pagination: { next: 'paging.links[rel=next].href' },
    },
    ids: FIVE,
    server: () =>
      naming(path, (ids, next) => ({
        elements: items(ids),
        paging: { start: 0, count: 2, links: next ? [{ rel: 'next', href: next }] : [] },
      })),
  },
  {
    // https://documentation.mailgun.com/docs/mailgun/user-manual/events: the last page is an empty one, and names another.
    api: 'Mailgun events',
    path: 'v3/example.com/events',
    options: { items: 'items', pagination: { next: 'paging.next', more: 'items' } },
    ids: FIVE,
    server: () => (got) => {
      const { ids, next } = endless(Number(param(got, 'p') ?? 0), got);
      return { body: { items: items(ids), paging: { next, previous: next } } };
    },
  },
  {
    api: 'Facebook Graph',
    path: 'v19.0/me/posts',
    options: { items: 'data', pagination: { next: 'paging.next' } },
    ids: FIVE,
    server: () => (got) => {
      const { ids, next } = endless(Number(param(got, 'p') ?? 0), got);
      return { body: { data: items(ids), ...(ids.length === 0 ? {} : { paging: { next } }) } };
    },
  },
  {
    api: 'Bitbucket',
    path: '2.0/repositories/a',
    options: { searchParams: { pagelen: 2 }, items: 'values', pagination: { next: 'next' } },
    ids: FIVE,
    server: () =>
      naming(here, (ids, next) => ({ pagelen: 2, values: items(ids), ...(next ? { next } : {}) })),
  },
  {
    // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
    api: 'Dynamics 365',
    path: 'api/data/v9.2/accounts',
    options: {
      searchParams: { $select: 'name' },
      headers: { prefer: 'odata.maxpagesize=2' },
      items: 'value',
      pagination: { next: '@odata.nextLink' },
    },
    ids: FIVE,
    server: () => (got) =>
      got.headers['prefer'] === 'odata.maxpagesize=2'
        ? naming(here, (ids, next) => ({
            value: items(ids),
            ...(next ? { '@odata.nextLink': next } : {}),
          }))(got)
        : badRequest('another page size'),
  },
  {
    api: 'Recurly',
    path: 'accounts',
    options: { items: 'data', pagination: { next: 'next', more: 'has_more' } },
    ids: FIVE,
    server: () =>
      naming(path, (ids, next) => ({
        object: 'list',
        has_more: next !== undefined,
        next: orNull(next),
        data: items(ids),
      })),
  },
  {
    api: 'Front',
    path: 'contacts',
    options: { items: '_results', pagination: { next: '_pagination.next' } },
    ids: FIVE,
    server: () =>
      naming(here, (ids, next) => ({ _pagination: { next: orNull(next) }, _results: items(ids) })),
  },
  {
    api: 'Help Scout',
    path: 'v2/conversations',
    options: { items: '_embedded.conversations', pagination: { next: '_links.next.href' } },
    ids: FIVE,
    server: () =>
      naming(here, (ids, next) => ({
        _embedded: { conversations: items(ids) },
        _links: { self: { href: 'x' }, ...(next ? { next: { href: next } } : {}) },
      })),
  },
  {
    // A HAL list without entries has nothing embedded, as Spring HATEOAS writes it.
    api: 'Spring HATEOAS',
    variant: 'without entries',
    path: 'orders',
    options: { items: '_embedded.orders', pagination: { next: '_links.next.href' } },
    ids: [],
    server: () => () => ({ body: { _links: { self: { href: 'x' } }, page: { totalElements: 0 } } }),
  },
  {
    api: 'Kommo',
    variant: 'without entries',
    path: 'api/v4/leads',
    options: { items: '_embedded.leads', pagination: { next: '_links.next.href' } },
    ids: [],
    server: () => () => ({ status: 204 }),
  },
  {
    // https://developer.walmart.com: a cursor that is the next page's query.
    api: 'Walmart orders',
    path: 'v3/orders',
    options: {
      searchParams: { limit: 2 },
      items: 'list.elements.order',
      pagination: { next: 'list.meta.nextCursor' },
    },
    ids: FIVE,
    server: () =>
      naming(
        (number) => `?limit=2&p=${number}`,
        (ids, next) => ({
          list: {
            meta: { totalCount: 5, nextCursor: orNull(next) },
            elements: { order: items(ids) },
          },
        }),
      ),
  },
  {
    // Its addresses are relative to the base URL, not to the host.
    api: 'DocuSign',
    path: 'v2.1/accounts/1/envelopes',
    options: {
      searchParams: { from_date: '2024-01-01' },
      items: 'envelopes?',
      pagination: (_response, body) => {
        const next = ownValue(body, 'nextUri');
        return typeof next === 'string' && next !== '' ? { url: `v2.1${next}` } : undefined;
      },
    },
    ids: FIVE,
    server: () => (got) => {
      if (!got.url.pathname.startsWith('/v2.1/')) return { status: 404 };
      const next: Address = (number) => `/accounts/1/envelopes?from_date=2024-01-01&p=${number}`;
      return naming(next, (ids, uri) => ({ envelopes: items(ids), nextUri: uri ?? '' }))(got);
    },
  },
  {
    // https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports: the address stays on the last page.
    api: 'Zendesk time-based export',
    path: 'api/v2/incremental/users.json',
    options: {
      searchParams: { start_time: 0 },
      items: 'users',
      pagination: { next: 'next_page', more: '!end_of_stream' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'start_time')));
      const next = `${got.url.origin}${got.url.pathname}?start_time=${number + 1}`;
      return { body: { users: items(ids), next_page: next, end_of_stream: isLast } };
    },
  },
];
