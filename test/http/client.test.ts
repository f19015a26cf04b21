import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  AbortedError,
  AuthError,
  ConfigError,
  HttpError,
  NetworkError,
  ValidationError,
} from '../../src/core/errors.js';
import type { HttpExchange } from '../../src/http/observe.js';
import type { Interceptor } from '../../src/http/send.js';
import { answering } from './support/answering.js';
import { clientFor, rejection } from './support/client.js';
import { loopback } from './support/loopback.js';

const BASE = 'https://api.example.com';

describe('requests', () => {
  test.each(['get', 'post', 'put', 'patch', 'delete'] as const)('%s', async (method) => {
    const api = await loopback(() => ({ body: { ok: true } }));
    const http = clientFor(api.origin, {
      headers: { 'x-default': 'd', 'x-own': 'd', 'x-gone': 'd' },
    });
    const options = {
      headers: { 'x-own': 'o', 'x-gone': undefined },
      ...(method === 'get' ? {} : { json: { a: 1 } }),
    };
    expect(await http[method]('things/1', options).json()).toEqual({ ok: true });
    const [got] = api.requests;
    expect(got).toMatchObject({
      method: method.toUpperCase(),
      headers: { 'x-default': 'd', 'x-own': 'o', accept: 'application/json' },
    });
    expect(got?.headers).not.toHaveProperty('x-gone');
    expect([got?.headers['content-type'], got?.body]).toEqual(
      method === 'get' ? [undefined, ''] : ['application/json', '{"a":1}'],
    );
  });

  test('head, and methods of the API’s own', async () => {
    const api = await loopback(() => ({ headers: { 'x-total': '7' }, status: 207 }));
    const http = clientFor(api.origin);
    expect((await http.head('a')).headers.get('x-total')).toBe('7');
    expect((await http('b', { method: 'report', body: '<x/>' })).status).toBe(207);
    expect(api.requests.map(({ method }) => method)).toEqual(['HEAD', 'REPORT']);
  });

  test('bodies as text, bytes and forms', async () => {
    const api = await loopback(() => ({}));
    const http = clientFor(api.origin);
    await http.post('a', { body: 'text' });
    await http.post('a', { body: new Uint8Array([1, 2, 3]) });
    await http.post('a', { body: new URLSearchParams({ a: 'b c' }) });
    await http.post('a', { json: null, headers: { 'content-type': 'application/vnd.api+json' } });
    expect(api.requests.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['text', 'text/plain;charset=UTF-8'],
      ['\u0001\u0002\u0003', undefined],
      ['a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
      ['null', 'application/vnd.api+json'],
    ]);
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  test.each<[string, Parameters<ReturnType<typeof clientFor>>[1]]>([
    ['json and body', { method: 'POST', json: {}, body: '' }],
    ['a GET with a body', { body: 'x' }],
    ['a cyclic json', { method: 'POST', json: cyclic }],
    ['a bigint in json', { method: 'POST', json: { a: 1n } }],
    ['a function as json', { method: 'POST', json: () => 1 }],
    ['a method that is none', { method: 'GET /' }],
    ['a method that fetch refuses', { method: 'TRACE' }],
    ['a header with a line break', { headers: { authorization: 'canary-secret\r\nx: y' } }],
    ['a header name that is none', { headers: { 'a b': 'c' } }],
  ])('%s is a ConfigError that says where, and nothing is sent', async (_, options) => {
    const fetch = answering(() => ({}));
    const error = await rejection(clientFor(BASE, { fetch })('x', options));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain('(connector shop, connection acme, stream orders, run run-1)');
    expect(JSON.stringify(error) + String(error)).not.toContain('canary-secret');
    expect(fetch.urls).toEqual([]);
  });
});

describe('bodies', () => {
  const body = (bytes: string | Uint8Array, type = 'application/json') =>
    clientFor(BASE, {
      fetch: answering(() => new Response(bytes, { headers: { 'content-type': type } })),
    }).get('x');

  test('json, text and bytes, also after awaiting the response', async () => {
    const response = await body('{"a":12345678901234567890}');
    expect(await response.json()).toEqual({ a: '12345678901234567890' });
    expect(await response.text()).toBe('{"a":12345678901234567890}');
    expect(Buffer.from(await response.bytes()).toString()).toBe('{"a":12345678901234567890}');
  });
  test('a byte order mark is left out, another charset is read', async () => {
    expect(await body('\uFEFF[1]').json()).toEqual([1]);
    expect(
      await body(Buffer.from('["ü"]', 'latin1'), 'application/json; charset=ISO-8859-1').json(),
    ).toEqual(['ü']);
    expect(await body('["ü"]', 'application/json; charset=nonsense').json()).toEqual(['ü']);
  });
  test('a schema reads it, or says what is wrong', async () => {
    const schema = z.object({ id: z.number(), at: z.iso.datetime().optional() });
    expect(await body('{"id":1}').json(schema)).toEqual({ id: 1 });
    const error = await rejection(body('{"id":"x"}').json(schema));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ issues: [{ path: ['id'] }] });
    expect(String(error)).toMatch(
      /^ValidationError: GET https:\/\/api\.example\.com\/x answered 200 with a body that its schema refuses: id /,
    );
  });
  test.each([
    ['', 'with an empty body'],
    [
      '<html>Down for\n maintenance</html>',
      'with a body that is no JSON: <html>Down for maintenance</html>',
    ],
    ['{"a":', 'with a body that is no JSON: {"a":'],
  ])('%j is no JSON', async (text, problem) => {
    const error = await rejection(body(text).json());
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status: 200, body: text });
    expect(String(error)).toContain(problem);
  });
  test('JSON that is nested a hundred thousand deep is read, or refused with a typed error', async () => {
    for (const depth of [100_000, 3_000_000]) {
      const text = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const read: unknown = await body(text)
        .json()
        .catch((error: unknown) => error);
      expect(Array.isArray(read) || read instanceof HttpError).toBe(true);
    }
  });
});

