import { ownValue } from '../../../../src/core/json.js';
import { maybe, inJson, inQuery, PAGES, SPARSE, tokens } from './list-servers.js';
import {
  badRequest,
  field,
  FIVE,
  items,
  page,
  param,
  posted,
  type StyleCase,
} from './style-case.js';

/** APIs beyond the corpus, by what their tokens are and how they end. */
export const tokenEndCases: readonly StyleCase[] = [
  {
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html: the key is an object, a filtered page may be empty.
    api: 'DynamoDB',
    path: '',
    options: {
      json: { TableName: 'a' },
      headers: { 'x-amz-target': 'DynamoDB_20120810.Scan' },
      items: 'Items',
      pagination: { cursor: 'LastEvaluatedKey', param: 'ExclusiveStartKey', in: 'json' },
    },
    ids: FIVE,
    server: () => (got) =>
      got.headers['x-amz-target'] === undefined
        ? badRequest('no target')
        : tokens(
            inJson('ExclusiveStartKey', 'id', 'S'),
            (ids, next) => ({
              Items: items(ids),
              ...maybe('LastEvaluatedKey', next && { id: { S: next } }),
            }),
            SPARSE,
          )(got),
  },
  {
    // https://www.elastic.co/guide/en/elasticsearch/reference/current/paginate-search-results.html#search-after
    api: 'Elasticsearch search_after',
    path: 'a/_search',
    options: {
      json: { size: 2, sort: [{ at: 'asc' }, { id: 'asc' }] },
      items: 'hits.hits',
      pagination: { cursor: { lastItem: 'sort' }, param: 'search_after', in: 'json' },
    },
    idOf: field('_id'),
    ids: FIVE,
    server: () => (got) => {
      const after = Number(posted(got, 'search_after', '1') ?? 0);
      const hits = FIVE.slice(after, after + 2).map((_id) => ({ _id, sort: [null, Number(_id)] }));
      return { body: { hits: { total: { value: 5 }, hits } } };
    },
  },
  {
    api: 'OpenAI',
    path: 'v1/assistants',
    options: {
      items: 'data',
      pagination: { cursor: 'last_id', param: 'after', more: 'has_more' },
    },
    ids: FIVE,
    server: () => (got) => {
      const after = Number(param(got, 'after') ?? 0);
      const data = items(FIVE.slice(after, after + 2));
      return {
        body: { object: 'list', data, last_id: data.at(-1)?.['id'], has_more: after + 2 < 5 },
      };
    },
  },
  {
    // https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
    api: 'Kubernetes',
    path: 'api/v1/pods',
    options: {
      searchParams: { limit: 2 },
      items: 'items',
      pagination: { cursor: 'metadata.continue', param: 'continue' },
    },
    ids: FIVE,
    server: () =>
      tokens(inQuery('continue'), (ids, next) => ({
        kind: 'PodList',
        metadata: { continue: next ?? '' },
        items: items(ids),
      })),
  },
  ...[SPARSE, [[]]].map((list): StyleCase => ({
    // An empty list is left out, as by all that is written from protocol buffers: Gmail, Google Directory, Compute.
    api: 'Google Directory',
    variant: list.length === 1 ? 'without entries' : 'with empty pages',
    path: 'admin/directory/v1/users',
    options: { items: 'users?', pagination: { cursor: 'nextPageToken', param: 'pageToken' } },
    ids: list.flat(),
    server: () =>
      tokens(
        inQuery('pageToken'),
        (ids, next) => ({
          kind: 'admin#directory#users',
          ...(ids.length === 0 ? {} : { users: items(ids) }),
          ...maybe('nextPageToken', next),
        }),
        list,
      ),
  })),
  {
    // https://experienceleague.adobe.com/docs/marketo-developer: a page without activities has no result, and the token stays at the end.
    api: 'Marketo activities',
    path: 'rest/v1/activities.json',
    options: {
      items: 'result?',
      pagination: { cursor: 'nextPageToken', param: 'nextPageToken', more: 'moreResult' },
    },
    ids: FIVE,
    server: () =>
      tokens(
        inQuery('nextPageToken'),
        (ids, next) => ({
          success: true,
          moreResult: next !== undefined,
          nextPageToken: next ?? 'end',
          ...(ids.length === 0 ? {} : { result: items(ids) }),
        }),
        SPARSE,
      ),
  },
  {
    // https://plaid.com/docs/api/products/transactions/#transactionssync: the cursor stays at the end, for the next run.
    api: 'Plaid',
    path: 'transactions/sync',
    options: {
      json: { client_id: 'a', count: 2 },
      items: 'added',
      pagination: { cursor: 'next_cursor', param: 'cursor', in: 'json', more: 'has_more' },
    },
    ids: FIVE,
    server: () =>
      tokens(inJson('cursor'), (ids, next) => ({
        added: items(ids),
        removed: [],
        next_cursor: next ?? 'end',
        has_more: next !== undefined,
      })),
  },
  {
    // https://www.zoho.com/crm/developer/docs/api/v6/get-records.html: a module without records answers 204.
    api: 'Zoho CRM',
    variant: 'without entries',
    path: 'crm/v6/Leads',
    options: {
      items: 'data',
      pagination: {
        cursor: 'info.next_page_token',
        param: 'page_token',
        more: 'info.more_records',
      },
    },
    ids: [],
    server: () => () => ({ status: 204 }),
  },
  {
    // https://docs.couchdb.org/en/stable/api/database/find.html: behind the end the bookmark is 'nil', and begins anew.
    api: 'CouchDB _find',
    path: 'db/_find',
    options: {
      json: { selector: {}, limit: 2 },
      items: 'docs',
      pagination: { cursor: 'bookmark', param: 'bookmark', in: 'json', more: 'docs' },
    },
    ids: ['1', '2', '3', '4'],
    server: () => (got) => {
      const from = posted(got, 'bookmark') === 'nil' ? 0 : Number(posted(got, 'bookmark') ?? 0);
      const docs = items(['1', '2', '3', '4'].slice(from, from + 2));
      return { body: { docs, bookmark: docs.length === 0 ? 'nil' : String(from + 2) } };
    },
  },
  {
    // https://developer.amazon.com/kinesis: shards go on for ever; what is behind says whether they are read.
    api: 'Kinesis',
    path: '',
    options: {
      json: { ShardIterator: '0' },
      items: 'Records',
      pagination: {
        cursor: 'NextShardIterator',
        param: 'ShardIterator',
        in: 'json',
        more: 'MillisBehindLatest',
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const { ids, isLast, number } = page(SPARSE, Number(posted(got, 'ShardIterator')));
      return {
        body: {
          Records: items(ids),
          NextShardIterator: String(number + 1),
          MillisBehindLatest: isLast ? 0 : 5_000,
        },
      };
    },
  },
  {
    api: 'Bitrix24',
    path: 'rest/crm.lead.list',
    options: { items: 'result', pagination: { cursor: 'next', param: 'start' } },
    ids: FIVE,
    server: () =>
      tokens(inQuery('start'), (ids, next) => ({
        result: items(ids),
        ...maybe('next', next && Number(next)),
      })),
  },
  {
    api: 'Discord',
    path: 'channels/1/messages',
    options: {
      searchParams: { limit: 2 },
      pagination: { cursor: { lastItem: 'id' }, param: 'before' },
    },
    ids: ['5', '4', '3', '2', '1'],
    server: () => (got) => {
      const before = Number(param(got, 'before') ?? 6);
      const older = ['5', '4', '3', '2', '1'].filter((id) => Number(id) < before);
      return { body: items(older.slice(0, 2)) };
    },
  },
  {
    // A token of two parts: https://duo.com/docs/adminapi#authentication-logs
    api: 'Duo',
    path: 'admin/v2/logs/authentication',
    options: {
      items: 'response.authlogs',
      pagination: (_response, body) => {
        const next = ownValue(ownValue(ownValue(body, 'response'), 'metadata'), 'next_offset');
        return Array.isArray(next) ? { searchParams: { next_offset: next.join() } } : undefined;
      },
    },
    ids: FIVE,
    server: () => (got) => {
      const token = param(got, 'next_offset')?.split(',')[1];
      const { ids, isLast, number } = page(PAGES, Number(token ?? 0));
      const next = isLast ? null : ['1532951895000', String(number + 1)];
      return { body: { response: { authlogs: items(ids), metadata: { next_offset: next } } } };
    },
  },
];
