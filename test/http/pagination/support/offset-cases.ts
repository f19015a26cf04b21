import { ownValue } from '../../../../src/core/json.js';
import { PAGES, rows } from './list-servers.js';
import { badRequest, FIVE, items, param, posted, type StyleCase } from './style-case.js';

/** APIs beyond the corpus with offsets. */
export const offsetCases: readonly StyleCase[] = [
  {
    // RFC 7644, 3.4.2.4: the first item has the number 1.
    api: 'SCIM',
    path: 'scim/v2/Users',
    options: {
      items: 'Resources',
      pagination: {
        offset: 'startIndex',
        limit: ['count', 2],
        start: 1,
        total: 'totalResults',
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids } = rows(Number(param(got, 'startIndex')) - 1, Number(param(got, 'count')));
      return { body: { totalResults: 5, Resources: items(ids) } };
    },
  },
  {
    api: 'SCIM',
    variant: 'begun by a parameter',
    path: 'scim/v2/Users',
    options: {
      searchParams: { startIndex: 1 },
      items: 'Resources',
      pagination: { offset: 'startIndex', limit: ['count', 2], total: 'totalResults' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids } = rows(Number(param(got, 'startIndex')) - 1, Number(param(got, 'count')));
      return { body: { totalResults: 5, Resources: items(ids) } };
    },
  },
  {
    // https://developer.pagerduty.com/docs/pagination: an offset behind the end may be refused.
    api: 'PagerDuty',
    path: 'incidents',
    options: {
      items: 'incidents',
      pagination: { offset: 'offset', limit: ['limit', 2], more: 'more' },
    },
    ids: FIVE,
    server: () => (got) => {
      const offset = Number(param(got, 'offset'));
      if (offset >= 5) return badRequest('offset');
      const { ids, isLast } = rows(offset, 2);
      return { body: { incidents: items(ids), more: !isLast, total: null } };
    },
  },
  {
    // Where rows are filtered after the page is cut, a page may be empty and the list not at its end.
    api: 'Close',
    path: 'api/v1/lead/',
    options: {
      items: 'data',
      pagination: { offset: '_skip', limit: ['_limit', 2], more: 'has_more' },
    },
    ids: ['1', '2', '3'],
    server: () => (got) => {
      const all = ['1', '2', 'hidden', 'hidden', 'hidden', '3'];
      const { ids, isLast } = rows(Number(param(got, '_skip')), Number(param(got, '_limit')), all);
      return { body: { data: items(ids.filter((id) => id !== 'hidden')), has_more: !isLast } };
    },
  },
  ...[true, false].map((hasTotal): StyleCase => ({
    // An offset must be a multiple of the limit, as in NetSuite: docs.oracle.com, section_156414087576
    api: 'NetSuite',
    variant: hasTotal ? 'by its total' : 'by hasMore',
    path: 'services/rest/record/v1/customer',
    options: {
      items: 'items',
      pagination: {
        offset: 'offset',
        limit: ['limit', 2],
        overlap: false,
        ...(hasTotal ? { total: 'totalResults' } : { more: 'hasMore' }),
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const offset = Number(param(got, 'offset'));
      if (offset % 2 !== 0 || offset >= 5) return badRequest('INVALID_PARAMETER');
      const { ids, isLast } = rows(offset, 2);
      return { body: { items: items(ids), hasMore: !isLast, totalResults: 5 } };
    },
  })),
  {
    // https://developer.quickbase.com/operation/runQuery: pages are capped by their bytes.
    api: 'Quickbase',
    path: 'v1/records/query',
    options: {
      json: { from: 'a' },
      items: 'data',
      pagination: {
        offset: 'options.skip',
        limit: ['options.top', 100],
        in: 'json',
        total: 'metadata.totalRecords',
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids } = rows(Number(posted(got, 'options', 'skip')), 2);
      return { body: { data: items(ids), metadata: { totalRecords: 5, numRecords: ids.length } } };
    },
  },
  {
    // https://developers.adp.com: behind the end it answers 204.
    api: 'ADP workers',
    path: 'hr/v2/workers',
    options: { items: 'workers', pagination: { offset: '$skip', limit: ['$top', 2] } },
    ids: FIVE,
    server: () => (got) => {
      const { ids } = rows(Number(param(got, '$skip')), 2);
      return ids.length === 0 ? { status: 204 } : { body: { workers: items(ids) } };
    },
  },
  {
    api: 'Odoo',
    path: 'jsonrpc',
    options: {
      json: { jsonrpc: '2.0', method: 'call', params: { kwargs: { order: 'id' } } },
      items: 'result',
      pagination: {
        offset: 'params.kwargs.offset',
        limit: ['params.kwargs.limit', 2],
        in: 'json',
      },
    },
    ids: FIVE,
    server: () => (got) =>
      posted(got, 'params', 'kwargs', 'order') === 'id'
        ? {
            body: { result: items(rows(Number(posted(got, 'params', 'kwargs', 'offset')), 2).ids) },
          }
        : badRequest('the order was lost'),
  },
  {
    // https://developer.mixpanel.com/reference/engage-query: a session and a page.
    api: 'Mixpanel engage',
    path: 'api/query/engage',
    options: {
      method: 'POST',
      items: 'results',
      pagination: (_response, body) => {
        const results = ownValue(body, 'results');
        if (!Array.isArray(results) || results.length === 0) return undefined;
        const session = String(ownValue(body, 'session_id'));
        return {
          searchParams: { session_id: session, page: Number(ownValue(body, 'page')) + 1 },
        };
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const number = Number(param(got, 'page') ?? 0);
      if (number > 0 && param(got, 'session_id') !== 's') return badRequest('session');
      return { body: { page: number, session_id: 's', results: items(PAGES[number] ?? []) } };
    },
  },
];
