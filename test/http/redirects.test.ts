import { describe, expect, test, vi } from 'vitest';
import { HttpError } from '../../src/core/errors.js';
import { clientFor, rejection } from './support/client.js';
import { type Answered, type Got, loopback } from './support/loopback.js';

const to = (location: string, status = 302): Answered => ({
  status,
  headers: { location },
  body: 'moved',
});
const bearer = ({ headers }: { readonly headers: Headers }) => {
  headers.set('authorization', 'Bearer canary-secret');
};

/** A server that redirects `/hop` and answers everything else with what it got. */
const hopping = (redirect: (got: Got) => Answered) =>
  loopback((got) =>
    got.url.pathname.startsWith('/hop')
      ? redirect(got)
      : { body: { method: got.method, body: got.body, type: got.headers['content-type'] ?? null } },
  );

describe.each([
  [301, 'POST', 'GET'],
  [302, 'POST', 'GET'],
  [303, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [301, 'PUT', 'PUT'],
  [307, 'POST', 'POST'],
  [308, 'PATCH', 'PATCH'],
])('a %i of a %s', (status, method, then) => {
  test(`is followed with a ${then}`, async () => {
    const { origin } = await hopping(() => to('/there', status));
    const answered = await clientFor(origin)('hop', { method, json: { a: 1 } }).json();
    expect(answered).toEqual(
      then === 'GET'
        ? { method: 'GET', body: '', type: null }
        : { method: then, body: '{"a":1}', type: 'application/json' },
    );
  });
});

test('each hop is authorised anew, and the response says where it came from', async () => {
  const api = await hopping((got) =>
    got.url.pathname === '/hop' ? to('/hop/2?b=1') : to('/there?c=1'),
  );
  const response = await clientFor(api.origin, { authorise: bearer }).get('hop?a=1');
  expect(response.url).toBe(`${api.origin}/there?c=1`);
  const sent = 'Bearer canary-secret';
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([sent, sent, sent]);
});

test('ten redirects are followed, an eleventh is not', async () => {
  const api = await hopping((got) => to(`/hop/${Number(got.url.pathname.split('/')[2] ?? 0) + 1}`));
  const error = await rejection(clientFor(api.origin).get('hop'));
  expect(error).toBeInstanceOf(HttpError);
  expect(String(error)).toContain('was redirected more than 10 times');
  expect(api.requests).toHaveLength(11);

  const ten = await hopping((got) => {
    const count = Number(got.url.pathname.split('/')[2] ?? 0);
    return count === 9 ? to('/end') : to(`/hop/${count + 1}`);
  });
  expect((await clientFor(ten.origin).get('hop')).status).toBe(200);
});

describe('a redirect to another origin', () => {
  test('is an HttpError, and nothing is sent there', async () => {
    const elsewhere = await loopback(() => ({ body: [] }));
    const { origin } = await hopping(() => to(`${elsewhere.origin}/x?token=canary-secret`));
    const error = await rejection(clientFor(origin, { authorise: bearer }).get('hop'));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status: 302 });
    expect(String(error)).toContain(`was redirected (302) to another origin, ${elsewhere.origin}`);
    expect(String(error)).toContain(`http.allowedOrigins: ['${elsewhere.origin}']`);
    expect(String(error)).not.toContain('canary-secret');
    expect(elsewhere.requests).toEqual([]);
  });

  test('that is allowed is followed, without any header that may be a credential', async () => {
    const elsewhere = await loopback(() => ({ body: [] }));
    const { origin } = await hopping(({ url }) => to(`${elsewhere.origin}/x${url.search}`));
    await clientFor(origin, {
      allowedOrigins: [elsewhere.origin],
      authorise: ({ headers, url }) => {
        headers.set('x-api-key', 'canary');
        url.searchParams.set('key', 'canary');
      },
      headers: { 'x-app-token': 'canary', 'user-agent': 'shop/1' },
    }).get('hop', { headers: { authorization: 'canary', cookie: 'canary' } });
    const [got] = elsewhere.requests;
    expect(got?.headers).toMatchObject({ accept: '*/*', 'user-agent': 'shop/1' });
    expect(JSON.stringify([got?.headers, got?.url.href])).not.toContain('canary');
  });

  test('and back is not authorised again', async () => {
    const home = await hopping(() => to(`${elsewhere.origin}/back`));
    const elsewhere = await loopback(() => to(`${home.origin}/end`));
    await clientFor(home.origin, {
      allowedOrigins: [elsewhere.origin],
      authorise: bearer,
    }).get('hop');
    expect(home.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer canary-secret',
      undefined,
    ]);
  });

  test('that answers 401 says nothing of the credentials', async () => {
    const elsewhere = await loopback(() => ({ status: 401 }));
    const { origin } = await hopping(() => to(`${elsewhere.origin}/x`));
    const renew = vi.fn();
    const onUnauthorised = vi.fn();
    const error = await rejection(
      clientFor(origin, {
        allowedOrigins: [elsewhere.origin],
        authorise: bearer,
        credentials: { generation: 0, renew },
        onUnauthorised,
      }).get('hop'),
    );
    expect(error).toBeInstanceOf(HttpError);
    expect(String(error)).toContain(`was redirected to ${elsewhere.origin}, which answered 401`);
    expect(renew).not.toHaveBeenCalled();
    expect(onUnauthorised).not.toHaveBeenCalled();
    expect(elsewhere.requests).toHaveLength(1);
  });
});

test.each(['http://[', 'javascript:alert(1)', 'data:,x', '//[::1/'])(
  'a redirect to %s is refused',
  async (location) => {
    const { origin } = await hopping(() => to(location));
    expect(await rejection(clientFor(origin).get('hop'))).toBeInstanceOf(HttpError);
  },
);

test('a redirect without a place to go to is an HttpError', async () => {
  const { origin } = await hopping(() => ({ status: 302 }));
  expect(await rejection(clientFor(origin).get('hop'))).toMatchObject({ status: 302 });
});

test('a user name and password in the place to go to are not sent', async () => {
  const api = await hopping((got) =>
    to(got.url.href.replace('http://', 'http://me:pw@').replace('/hop', '/end')),
  );
  expect((await clientFor(api.origin).get('hop')).url).toBe(`${api.origin}/end`);
  expect(api.requests[1]?.headers).not.toHaveProperty('authorization');
});