describe('statuses', () => {
  test.each([200, 201, 204, 207, 304])('%i is fine', async (status) => {
    const { origin } = await loopback(() => ({ status }));
    expect((await clientFor(origin).get('x')).status).toBe(status);
  });

  test.each([300, 400, 403, 404, 409, 410, 418, 429, 500, 503])(
    '%i is an HttpError with its headers and body',
    async (status) => {
      const { origin } = await loopback(() => ({
        status,
        headers: { 'x-id': '7' },
        body: { message: 'no\n such  thing' },
      }));
      const error = await rejection(
        clientFor(origin).get('x?token=canary', { searchParams: { a: 1 } }),
      );
      expect(error).toBeInstanceOf(HttpError);
      expect(error).toMatchObject({
        status,
        body: '{"message":"no\\n such  thing"}',
        retryable: status >= 500 || status === 429,
        context: {
          connector: 'shop',
          connection: 'acme',
          stream: 'orders',
          run: 'run-1',
          method: 'GET',
          url: `${origin}/x`,
          status,
        },
      });
      expect((error as HttpError).headers.get('x-id')).toBe('7');
      expect(String(error)).toMatch(
        new RegExp(
          `GET ${origin}/x answered ${status}: \\{"message":.*\\} \\(connector shop, connection acme, stream orders, run run-1\\)\\. [A-Z]`,
        ),
      );
    },
  );

  test('401 is an AuthError', async () => {
    const { origin } = await loopback(() => ({ status: 401, body: 'expired' }));
    const error = await rejection(clientFor(origin).get('x'));
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ retryable: false, context: { status: 401 } });
  });

  test('the body of an error is kept up to 64 Ki characters', async () => {
    const { origin } = await loopback(() => ({ status: 500, body: 'ü'.repeat(100_000) }));
    const error = await rejection(clientFor(origin).get('x'));
    expect((error as HttpError).body).toBe('ü'.repeat(65_536));
    expect((error as HttpError).message.length).toBeLessThan(600);
  });
});

