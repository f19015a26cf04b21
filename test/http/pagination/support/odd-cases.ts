import { isObject, ownValue } from '../../../../src/core/json.js';
import {
  badRequest,
  chunks,
  field,
  FIVE,
  items,
  page,
  param,
  posted,
  type StyleCase,
} from './style-case.js';

const PAGES = chunks(FIVE, 2);

/** A list that may be left out: what connectors write for such APIs. */
function listAt(body: unknown, ...path: readonly string[]): readonly unknown[] {
  const list = path.reduce(ownValue, body);
  return Array.isArray(list) ? list : [];
}

const at = (body: unknown, ...path: readonly string[]) => path.reduce(ownValue, body);

function relay(api: string, place: readonly string[], onLastPage: 'cursor' | 'nothing'): StyleCase {
  return {
    api,
    path: 'graphql',
    options: {
      json: { query: 'query ($after: String) { … }', variables: { first: 2 } },
      pagination: { graphql: ['data', ...place].join('.') },
    },
    ids: FIVE,
    server: () => (got) => {
      if (posted(got, 'variables', 'first') !== 2) return badRequest('first was lost');
      const list = onLastPage === 'cursor' ? PAGES : [...PAGES, []];
      const { ids, isLast, number } = page(list, Number(posted(got, 'variables', 'after') ?? 0));
      const endCursor = isLast && onLastPage === 'nothing' ? null : String(number + 1);
      const connection: unknown = {
        nodes: items(ids),
        pageInfo: { hasNextPage: !isLast, endCursor },
      };
      return {
        body: { data: place.reduceRight((inner, name) => ({ [name]: inner }), connection) },
      };
    },
  };
}

/** GraphQL, and APIs for which a connector writes a function. */
export const oddCases: readonly StyleCase[] = [
  relay('GitHub GraphQL', ['repository', 'issues'], 'cursor'),
  relay('Shopify GraphQL Admin', ['products'], 'nothing'),
  relay('Linear', ['issues'], 'nothing'),
  {
    api: 'Salesforce Bulk API 2.0 results',
    path: 'services/data/v60.0/jobs/query/x/results',
    options: {
      searchParams: { maxRecords: 2 },
      headers: { accept: 'text/csv' },
      items: (csv) =>
        String(csv)
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => ({ Id: line.replaceAll('"', '') })),
      pagination: ({ headers }) => {
        const locator = headers.get('sforce-locator');
        return locator === null || locator === 'null' ? undefined : { searchParams: { locator } };
      },
    },
    idOf: field('Id'),
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(param(got, 'locator') ?? 0));
      const headers = {
        'content-type': 'text/csv',
        'sforce-locator': isLast ? 'null' : String(number + 1),
        'sforce-numberofrecords': String(ids.length),
      };
      return { headers, body: ['"Id"', ...ids.map((id) => `"${id}"`), ''].join('\n') };
    },
  },
  {
    api: 'monday.com items',
    path: 'v2',
    options: {
      json: { query: 'boards { items_page }' },
      items: (body) =>
        listAt(body, 'data', 'boards', '0', 'items_page', 'items').concat(
          listAt(body, 'data', 'next_items_page', 'items'),
        ),
      pagination: (_response, body) => {
        const cursor =
          at(body, 'data', 'boards', '0', 'items_page', 'cursor') ??
          at(body, 'data', 'next_items_page', 'cursor');
        return typeof cursor === 'string'
          ? { json: { query: 'next_items_page', variables: { cursor } } }
          : undefined;
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(PAGES, Number(posted(got, 'variables', 'cursor') ?? 0));
      const found = { cursor: isLast ? null : String(number + 1), items: items(ids) };
      return {
        body: {
          data: number === 0 ? { boards: [{ items_page: found }] } : { next_items_page: found },
        },
      };
    },
  },
  {
    api: 'QuickBooks Online query',
    path: 'v3/company/1/query',
    options: {
      searchParams: { query: 'select * from Invoice orderby Id STARTPOSITION 1 MAXRESULTS 2' },
      items: (body) => listAt(body, 'QueryResponse', 'Invoice'),
      pagination: (_response, body, { searchParams }) => {
        const count = listAt(body, 'QueryResponse', 'Invoice').length;
        const query = searchParams['query'];
        if (typeof query !== 'string') return undefined;
        const next = Number(/STARTPOSITION (\d+)/.exec(query)?.[1]) + count;
        return count < 2
          ? undefined
          : {
              searchParams: { query: query.replace(/STARTPOSITION \d+/, `STARTPOSITION ${next}`) },
            };
      },
    },
    idOf: field('Id'),
    ids: ['1', '2', '3', '4'],
    server: () => (got) => {
      const start = Number(/STARTPOSITION (\d+)/.exec(param(got, 'query') ?? '')?.[1]);
      const ids = ['1', '2', '3', '4'].slice(start - 1, start + 1);
      const found =
        ids.length === 0
          ? {}
          : { Invoice: items(ids, 'Id'), startPosition: start, maxResults: ids.length };
      return { body: { QueryResponse: found, time: '2026-03-02T10:00:00.000-08:00' } };
    },
  },
  {
    api: 'Dropbox list_folder',
    path: '2/files/list_folder',
    options: {
      method: 'POST',
      json: { path: '/all', recursive: true },
      items: 'entries',
      pagination: (_response, body) =>
        at(body, 'has_more') === true
          ? {
              url: '2/files/list_folder/continue',
              json: { path: undefined, recursive: undefined, cursor: at(body, 'cursor') },
            }
          : undefined,
    },
    ids: FIVE,
    server: () => (got) => {
      const isFirst = got.url.pathname === '/2/files/list_folder';
      const given: unknown = JSON.parse(got.body);
      if (!isFirst && isObject(given) && Object.keys(given).join() !== 'cursor')
        return badRequest('unknown field');
      const { ids, isLast, number } = page(
        [...PAGES, []],
        isFirst ? 0 : Number(posted(got, 'cursor')),
      );
      const entries = ids.map((id) => ({ '.tag': 'file', id }));
      return { body: { entries, cursor: String(number + 1), has_more: !isLast } };
    },
  },
  {
    api: 'Elasticsearch scroll',
    path: 'orders/_search',
    options: {
      method: 'POST',
      searchParams: { scroll: '1m' },
      json: { size: 2 },
      items: 'hits.hits',
      pagination: (_response, body) =>
        listAt(body, 'hits', 'hits').length === 0
          ? undefined
          : {
              url: '_search/scroll',
              searchParams: { scroll: undefined },
              json: { size: undefined, scroll: '1m', scroll_id: at(body, '_scroll_id') },
            },
    },
    idOf: field('_id'),
    ids: FIVE,
    server: () => {
      let next = 0;
      return (got) => {
        if (got.url.pathname === '/orders/_search') next = 0;
        else if (posted(got, 'scroll_id') !== 'DXF1ZXJ5') return badRequest('no such scroll');
        const { ids } = page(PAGES, next++);
        return { body: { _scroll_id: 'DXF1ZXJ5', hits: { hits: items(ids, '_id') } } };
      };
    },
  },
];
