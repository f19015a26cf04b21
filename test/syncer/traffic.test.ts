import { readFileSync } from 'node:fs';
import { bearer, ConfigError, defineConnector, toHar, type TrafficLogOptions } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Answered, type Got, loopback } from '../http/support/loopback.js';
import { START } from '../support/clock.js';
import { collect, rejection, testSyncer, type TestSyncerOptions } from '../support/syncer.js';

const KEY = 'a text of 16 characters or more';

/** A syncer whose connector reads one list from an API that answers as it is told. */
async function reading(
  answer: (got: Got) => Answered,
  options: TestSyncerOptions = {},
  headers: Readonly<Record<string, string>> = {},
) {
  const api = await loopback(answer);
  const shop = defineConnector({
    name: 'shop',
    baseUrl: `${api.origin}/v1`,
    auth: bearer(),
    headers,
    streams: {
      rows: {
        schema: z.looseObject({ id: z.string() }),
        key: 'id',
        async *pull(ctx) {
          yield* ctx.http.pages('rows', {
            method: 'POST',
            json: { filter: 'all', password: 'hidden in a body' },
            searchParams: { page_token: 'p 1', api_key: 'not-ours' },
            pagination: 'link',
          });
        },
      },
    },
  });
  const made = testSyncer([shop], { encryptionKey: KEY, ...options });
  await made.syncer.connections.create(shop, {
    id: 'acme',
    credentials: { token: 'canary-token' },
    tags: { plan: 'pro' },
  });
  const stream = made.syncer.connection(shop, 'acme').stream('rows');
  return { ...made, stream, api };
}

const page: Answered = {
  body: [{ id: 'a' }],
  headers: { 'set-cookie': 'session=1', 'x-request-id': 'r-1' },
};

describe('traffic', () => {
  test('has each exchange: what was sent, what came, how long it took, and for whom', async () => {
    const { syncer, stream, api } = await reading(() => page, { store: 'sqlite' });
    const run = await stream.sync();
    const [exchange, ...others] = await collect(syncer.traffic());
    expect(others).toEqual([]);
    expect(exchange).toMatchObject({
      ...{ connector: 'shop', connection: 'acme', tags: { plan: 'pro' }, stream: 'rows' },
      ...{ run: run.id, attempt: 1, method: 'POST', status: 200, error: null, queuedMs: 0 },
      url: `${api.origin}/v1/rows?page_token=p+1&api_key=[redacted]`,
      requestHeaders: { authorization: '[redacted]', 'content-type': 'application/json' },
      responseHeaders: { 'set-cookie': '[redacted]', 'x-request-id': 'r-1' },
      ...{ requestBytes: 46, responseBytes: 12, requestBody: null, responseBody: null },
    });
    expect(exchange?.time).toEqual(new Date(START));
    expect(exchange?.firstByteMs).toBeGreaterThanOrEqual(0);
    expect(exchange?.totalMs).toBeGreaterThanOrEqual(exchange?.firstByteMs ?? Infinity);
  });

  test('has those that failed, with the code of what went wrong', async () => {
    const { syncer, stream } = await reading(() => page, {
      http: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
    });
    const synced = rejection(stream.sync());
    await synced;
    const [exchange] = await collect(syncer.traffic({ status: 0 }));
    expect(exchange).toMatchObject({ status: null, error: 'NETWORK', firstByteMs: null });
  });

  test('is filtered by place, status, time and tags', async () => {
    let status = 200;
    const { syncer, stream, clock } = await reading(() => ({ ...page, status }));
    const first = await stream.sync();
    clock.skip(60_000);
    status = 404;
    await rejection(stream.sync());
    const statuses = async (filter: Parameters<typeof syncer.traffic>[0]) =>
      (await collect(syncer.traffic(filter))).map((exchange) => exchange.status);
    expect(await statuses({})).toEqual([200, 404]);
    expect(await statuses({ connector: { name: 'shop' }, connection: 'acme' })).toEqual([200, 404]);
    expect(await statuses({ connection: 'other' })).toEqual([]);
    expect(await statuses({ run: first.id, stream: 'rows' })).toEqual([200]);
    expect(await statuses({ status: 404 })).toEqual([404]);
    expect(await statuses({ status: [200, 404], tags: { plan: 'pro' } })).toEqual([200, 404]);
    expect(await statuses({ tags: { plan: 'free' } })).toEqual([]);
    expect(await statuses({ since: new Date(START + 1) })).toEqual([404]);
    expect(await statuses({ until: START + 60_000 })).toEqual([200]);
  });

  test('is told page by page, and may be left at any time', async () => {
    const { syncer, stream } = await reading(() => page);
    for (let i = 0; i < 120; i++) await stream.sync();
    const ids = (await collect(syncer.traffic())).map(({ id }) => id);
    expect(ids).toHaveLength(120);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    for await (const { id } of syncer.traffic()) {
      expect(id).toBe(ids[0]);
      break;
    }
  });
});