describe('size', () => {
  test('a body of exactly maxBytes is read, a larger one is refused', async () => {
    const { origin } = await loopback((got) => ({
      body: 'x'.repeat(got.url.pathname === '/over' ? 1_001 : 1_000),
    }));
    const http = clientFor(origin, { maxBytes: 1_000 });
    expect(await http.get('fits').text()).toHaveLength(1_000);
    const error = await rejection(http.get('over'));
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toContain('answered 200 with more than 1000 bytes');
  });
  test('bytes count after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const { origin } = await loopback(() => ({
      headers: { 'content-encoding': 'gzip' },
      body: bomb,
    }));
    const error = await rejection(clientFor(origin, { maxBytes: 1_000_000 }).get('bomb'));
    expect(String(error)).toContain('more than 1000000 bytes');
  });
  test('what is over it is not read', async () => {
    let pulled = 0;
    const cancel = vi.fn();
    const endless = () =>
      new Response(
        new ReadableStream(
          {
            pull: (stream) => {
              stream.enqueue(new Uint8Array(1_000));
              pulled++;
            },
            cancel,
          },
          { highWaterMark: 0 },
        ),
      );
    await rejection(clientFor(BASE, { fetch: answering(endless), maxBytes: 10_000 }).get('x'));
    expect(pulled).toBeLessThan(13);
    expect(cancel).toHaveBeenCalled();
  });
});

describe('failures', () => {
  test('nobody listens: a NetworkError that names the reason', async () => {
    const { origin } = await loopback(() => undefined);
    const error = await rejection(clientFor('http://127.0.0.1:1').get('x'));
    expect(error).toBeInstanceOf(NetworkError);
    expect(origin).not.toBe('');
    expect(error).toMatchObject({ retryable: true });
  });
  test('the connection is closed before and amid the body', async () => {
    const { origin } = await loopback((got, raw) => {
      if (got.url.pathname === '/amid')
        raw.writeHead(200, { 'content-length': '100' }).write('half');
      raw.destroy();
      return undefined;
    });
    for (const path of ['before', 'amid'])
      expect(await rejection(clientFor(origin).get(path))).toBeInstanceOf(NetworkError);
  });
  test('a fetch that throws anything', async () => {
    const reset = Object.assign(new Error(''), { code: 'ECONNRESET' });
    const things: readonly unknown[] = [new TypeError('x', { cause: reset }), 'text', null];
    for (const thrown of [...things, undefined]) {
      const fetch = (): Promise<Response> => Promise.reject(thrown);
      expect(await rejection(clientFor(BASE, { fetch }).get('x'))).toBeInstanceOf(NetworkError);
    }
  });
});

