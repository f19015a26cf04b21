import { chunks, field, FIVE, items, page, param, type StyleCase } from './style-case.js';

/** APIs that are asked for an offset or a page number. */
export const numberCases: readonly StyleCase[] = [
  {
    api: 'Pipedrive v1',
    path: 'v1/leads',
    options: {
      searchParams: { limit: 2 },
      items: 'data',
      pagination: {
        cursor: 'additional_data.pagination.next_start',
        param: 'start',
        more: 'additional_data.pagination.more_items_in_collection',
      },
    },
    ids: ['1', '2', '3', '4'],
    server: () => pipedrive,
  },
  {
    api: 'Pipedrive v1',
    variant: 'by its offset',
    path: 'v1/leads',
    options: { items: 'data', pagination: { offset: 'start', limit: ['limit', 2] } },
    ids: ['1', '2', '3', '4'],
    server: () => pipedrive,
  },
  {
    api: 'Mailchimp',
    path: '3.0/lists/x/members',
    options: {
      items: 'members',
      pagination: { offset: 'offset', limit: ['count', 2], total: 'total_items' },
    },
    ids: FIVE,
    server: () => (got) => {
      const offset = Number(param(got, 'offset'));
      return {
        body: {
          members: items(FIVE.slice(offset, offset + Number(param(got, 'count')))),
          total_items: 5,
        },
      };
    },
  },
  {
    api: 'ServiceNow Table API',
    path: 'api/now/table/incident',
    options: {
      items: 'result',
      pagination: { offset: 'sysparm_offset', limit: ['sysparm_limit', 3] },
    },
    idOf: field('sys_id'),
    // The hidden rows are filtered after the page is cut.
    ids: ['1', '4', '5', '6', '8'],
    server: () => (got) => {
      const offset = Number(param(got, 'sysparm_offset'));
      const rows = ['1', 'hidden', 'hidden', '4', '5', '6', 'hidden', '8'].slice(
        offset,
        offset + 3,
      );
      return {
        headers: { 'x-total-count': '8' },
        body: {
          result: items(
            rows.filter((row) => row !== 'hidden'),
            'sys_id',
          ),
        },
      };
    },
  },
  {
    api: 'GitLab offset',
    path: 'api/v4/projects/1/issues',
    options: { pagination: { page: 'page', size: ['per_page', 2] } },
    ids: FIVE,
    server: () => gitlab,
  },
  {
    api: 'GitLab offset',
    variant: 'by its header',
    path: 'api/v4/projects/1/issues',
    options: {
      searchParams: { per_page: 2 },
      pagination: ({ headers }) => {
        const next = headers.get('x-next-page');
        return next === null || next === '' ? undefined : { searchParams: { page: next } };
      },
    },
    ids: FIVE,
    server: () => gitlab,
  },
  {
    api: 'BigCommerce v3',
    variant: 'v2, which ends with 204',
    isAside: true,
    path: 'stores/x/v2/orders',
    options: { pagination: { page: 'page', size: ['limit', 2] } },
    ids: FIVE,
    server: () => (got) => {
      const ids = chunks(FIVE, 2)[Number(param(got, 'page')) - 1];
      return ids === undefined ? { status: 204 } : { body: items(ids) };
    },
  },
];

function pipedrive(got: Parameters<ReturnType<StyleCase['server']>>[0]) {
  const start = Number(param(got, 'start') ?? 0);
  const ids = ['1', '2', '3', '4'].slice(start, start + 2);
  // It learns that there are no more rows only from the empty page.
  const more =
    ids.length === 2
      ? { more_items_in_collection: true, next_start: start + 2 }
      : { more_items_in_collection: false };
  return {
    body: {
      success: true,
      data: ids.length === 0 ? null : items(ids),
      additional_data: { pagination: { start, limit: 2, ...more } },
    },
  };
}

function gitlab(got: Parameters<ReturnType<StyleCase['server']>>[0]) {
  const { ids, isLast, number } = page(chunks(FIVE, 2), Number(param(got, 'page') ?? 1) - 1);
  const headers = {
    'x-page': String(number + 1),
    'x-next-page': isLast ? '' : String(number + 2),
    'x-per-page': '2',
    'x-total': '5',
    'x-total-pages': '3',
  };
  return { headers, body: items(ids) };
}
