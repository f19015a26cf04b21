import type { Answered, Got } from '../../support/loopback.js';
import { inJson, inQuery, maybe, PAGES, SPARSE, tokens } from './list-servers.js';
import {
  badRequest,
  FIVE,
  items,
  page,
  param,
  posted,
  wrappedIdOf,
  type StyleCase,
} from './style-case.js';

/** Refuses what the first request alone may have. */
const alone =
  (name: string, others: readonly string[], server: (got: Got) => Answered) =>
  (got: Got): Answered =>
    param(got, name) !== null && others.some((other) => got.url.searchParams.has(other))
      ? badRequest(`${others.join()} with ${name}`)
      : server(got);

/** APIs beyond the corpus, by where their tokens come from and where they go. */
export const tokenPlaceCases: readonly StyleCase[] = [
  {
    api: 'Asana',
    path: 'api/1.0/tasks',
    options: { items: 'data', pagination: { cursor: 'next_page.offset', param: 'offset' } },
    ids: FIVE,
    server: () =>
      tokens(inQuery('offset'), (ids, next) => ({
        data: items(ids),
        next_page: next === undefined ? null : { offset: next, path: '/tasks', uri: 'x' },
      })),
  },
  {
    api: 'Zoom',
    path: 'v2/users',
    options: {
      items: 'users',
      pagination: { cursor: 'next_page_token', param: 'next_page_token' },
    },
    ids: FIVE,
    server: () =>
      tokens(inQuery('next_page_token'), (ids, next) => ({
        users: items(ids),
        next_page_token: next ?? '',
      })),
  },
  {
    // https://learn.microsoft.com/rest/api/azure/devops/graph/users/list
    api: 'Azure DevOps',
    path: '_apis/graph/users',
    options: {
      items: 'value',
      pagination: { cursor: { header: 'X-MS-ContinuationToken' }, param: 'continuationToken' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(SPARSE, Number(param(got, 'continuationToken') ?? 0));
      const headers = isLast ? {} : { 'x-ms-continuationtoken': String(number + 1) };
      return { headers, body: { count: ids.length, value: items(ids) } };
    },
  },
  {
    api: 'Salesforce Bulk API 2.0',
    variant: 'by its header',
    path: 'services/data/v60.0/jobs/query/x/results',
    options: {
      searchParams: { maxRecords: 2 },
      items: (csv) => items(String(csv).trim().split('\n')),
      pagination: { cursor: { header: 'sforce-locator' }, param: 'locator' },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'locator') ?? 0));
      const locator = isLast ? 'null' : String(number + 1);
      return {
        headers: { 'content-type': 'text/csv', 'sforce-locator': locator },
        body: ids.join('\n'),
      };
    },
  },
  {
    // https://devcenter.heroku.com/articles/platform-api-reference#ranges
    api: 'Heroku',
    path: 'apps',
    options: {
      headers: { range: 'id ..; max=2' },
      pagination: { cursor: { header: 'next-range' }, param: 'range', in: 'header' },
    },
    ids: FIVE,
    server: () => (got) => {
      const range = String(got.headers['range']);
      if (!range.endsWith('max=2')) return badRequest('another page size');
      const { ids, isLast, number } = page(PAGES, Number(/\](\d)/.exec(range)?.[1] ?? 0));
      return {
        status: isLast ? 200 : 206,
        headers: isLast ? {} : { 'next-range': `id ]${number + 1}..; max=2` },
        body: items(ids),
      };
    },
  },
  {
    // https://learn.microsoft.com/rest/api/cosmos-db/querying-cosmosdb-resources-using-the-rest-api
    api: 'Cosmos DB',
    path: 'dbs/a/colls/b/docs',
    options: {
      json: { query: 'SELECT * FROM c', parameters: [] },
      headers: { 'x-ms-max-item-count': '2' },
      items: 'Documents',
      pagination: {
        cursor: { header: 'x-ms-continuation' },
        param: 'x-ms-continuation',
        in: 'header',
      },
    },
    ids: FIVE,
    server: () => (got) => {
      if (got.method !== 'POST' || posted(got, 'query') !== 'SELECT * FROM c')
        return badRequest('no query');
      const { ids, isLast, number } = page(SPARSE, Number(got.headers['x-ms-continuation'] ?? 0));
      const headers = isLast ? {} : { 'x-ms-continuation': String(number + 1) };
      return { headers, body: { Documents: items(ids), _count: ids.length } };
    },
  },
  {
    // https://developer-docs.amazon.com/sp-api/docs/reports-api-v2021-06-30-reference#getreports: beside nextToken all else is refused.
    api: 'Amazon SP-API reports',
    path: 'reports/2021-06-30/reports',
    options: {
      searchParams: { reportTypes: 'A', pageSize: 2 },
      items: 'reports',
      pagination: { cursor: 'nextToken', param: 'nextToken', keep: [] },
    },
    ids: FIVE,
    server: () =>
      alone(
        'nextToken',
        ['reportTypes', 'pageSize'],
        tokens(inQuery('nextToken'), (ids, next) => ({
          reports: items(ids),
          ...maybe('nextToken', next),
        })),
      ),
  },
  {
    // https://developer.rechargepayments.com/2021-11/cursor_pagination
    api: 'Recharge',
    path: 'orders',
    options: {
      searchParams: { limit: 2, status: 'success' },
      items: 'orders',
      pagination: { cursor: 'next_cursor', param: 'cursor', keep: ['limit'] },
    },
    ids: FIVE,
    server: () => (got) =>
      param(got, 'limit') !== '2'
        ? badRequest('another page size')
        : alone(
            'cursor',
            ['status'],
            tokens(inQuery('cursor'), (ids, next) => ({
              orders: items(ids),
              next_cursor: next ?? null,
            })),
          )(got),
  },
  {
    // https://docs.datadoghq.com/api/latest/logs/#search-logs-post
    api: 'Datadog logs',
    path: 'api/v2/logs/events/search',
    options: {
      json: { filter: { query: '*' }, page: { limit: 2 } },
      items: 'data',
      pagination: { cursor: 'meta.page.after', param: 'page.cursor', in: 'json' },
    },
    ids: FIVE,
    server: () => (got) =>
      posted(got, 'page', 'limit') === 2
        ? tokens(inJson('page', 'cursor'), (ids, next) => ({
            data: items(ids),
            meta: next === undefined ? {} : { page: { after: next } },
          }))(got)
        : badRequest('limit was lost'),
  },
  {
    api: 'Reddit',
    path: 'r/a/new',
    options: { items: 'data.children', pagination: { cursor: 'data.after', param: 'after' } },
    idOf: wrappedIdOf('data'),
    ids: FIVE,
    server: () =>
      tokens(inQuery('after'), (ids, next) => ({
        kind: 'Listing',
        data: { after: next ?? null, children: ids.map((id) => ({ kind: 't3', data: { id } })) },
      })),
  },
  {
    api: 'Twitch',
    path: 'helix/streams',
    options: { items: 'data', pagination: { cursor: 'pagination.cursor', param: 'after' } },
    ids: FIVE,
    server: () =>
      tokens(inQuery('after'), (ids, next) => ({
        data: items(ids),
        pagination: maybe('cursor', next),
      })),
  },
];