describe('the end of a run', () => {
  test('aborts what is under way, also where fetch takes no notice', async () => {
    const run = new AbortController();
    const { origin } = await loopback(() => undefined);
    const waiting = rejection(clientFor(origin, { signal: run.signal }).get('x'));
    const deaf = rejection(
      clientFor(BASE, { signal: run.signal, fetch: () => new Promise(() => undefined) }).get('x'),
    );
    await Promise.resolve();
    run.abort(new Error('cancelled by the app'));
    for (const error of [await waiting, await deaf]) {
      expect(error).toBeInstanceOf(AbortedError);
      expect(error).toMatchObject({ cause: { message: 'cancelled by the app' } });
    }
  });
  test('aborts a body under way', async () => {
    const run = new AbortController();
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: () => {
            run.abort();
          },
        }),
      );
    expect(
      await rejection(clientFor(BASE, { signal: run.signal, fetch: answering(endless) }).get('x')),
    ).toBeInstanceOf(AbortedError);
  });
  test("a request's own signal ends that request", async () => {
    const own = new AbortController();
    const { origin } = await loopback((got) =>
      got.url.pathname === '/fast' ? { body: [] } : undefined,
    );
    const http = clientFor(origin);
    const waiting = rejection(http.get('slow', { signal: own.signal }));
    expect(await http.get('fast').json()).toEqual([]);
    own.abort();
    expect(await waiting).toBeInstanceOf(AbortedError);
    expect(await rejection(http.get('fast', { signal: own.signal }))).toBeInstanceOf(AbortedError);
  });
  test('nothing is sent once the guard throws', async () => {
    const fetch = answering(() => []);
    const guard = () => {
      throw new AbortedError('the run has ended');
    };
    const http = clientFor(BASE, { fetch, guard });
    for (const call of [() => http.get('x'), () => http('x'), () => http.post('x').json()])
      expect(await rejection(call())).toBeInstanceOf(AbortedError);
    expect(() => http.pages('x', { pagination: 'link' })).toThrow(AbortedError);
    expect(fetch.urls).toEqual([]);
  });
  test('leaves no listeners and no timers behind', async () => {
    const run = new AbortController();
    const add = vi.spyOn(run.signal, 'addEventListener');
    const remove = vi.spyOn(run.signal, 'removeEventListener');
    const http = clientFor(BASE, { signal: run.signal, fetch: answering(() => ({})) });
    await Promise.all(Array.from({ length: 50 }, () => http.get('x').json()));
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

test('no promise is an unhandled rejection, whichever is awaited', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const http = clientFor(BASE, { fetch: answering(() => new Response('', { status: 500 })) });
  void http.get('nobody waits');
  void http.get('nobody waits').json();
  await rejection(http.get('only json').json());
  await rejection(http.get('only the response'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test('every exchange is told of: its address without the query, its status or error, its times and size', async () => {
  const exchanges: HttpExchange[] = [];
  const { origin } = await loopback((got) => ({
    status: got.url.pathname === '/bad' ? 500 : 200,
    headers: { date: 'Thu, 01 Jan 2026 00:00:09 GMT' },
    body: '12345',
  }));
  const http = clientFor(origin, { observe: (exchange) => exchanges.push(exchange) });
  await http.get('good?key=secret');
  await rejection(http.post('bad'));
  await rejection(
    clientFor(BASE, {
      fetch: () => Promise.reject(new TypeError('x')),
      observe: (exchange) => exchanges.push(exchange),
    }).get('lost'),
  );
  const common = { requestedAt: Date.UTC(2026, 0, 1), durationMs: 0, attempt: 1, queuedMs: 0 };
  expect(exchanges).toEqual([
    {
      ...common,
      method: 'GET',
      url: `${origin}/good`,
      status: 200,
      error: undefined,
      serverTime: Date.UTC(2026, 0, 1, 0, 0, 9),
      ...{ firstByteMs: 0, requestBytes: 0, bytes: 5 },
    },
    {
      ...common,
      method: 'POST',
      url: `${origin}/bad`,
      status: 500,
      error: undefined,
      serverTime: Date.UTC(2026, 0, 1, 0, 0, 9),
      ...{ firstByteMs: 0, requestBytes: 0, bytes: 5 },
    },
    {
      ...common,
      method: 'GET',
      url: `${BASE}/lost`,
      status: undefined,
      error: expect.any(NetworkError) as unknown,
      serverTime: undefined,
      ...{ firstByteMs: undefined, requestBytes: 0, bytes: 0 },
    },
  ]);
});

test('an interceptor sees each attempt, may send it again, and its order is kept', async () => {
  const seen: string[] = [];
  const again: Interceptor = async (request, next) => {
    const response = await next(request);
    seen.push(`outer ${response.status}`);
    return response.status === 503 ? next(request) : response;
  };
  const inner: Interceptor = async (request, next) => {
    seen.push(`inner ${request.headers.get('authorization') ?? 'bare'}`);
    return next(request);
  };
  const fetch = answering(
    (request, count) =>
      new Response(request.headers.get('authorization'), { status: count === 1 ? 503 : 200 }),
  );
  let token = 0;
  const http = clientFor(BASE, {
    fetch,
    interceptors: [again, inner],
    authorise: ({ headers }) => headers.set('authorization', `Bearer token-${++token}`),
  });
  expect(await http.get('x').text()).toBe('Bearer token-2');
  expect(seen).toEqual(['inner bare', 'outer 503', 'inner bare']);
});
