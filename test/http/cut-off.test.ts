import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createSyncer, defineConnector, type HttpClient } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { collect, idsOf } from './pagination/support/collect.js';
import { clientFor } from './support/client.js';
import { loopback } from './support/loopback.js';

const rows = Array.from({ length: 200 }, (_, id) => ({
  id,
  text: `"${id}" [{\\ ${Math.sqrt(id)}`,
}));
const body = Buffer.from(JSON.stringify(rows));
const json = 'application/json';

interface Sent {
  readonly encoding: string;
  readonly bytes: Buffer;
  readonly type?: string;
}

/** What a run comes to whose API sends its first answers so, and the whole list afterwards. */
async function synced(
  first: Sent,
  pull: (http: HttpClient) => Promise<unknown> = (http) => http.get('rows').json(),
  times = 1,
) {
  const api = await loopback((_, raw) => {
    const isWhole = api.requests.length > times;
    const {
      encoding,
      bytes,
      type = json,
    } = isWhole ? { encoding: 'identity', bytes: body } : first;
    // Without a length, as what compresses on the way sends it: only its content shows that it is not all.
    raw.writeHead(200, { 'content-encoding': encoding, 'content-type': type });
    raw.end(bytes);
    return undefined;
  });
  const connector = defineConnector({
    ...{ name: 'api', baseUrl: api.origin },
    streams: {
      rows: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          const found = await pull(ctx.http);
          yield Array.isArray(found) ? found : [];
        },
      },
    },
  });
  const options = { connectors: [connector], store: memory(), random: () => 0 };
  const syncer = createSyncer(options);
  onTestFinished(() => syncer.stop({ drain: 0 }));
  await syncer.connections.create(connector, { id: 'acme' });
  const stream = syncer.connection(connector, 'acme').stream('rows');
  const result = await stream.sync({ throws: false });
  return { ...result, asked: api.requests.length };
}

test.each([
  ['gzip', gzipSync(body), 0.5],
  ['gzip', gzipSync(body), 0],
  ['deflate', deflateSync(body), 0.5],
  ['br', brotliCompressSync(body), 0.5],
])('%s: a body whose end is missing is asked for again', async (encoding, whole, share) => {
  const bytes = whole.subarray(0, Math.max(5, Math.floor(whole.length * share)));
  const { status, counts, asked } = await synced({ encoding, bytes });
  expect([status, counts.inserted, counts.retries, asked]).toEqual(['succeeded', 200, 1, 2]);
});

test('where its end never comes, a NetworkError says so', async () => {
  const bytes = gzipSync(body).subarray(0, 500);
  const { error, asked } = await synced({ encoding: 'gzip', bytes }, undefined, Infinity);
  expect(error).toMatchObject({
    ...{ name: 'NetworkError', retryable: true },
    context: { connector: 'api', connection: 'acme', reason: 'CUT_OFF', attempts: 4 },
  });
  expect(error?.message).toContain('answered 200 with a body (gzip) that was cut off');
  expect(asked).toBe(4);
});

test('lines of JSON whose end is missing are asked for again', async () => {
  const lines = gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const bytes = lines.subarray(0, lines.length >> 1);
  const sent = { encoding: 'gzip', bytes, type: 'application/x-ndjson' };
  const { status, asked } = await synced(sent, (http) => http.get('rows').text());
  expect([status, asked]).toEqual(['succeeded', 2]);
});

test.each([
  ['JSON that is whole', { encoding: 'gzip', bytes: gzipSync(body) }],
  ['a text that is no JSON', { encoding: 'gzip', bytes: gzipSync('a "b [c'), type: 'text/plain' }],
  ['lines of JSON', { encoding: 'gzip', bytes: gzipSync('{"a":1}\n{"a":2}\n'), type: json }],
  ['an empty body, of which nothing is asked', { encoding: 'gzip', bytes: gzipSync('') }],
])('%s is taken as it is', async (_, sent) => {
  const { status, asked } = await synced(sent, (http) => http.get('rows').text());
  expect([status, asked]).toEqual(['succeeded', 1]);
});

test.each([
  ['an inch mark of CSV', 'text/csv', 'id,name\n1,screen 5"\n'],
  ['a brace of XML', 'application/xml', '<a><n>a { b</n></a>'],
])('%s is none of JSON, although JSON was asked for', async (_, type, text) => {
  const { status, asked } = await synced(
    { encoding: 'gzip', bytes: gzipSync(text), type },
    async (http) => {
      for await (const { records } of http.pages('rows', {
        pagination: 'link',
        items: () => [{ id: 1 }],
      }))
        return records;
      return [];
    },
  );
  expect([status, asked]).toEqual(['succeeded', 1]);
});

test('an empty page whose compressed length is told ends a list of numbered pages', async () => {
  const api = await loopback((got, raw) => {
    const page = Number(got.url.searchParams.get('page'));
    const bytes = gzipSync(page < 3 ? JSON.stringify([{ id: page }]) : '');
    const headers = { 'content-encoding': 'gzip', 'content-length': bytes.length };
    raw.writeHead(200, { ...headers, 'content-type': json });
    raw.end(bytes);
    return undefined;
  });
  const { pages, error } = await collect(clientFor(api.origin), 'rows', {
    pagination: { page: 'page' },
  });
  expect({ ids: idsOf(pages), error }).toEqual({ ids: [1, 2], error: undefined });
});

test('JSON that is broken in its middle is no JSON, and not asked for again', async () => {
  const bytes = gzipSync('[{"id":1,}]');
  const { error, asked } = await synced({ encoding: 'gzip', bytes });
  expect(error).toMatchObject({ name: 'HttpError' });
  expect(error?.message).toContain('no JSON');
  expect(asked).toBe(1);
});
