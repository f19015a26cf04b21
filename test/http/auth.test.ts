import { describe, expect, test } from 'vitest';
import { apiKey, type Auth, type AuthRequest, basic, bearer } from '../../src/connector/auth.js';
import { AuthError, ConfigError, HttpError, SynclineError } from '../../src/core/errors.js';
import { answering } from './support/answering.js';
import { clientFor, rejection } from './support/client.js';
import { loopback } from './support/loopback.js';

const BASE = 'https://api.example.com';
const using = <C>(auth: Auth<C>, credentials: C) => ({
  authorise: (request: AuthRequest) => {
    const connection = { id: 'acme', tags: {} };
    return auth.apply(request, { credentials, config: undefined, account: undefined, connection });
  },
});

test.each([
  [
    'bearer',
    using(bearer(), { token: 'secret-token' }),
    'authorization',
    'Bearer secret-token',
    '',
  ],
  [
    'basic',
    using(basic(), { username: 'mé', password: 'p:w' }),
    'authorization',
    `Basic ${Buffer.from('mé:p:w').toString('base64')}`,
    '',
  ],
  [
    'apiKey in a header',
    using(apiKey({ header: 'X-Api-Key' }), { key: 'secret-key' }),
    'x-api-key',
    'secret-key',
    '',
  ],
  [
    'apiKey in the query',
    using(apiKey({ query: 'api_key' }), { key: 'a b&c' }),
    'x-api-key',
    undefined,
    '&api_key=a+b%26c',
  ],
])('%s', async (_, options, header, value, query) => {
  const api = await loopback(() => ({ body: [] }));
  const response = await clientFor(api.origin, options).get('x?a=1');
  expect(api.requests[0]?.headers[header]).toBe(value);
  expect(api.requests[0]?.url.search).toBe(`?a=1${query}`);
  expect(response.url).toBe(`${api.origin}/x?a=1`);
});

describe('no secret is in an error', () => {
  const secret = 'canary/secret+1';
  const echoing = (request: Request) =>
    new Response(
      JSON.stringify({
        message: `bad key ${decodeURIComponent(request.url)} ${request.headers.get('authorization') ?? ''} ${request.headers.get('x-key') ?? ''}`,
      }),
      {
        status: 400,
        headers: {
          'x-echo':
            request.headers.get('authorization') ?? request.headers.get('x-key') ?? request.url,
        },
      },
    );

  test.each([
    ['bearer', using(bearer(), { token: secret })],
    ['basic', using(basic(), { username: 'someone@example.com', password: secret })],
    ['apiKey in a header', using(apiKey({ header: 'x-key' }), { key: secret })],
    ['apiKey in the query', using(apiKey({ query: 'key' }), { key: secret })],
  ])('%s, although the API repeats it', async (_, options) => {
    const error = await rejection(
      clientFor(BASE, { ...options, fetch: answering(echoing) }).get('x?other=1'),
    );
    expect(error).toBeInstanceOf(HttpError);
    const { message, body, headers, context } = error as HttpError;
    const all =
      JSON.stringify([message, body, [...headers], context]) + String((error as Error).stack);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(`someone@example.com:${secret}`).toString('base64'),
    ]) {
      expect(all).not.toContain(form);
    }
    expect(body).toContain('[redacted]');
  });

  test('of others, in what the message quotes of a body', async () => {
    const refusal = { error: 'invalid_client', client_secret: 'cs-4711', hint: 'check the app' };
    const fetch = answering(() => Response.json(refusal, { status: 400 }));
    const error = await rejection(clientFor(BASE, { fetch }).get('x'));
    expect((error as HttpError).message).toContain('check the app');
    expect((error as HttpError).message).not.toContain('cs-4711');
  });

  test('of the network, a redirect or a list', async () => {
    const auth = using(apiKey({ query: 'key' }), { key: secret });
    const failing: (typeof globalThis.fetch)[] = [
      (input) =>
        Promise.reject(new TypeError(`cannot fetch ${input instanceof Request ? input.url : ''}`)),
      answering(
        (request) =>
          new Response('', {
            status: 302,
            headers: { location: `https://evil.example.com/?from=${request.url}` },
          }),
      ),
      answering((request) => ({ here: request.url })),
    ];
    for (const fetch of failing) {
      const http = clientFor(BASE, { ...auth, fetch });
      const error = await rejection(
        (async () => {
          for await (const page of http.pages('x', { pagination: 'link' }))
            expect(page).toBeUndefined();
        })(),
      );
      expect(error).toBeInstanceOf(SynclineError);
      const { message, context, cause } = error as SynclineError;
      expect(message + JSON.stringify(context) + String(cause)).not.toMatch(/canary/);
    }
  });

  test('credentials that no header can carry', async () => {
    for (const [auth, kind] of [
      [
        ({ headers }: { headers: Headers }) => {
          headers.set('authorization', 'canary\nsecret');
        },
        AuthError,
      ],
      [
        ({ url }: { url: URL }) => {
          url.host = 'evil.example.com';
        },
        ConfigError,
      ],
    ] as const) {
      const fetch = answering(() => []);
      const error = await rejection(clientFor(BASE, { authorise: auth, fetch }).get('x'));
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).not.toContain('canary');
      expect(fetch.urls).toEqual([]);
    }
  });
});
