import { numbered, numberIn, PAGES } from './list-servers.js';
import { badRequest, chunks, FIVE, items, param, posted, type StyleCase } from './style-case.js';

function magento(ids: readonly string[]): StyleCase {
  return {
    // https://github.com/magento/magento2/issues/3787: behind the last page it comes again.
    api: 'Magento',
    variant: `of ${ids.length}`,
    path: 'rest/V1/orders',
    options: {
      items: 'items',
      pagination: {
        page: 'searchCriteria[currentPage]',
        size: ['searchCriteria[pageSize]', 2],
        total: 'total_count',
      },
    },
    ids,
    server: () => (got) => {
      const list = chunks(ids, Number(param(got, 'searchCriteria[pageSize]')));
      const number = Math.min(Number(param(got, 'searchCriteria[currentPage]')), list.length);
      return { body: { items: items(list[number - 1] ?? []), total_count: ids.length } };
    },
  };
}

/** APIs beyond the corpus with numbered pages. */
export const pageCases: readonly StyleCase[] = [
  magento(FIVE),
  magento(['1', '2', '3', '4']),
  // Its count could be that of the page alone, so the next page is asked for.
  magento(['1', '2']),
  {
    // https://api.stackexchange.com/docs/paging: pages beyond the 25th need a key, so none is asked for in vain.
    api: 'Stack Exchange',
    path: '2.3/questions',
    options: {
      items: 'items',
      pagination: { page: 'page', size: ['pagesize', 2], more: 'has_more' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('page', 1), (ids, isLast) => ({ items: items(ids), has_more: !isLast })),
  },
  {
    api: 'Zoho Books',
    path: 'books/v3/contacts',
    options: {
      items: 'contacts',
      pagination: { page: 'page', size: ['per_page', 2], more: 'page_context.has_more_page' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('page', 1), (ids, isLast) => ({
        code: 0,
        contacts: items(ids),
        page_context: { has_more_page: !isLast },
      })),
  },
  {
    // https://developer.clickup.com/reference/gettasks: the size is fixed.
    api: 'ClickUp',
    path: 'api/v2/list/1/task',
    options: { items: 'tasks', pagination: { page: 'page', start: 0, more: '!last_page' } },
    ids: FIVE,
    server: () => (got) =>
      [...got.url.searchParams.keys()].join() === 'page'
        ? numbered(numberIn('page', 0), (ids, last_page) => ({ tasks: items(ids), last_page }))(got)
        : badRequest('unknown parameter'),
  },
  {
    // https://www.braze.com/docs/api/endpoints/export/campaigns/get_campaigns: the size is fixed, and an empty page is the end.
    api: 'Braze',
    path: 'campaigns/list',
    options: { items: 'campaigns', pagination: { page: 'page', start: 0 } },
    ids: FIVE,
    server: () => (got) => ({ body: { campaigns: items(PAGES[numberIn('page', 0)(got)] ?? []) } }),
  },
  {
    api: 'Spring Data',
    path: 'v1/contacts',
    options: {
      items: 'content',
      pagination: { page: 'page', size: ['size', 2], start: 0, more: '!last' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('page', 0), (ids, last) => ({ content: items(ids), last, totalPages: 3 })),
  },
  {
    // https://www.algolia.com/doc/api-reference/api-methods/search/
    api: 'Algolia search',
    path: '1/indexes/a/query',
    options: {
      json: { query: '' },
      items: 'hits',
      pagination: {
        page: 'page',
        size: ['hitsPerPage', 2],
        start: 0,
        in: 'json',
        pages: 'nbPages',
      },
    },
    ids: FIVE,
    server: () =>
      numbered(
        (got) => Number(posted(got, 'page')),
        (ids) => ({ hits: items(ids), nbPages: 3 }),
      ),
  },
  {
    // https://developer.fortnox.se/general/parameters/
    api: 'Fortnox',
    path: '3/invoices',
    options: {
      items: 'Invoices',
      pagination: { page: 'page', size: ['limit', 2], pages: 'MetaInformation.@TotalPages' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('page', 1), (ids) => ({
        MetaInformation: { '@TotalPages': 3 },
        Invoices: items(ids),
      })),
  },
  {
    // https://www.last.fm/api/show/user.getRecentTracks: numbers as texts.
    api: 'Last.fm',
    path: '2.0/',
    options: {
      items: 'recenttracks.track',
      pagination: { page: 'page', size: ['limit', 2], pages: 'recenttracks.@attr.totalPages' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('page', 1), (ids) => ({
        recenttracks: { '@attr': { totalPages: '3' }, track: items(ids) },
      })),
  },
  {
    api: 'Strapi',
    path: 'api/articles',
    options: {
      items: 'data',
      pagination: {
        page: 'pagination[page]',
        size: ['pagination[pageSize]', 2],
        pages: 'meta.pagination.pageCount',
      },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('pagination[page]', 1), (ids) => ({
        data: items(ids),
        meta: { pagination: { pageCount: 3, total: 5 } },
      })),
  },
  {
    // https://developer.salesforce.com/docs/marketing/marketing-cloud: hasMoreRows, and a page size that it caps.
    api: 'Marketing Cloud',
    path: 'data/v1/customobjectdata/key/a/rowset',
    options: {
      items: 'items',
      pagination: { page: '$page', size: ['$pageSize', 5000], more: 'hasMoreRows' },
    },
    ids: FIVE,
    server: () =>
      numbered(numberIn('$page', 1), (ids, isLast) => ({
        items: items(ids),
        hasMoreRows: !isLast,
      })),
  },
  {
    // GraphQL of numbered pages: https://docs.anilist.co/guide/graphql/pagination
    api: 'AniList',
    path: '',
    options: {
      json: { query: 'query ($page: Int, $perPage: Int) { … }', variables: { type: 'ANIME' } },
      items: 'data.Page.media',
      pagination: {
        page: 'variables.page',
        size: ['variables.perPage', 2],
        in: 'json',
        more: 'data.Page.pageInfo.hasNextPage',
      },
    },
    ids: FIVE,
    server: () => (got) =>
      posted(got, 'variables', 'type') === 'ANIME'
        ? numbered(
            () => Number(posted(got, 'variables', 'page')) - 1,
            (ids, isLast) => ({
              data: { Page: { pageInfo: { hasNextPage: !isLast }, media: items(ids) } },
            }),
          )(got)
        : badRequest('the type was lost'),
  },
];
