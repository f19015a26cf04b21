import { ownValue } from '../../../../src/core/json.js';
import {
  badRequest,
  chunks,
  field,
  FIVE,
  idOf,
  items,
  page,
  param,
  posted,
  type StyleCase,
} from './style-case.js';

const PAGES = chunks(FIVE, 2);

/** The page after the item with an id: what APIs without tokens of their own do. */
function after(id: unknown, size = 2) {
  const start = typeof id === 'string' ? FIVE.findIndex((known) => known === id) + 1 : 0;
  return { ids: FIVE.slice(start, start + size), isLast: start + size >= FIVE.length };
}

/** APIs that give a token for the next page, or take a field of the last item. */
export const cursorCases: readonly StyleCase[] = [
  {
    api: 'HubSpot CRM search',
    path: 'crm/v3/objects/contacts/search',
    options: {
      method: 'POST',
      json: { limit: 2, sorts: ['id'], gt: '0' },
      items: 'results',
      pagination: { cursor: 'paging.next.after', param: 'after', in: 'json' },
      // The API answers 400 beyond 10,000 results, here beyond 4.
      restart: { after: 4, with: (last) => ({ json: { gt: idOf(last) } }) },
    },
    ids: [...FIVE, '6', '7', '8', '9'],
    server: () => (got) => {
      const start = Number(posted(got, 'after') ?? 0);
      if (start + 2 > 4) return badRequest('beyond 10,000');
      const found = [...FIVE, '6', '7', '8', '9'].filter(
        (id) => Number(id) > Number(posted(got, 'gt')),
      );
      const next = { next: { after: String(start + 2) } };
      const isLast = start + 2 >= Math.min(found.length, 4);
      return {
        body: {
          total: found.length,
          results: items(found.slice(start, start + 2)),
          ...(isLast ? {} : { paging: next }),
        },
      };
    },
  },
  {
    api: 'Stripe',
    path: 'v1/customers',
    options: {
      searchParams: { limit: 2 },
      items: 'data',
      pagination: { cursor: { lastItem: 'id' }, param: 'starting_after', more: 'has_more' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast } = after(param(got, 'starting_after'));
      return {
        body: { object: 'list', url: '/v1/customers', has_more: !isLast, data: items(ids) },
      };
    },
  },
  {
    api: 'Jira Cloud enhanced search',
    path: 'rest/api/3/search/jql',
    options: {
      searchParams: { jql: 'updated >= -30d', maxResults: 2 },
      items: 'issues',
      pagination: { cursor: 'nextPageToken', param: 'nextPageToken', more: '!isLast' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'nextPageToken') ?? 0));
      return {
        body: {
          issues: items(ids),
          isLast,
          ...(isLast ? {} : { nextPageToken: String(number + 1) }),
        },
      };
    },
  },
  {
    api: 'Intercom contacts search',
    path: 'contacts/search',
    options: {
      method: 'POST',
      json: { query: { field: 'updated_at' }, pagination: { per_page: 2 } },
      items: 'data',
      pagination: {
        cursor: 'pages.next.starting_after',
        param: 'pagination.starting_after',
        in: 'json',
      },
    },
    ids: FIVE,
    server: () => (got) => {
      if (posted(got, 'pagination', 'per_page') !== 2) return badRequest('per_page was lost');
      const { ids, isLast, number } = page(
        PAGES,
        Number(posted(got, 'pagination', 'starting_after') ?? 0),
      );
      const next = { page: number + 2, starting_after: String(number + 1) };
      const pages = {
        type: 'pages',
        page: number + 1,
        per_page: 2,
        total_pages: 3,
        ...(isLast ? {} : { next }),
      };
      return { body: { type: 'list', data: items(ids), total_count: 5, pages } };
    },
  },
  {
    api: 'Notion',
    path: 'v1/databases/x/query',
    options: {
      method: 'POST',
      json: { page_size: 2 },
      items: 'results',
      pagination: { cursor: 'next_cursor', param: 'start_cursor', in: 'json', more: 'has_more' },
    },
    ids: FIVE,
    server: () => (got) => {
      if (posted(got, 'start_cursor') === null) return badRequest('start_cursor must be omitted');
      const { ids, isLast, number } = page(PAGES, Number(posted(got, 'start_cursor') ?? 0));
      return {
        body: {
          object: 'list',
          results: items(ids),
          has_more: !isLast,
          next_cursor: isLast ? null : String(number + 1),
        },
      };
    },
  },
  {
    api: 'Airtable',
    path: 'v0/app/Table',
    options: {
      searchParams: { pageSize: 2 },
      items: 'records',
      pagination: { cursor: 'offset', param: 'offset' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(
        PAGES,
        Number(param(got, 'offset')?.replace('itr/', '') ?? 0),
      );
      return { body: { records: items(ids), ...(isLast ? {} : { offset: `itr/${number + 1}` }) } };
    },
  },
  {
    api: 'Chargebee',
    path: 'api/v2/customers',
    options: {
      searchParams: { limit: 2 },
      items: 'list',
      pagination: { cursor: 'next_offset', param: 'offset' },
    },
    idOf: (record) => idOf(ownValue(record, 'customer')),
    ids: FIVE,
    server: () => (got) => {
      const offset: unknown = JSON.parse(param(got, 'offset') ?? '["","0"]');
      const { ids, isLast, number } = page(PAGES, Number(ownValue(offset, '1')));
      const next = JSON.stringify(['1700000000000', String(number + 1)]);
      return {
        body: {
          list: ids.map((id) => ({ customer: { id } })),
          ...(isLast ? {} : { next_offset: next }),
        },
      };
    },
  },
  {
    api: 'Box marker',
    path: '2.0/folders/0/items',
    options: {
      searchParams: { usemarker: true, limit: 2 },
      items: 'entries',
      pagination: { cursor: 'next_marker', param: 'marker' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'marker') ?? 0));
      return {
        body: { entries: items(ids), limit: 2, next_marker: isLast ? '' : String(number + 1) },
      };
    },
  },
  {
    api: 'X (Twitter) v2',
    path: '2/users/1/tweets',
    options: {
      searchParams: { max_results: 2 },
      items: 'data',
      pagination: { cursor: 'meta.next_token', param: 'pagination_token' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(
        [...PAGES, []],
        Number(param(got, 'pagination_token') ?? 0),
      );
      const next = isLast ? {} : { next_token: String(number + 1) };
      return {
        body: {
          ...(ids.length === 0 ? {} : { data: items(ids) }),
          meta: { result_count: ids.length, ...next },
        },
      };
    },
  },
  {
    api: 'Typeform responses',
    path: 'forms/x/responses',
    options: {
      searchParams: { page_size: 2 },
      items: 'items',
      pagination: { cursor: { lastItem: 'token' }, param: 'before' },
    },
    idOf: field('token'),
    ids: FIVE,
    server: () => (got) => ({
      body: {
        total_items: 5,
        page_count: 3,
        items: items(after(param(got, 'before')).ids, 'token'),
      },
    }),
  },
  {
    api: 'Ashby',
    path: 'candidate.list',
    options: {
      method: 'POST',
      json: { limit: 2 },
      items: 'results',
      pagination: { cursor: 'nextCursor', param: 'cursor', in: 'json', more: 'moreDataAvailable' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(posted(got, 'cursor') ?? 0));
      const end = isLast ? { syncToken: 's1' } : { nextCursor: String(number + 1) };
      return { body: { success: true, results: items(ids), moreDataAvailable: !isLast, ...end } };
    },
  },
  {
    api: 'Trello cards',
    path: '1/boards/x/cards',
    options: {
      searchParams: { limit: 2 },
      pagination: { cursor: { lastItem: 'id' }, param: 'before' },
    },
    ids: FIVE,
    server: () => (got) => ({ body: items(after(param(got, 'before')).ids) }),
  },
];