describe('bodies', () => {
  const kept = async (traffic: TrafficLogOptions, answered: Answered, random = () => 0.5) => {
    const { syncer, stream } = await reading(() => answered, { traffic, random });
    await stream.sync({ throws: false });
    const [exchange] = await collect(syncer.traffic());
    return exchange;
  };

  test.each<[TrafficLogOptions['bodies'], number, boolean]>([
    [undefined, 200, false],
    [undefined, 404, true],
    ['onError', 404, true],
    ['never', 404, false],
    ['always', 200, true],
    [0.6, 200, true],
    [0.5, 200, false],
    [0, 404, false],
    [1, 200, true],
  ])('%s: after %d they are kept: %s', async (bodies, status, isKept) => {
    const traffic = bodies === undefined ? {} : { bodies };
    const exchange = await kept(traffic, { status, body: [{ id: 'a' }] });
    expect(exchange?.responseBody).toEqual(
      isKept ? { text: '[{"id":"a"}]', truncated: false } : null,
    );
    expect(exchange?.requestBody).toEqual(
      isKept ? { text: '{"filter":"all","password":"[redacted]"}', truncated: false } : null,
    );
  });

  test('and headers are kept without what names or looks tell is secret', async () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    const exchange = await kept(
      { bodies: 'always' },
      {
        status: 404,
        body: { pin: 1, password: 12345, tokens: ['one-t', 'two-t'], next_page_token: 'p', jwt },
        headers: {
          'x-async-api-key': 'its-own',
          'x-page-token': 'p',
          'x-sent': `Bearer ${jwt}`,
          location: 'https://u:pw@other.test/cb?page_access_token=its-own&page_token=p',
        },
      },
    );
    expect(exchange?.responseHeaders).toMatchObject({
      'x-async-api-key': '[redacted]',
      'x-page-token': 'p',
      'x-sent': 'Bearer [redacted]',
      location: 'https://[redacted]@other.test/cb?page_access_token=[redacted]&page_token=p',
    });
    expect(JSON.parse(exchange?.responseBody?.text ?? '')).toEqual({
      ...{ pin: 1, password: '[redacted]', tokens: '[redacted]', next_page_token: 'p' },
      jwt: '[redacted]',
    });
  });

  test('are cut, without half a secret or half a character', async () => {
    for (let cut = 20; cut < 60; cut++) {
      const body = `[{"id":"0123456789écanary-tokené0123456789"}]`;
      const exchange = await kept(
        { bodies: 'always', maxBodyBytes: cut },
        { body, headers: { 'content-type': 'application/json' } },
      );
      const { text = '', truncated } = exchange?.responseBody ?? {};
      expect(truncated).toBe(cut < Buffer.byteLength(body));
      expect(text.replace('[redacted]', '')).not.toMatch(/c|t/);
    }
  });

  test('that are no text are only counted', async () => {
    const headers = { 'content-type': 'image/png' };
    const body = new Uint8Array([1, 2, 3]);
    const exchange = await kept({ bodies: 'always' }, { status: 404, headers, body });
    expect(exchange).toMatchObject({ responseBody: null, responseBytes: 3 });
    const nul = await kept({ bodies: 'always' }, { status: 404, body: new Uint8Array([65, 0]) });
    expect(nul).toMatchObject({ responseBody: null, responseBytes: 2 });
  });
});

describe('an archive', () => {
  test('has what HAR 1.2 asks for', async () => {
    let status = 200;
    const { syncer, stream } = await reading(() => ({ ...page, status }), {
      traffic: { bodies: 'always' },
    });
    await stream.sync();
    status = 404;
    await rejection(stream.sync());
    const har = await toHar(syncer.traffic());
    const named = z.array(z.strictObject({ name: z.string(), value: z.string() }));
    const message = {
      httpVersion: z.string(),
      ...{ cookies: named, headers: named, headersSize: z.number(), bodySize: z.number() },
    };
    const schema = z.strictObject({
      log: z.strictObject({
        version: z.literal('1.2'),
        creator: z.strictObject({ name: z.string(), version: z.string() }),
        entries: z.array(
          z.strictObject({
            ...{ startedDateTime: z.iso.datetime(), time: z.number(), comment: z.string() },
            request: z.strictObject({
              ...{ ...message, method: z.string(), url: z.url(), queryString: named },
              postData: z.strictObject({ mimeType: z.string(), text: z.string() }),
            }),
            response: z.strictObject({
              ...{ ...message, status: z.number(), statusText: z.string() },
              redirectURL: z.string(),
              content: z.strictObject({
                ...{ size: z.number(), mimeType: z.string(), text: z.string() },
              }),
            }),
            cache: z.strictObject({}),
            timings: z.strictObject({
              ...{ blocked: z.number(), send: z.number(), wait: z.number(), receive: z.number() },
            }),
          }),
        ),
      }),
    });
    const { log } = schema.parse(JSON.parse(JSON.stringify(har)));
    expect(log.entries.map(({ response }) => response.status)).toEqual([200, 404]);
    const [entry] = log.entries;
    const { blocked = 0, send = 0, wait = 0, receive = 0 } = entry?.timings ?? {};
    expect(blocked + send + wait + receive).toBeCloseTo(entry?.time ?? NaN);
    expect(entry?.request.queryString).toContainEqual({ name: 'page_token', value: 'p 1' });
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    expect(log.creator.version).toBe(version);
  });

  test('has exchanges without a response', async () => {
    const { syncer, stream } = await reading(() => page, {
      http: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
    });
    await rejection(stream.sync());
    const { log } = await toHar(await collect(syncer.traffic()));
    expect(log.entries[0]?.response).toMatchObject({ status: 0, _error: 'NETWORK', bodySize: -1 });
  });
});

test.each<[TrafficLogOptions, RegExp]>([
  [{ bodies: 1.5 }, /traffic\.bodies/],
  [{ bodies: 'some' as 'never' }, /traffic\.bodies/],
  [{ maxBodyBytes: 0 }, /traffic\.maxBodyBytes/],
  [{ maxBytes: -1 }, /traffic\.maxBytes/],
  [{ maxAge: 'soon' as '1d' }, /traffic\.maxAge/],
])('%j is refused', (traffic, message) => {
  const make = () => testSyncer([], { traffic });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(message);
});
