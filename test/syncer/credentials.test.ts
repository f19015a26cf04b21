import { randomBytes } from 'node:crypto';
import {
  apiKey,
  type Auth,
  type AuthContext,
  AuthError,
  type AuthRequest,
  basic,
  bearer,
  ConfigError,
  customAuth,
  defineConnector,
  type HttpClient,
  type KeyProvider,
  type RefreshContext,
  sqlite,
} from 'syncline';
import { type } from 'arktype';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Got, loopback } from '../http/support/loopback.js';
import { setImmediate } from 'node:timers/promises';
import { gate } from '../support/gate.js';
import { collect, rejection, tempFile, testSyncer } from '../support/syncer.js';

const KEY = randomBytes(32).toString('hex');
const OLD_KEY = randomBytes(32).toString('hex');
const rows = z.object({ id: z.string() });

const credentials = z.object({ user: z.string(), session: z.string() });
type Given = z.infer<typeof credentials>;

const apply = ({ headers }: AuthRequest, ctx: AuthContext<Given>): void => {
  headers.set('x-session', ctx.credentials.session);
};
const enter = async ({ http, ...ctx }: RefreshContext<Given>): Promise<Given> => ({
  ...ctx.credentials,
  session: await http.post('login', { json: ctx.credentials }).text(),
});
const final = customAuth({ credentials, apply });
const renewing = customAuth({ credentials, apply, refresh: enter });

/** A connector whose API wants a session, which `login` hands out. */
function sessions(origin: string, auth: Auth<Given>) {
  const stream = (http: HttpClient<z.infer<typeof rows>>) =>
    http.pages('rows', { pagination: 'link' });
  return defineConnector({
    name: 'shop',
    baseUrl: origin,
    auth,
    streams: {
      a: { schema: rows, key: 'id', pull: (ctx) => stream(ctx.http) },
      b: { schema: rows, key: 'id', pull: (ctx) => stream(ctx.http) },
      c: { schema: rows, key: 'id', pull: (ctx) => stream(ctx.http) },
    },
  });
}

/** Lets nobody in but with the session of the last login. */
function sessionApi(first = 'session-0') {
  let session = first;
  let logins = 0;
  const answer = (got: Got) => {
    if (got.url.pathname === '/login') {
      logins += 1;
      session = `session-${logins}`;
      return { body: session };
    }
    return got.headers['x-session'] === session ? { body: [{ id: 'a' }] } : { status: 401 };
  };
  return {
    answer,
    expire: () => (session = 'none'),
    get logins() {
      return logins;
    },
  };
}

const given = { user: 'someone', session: 'session-0' };
describe('customAuth', () => {
  test('refuses credentials that its schema refuses, without repeating them', async () => {
    const picky = customAuth({
      credentials: type({ user: 'string', session: "'canary-other'" }),
      apply: () => undefined,
    });
    for (const auth of [final, picky]) {
      for (const session of ['canary-secret', ['canary-secret']]) {
        if (auth === final && typeof session === 'string') continue;
        const parsed = Promise.resolve(auth.parse({ user: 'someone', session }));
        const error = await rejection(parsed);
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toMatch(/^ConfigError: credentials\.session: /);
        expect(JSON.stringify(error) + String(error)).not.toContain('canary-secret');
      }
    }
  });

  test('gets new credentials after a 401, stores them, and sends the request once more', async () => {
    const api = sessionApi();
    const server = await loopback(api.answer);
    const shop = sessions(server.origin, renewing);
    const file = tempFile();
    const { syncer, told, clock } = testSyncer([shop], { encryptionKey: KEY, store: sqlite(file) });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    const stream = syncer.connection(shop, 'acme').stream('a');
    expect((await stream.sync()).counts.read).toBe(1);
    api.expire();
    expect((await stream.sync()).counts.read).toBe(1);
    expect(api.logins).toBe(1);
    expect(told('auth.refreshed')).toMatchObject([{ connector: 'shop', connection: 'acme' }]);
    // Login is sent without the session.
    expect(server.requests.map(({ url, headers }) => [url.pathname, headers['x-session']])).toEqual(
      [
        ['/rows', 'session-0'],
        ['/rows', 'session-0'],
        ['/login', undefined],
        ['/rows', 'session-1'],
      ],
    );
    await syncer.stop();
    const after = testSyncer([shop], { encryptionKey: KEY, store: sqlite(file), clock });
    await after.syncer.connection(shop, 'acme').stream('a').sync();
    expect(api.logins).toBe(1);
  });

  test('records nothing of what refresh is answered', async () => {
    const api = sessionApi();
    const server = await loopback((got) => ({
      ...api.answer(got),
      headers: got.url.pathname === '/login' ? { 'x-next': 'session-of-tomorrow' } : {},
    }));
    const shop = sessions(server.origin, renewing);
    const { syncer } = testSyncer([shop], { encryptionKey: KEY, traffic: { bodies: 'always' } });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    api.expire();
    await syncer.connection(shop, 'acme').stream('a').sync();
    const exchanges = await collect(syncer.traffic());
    expect(JSON.stringify(exchanges)).not.toMatch(/session-(?:1|of-tomorrow)/);
    expect(exchanges[1]).toMatchObject({
      ...{ responseBody: null, responseBytes: 9, responseHeaders: { 'x-next': '[redacted]' } },
    });
    expect(exchanges[2]?.responseBody?.text).toBe('[{"id":"a"}]');
  });

  test('refreshes once for all that were refused at the same time', async () => {
    const api = sessionApi();
    const server = await loopback(api.answer);
    const opened = gate();
    const waiting = customAuth({
      credentials,
      apply,
      refresh: async (ctx) => {
        await opened.passed;
        return enter(ctx);
      },
    });
    const shop = sessions(server.origin, waiting);
    const { syncer } = testSyncer([shop], { encryptionKey: KEY });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    api.expire();
    const synced = syncer.connection(shop, 'acme').sync();
    while (server.requests.length < 3) await setImmediate();
    opened.open();
    for (const run of await synced) expect(run.counts.read).toBe(1);
    expect(api.logins).toBe(1);
  });

  test('sends a request once more only, whatever refresh returns', async () => {
    const server = await loopback(({ url }) =>
      url.pathname === '/login' ? { body: 'x' } : { status: 401 },
    );
    const shop = sessions(server.origin, renewing);
    const { syncer } = testSyncer([shop], { encryptionKey: KEY });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    const error = await rejection(syncer.connection(shop, 'acme').stream('a').sync());
    expect(error).toBeInstanceOf(AuthError);
    expect(server.requests.map(({ url }) => url.pathname)).toEqual(['/rows', '/login', '/rows']);
  });

  test.each([
    [400, 'auth.refused'],
    [500, 'auth.refresh_failed'],
  ] as const)('a refresh that is answered %d is %s, and rests', async (status, type) => {
    const server = await loopback(({ url }) => ({
      status: url.pathname === '/login' ? status : 401,
    }));
    const shop = sessions(server.origin, renewing);
    const { syncer, told, clock } = testSyncer([shop], { encryptionKey: KEY });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    const acme = syncer.connection(shop, 'acme');
    const error = await rejection(acme.stream('a').sync());
    expect(error).toMatchObject({ code: status === 400 ? 'AUTH' : 'HTTP' });
    expect(told(type)).toHaveLength(1);
    // Nobody asks again at once.
    const again = await rejection(acme.stream('b').sync());
    expect(again).toMatchObject({ code: (error as AuthError).code });
    expect(server.requests.filter(({ url }) => url.pathname === '/login')).toHaveLength(1);
    await clock.advance(10_000);
    await rejection(acme.stream('b').sync());
    expect(server.requests.filter(({ url }) => url.pathname === '/login')).toHaveLength(
      // What was refused for good needs the customer.
      status === 400 ? 1 : 2,
    );
  });

  test('new credentials from the app are used at once, also without refresh', async () => {
    const api = sessionApi('session-app');
    const server = await loopback(async (got) => {
      if (got.headers['x-session'] === 'session-0') {
        await syncer.connections.update(shop, 'acme', (draft) => ({
          ...draft,
          credentials: { ...draft.credentials, session: 'session-app' },
        }));
      }
      return api.answer(got);
    });
    const shop = sessions(server.origin, final);
    const { syncer } = testSyncer([shop], { encryptionKey: KEY });
    await syncer.connections.create(shop, { id: 'acme', credentials: given });
    const result = await syncer.connection(shop, 'acme').stream('a').sync();
    expect(result.counts.read).toBe(1);
  });
});

describe('keys', () => {
  const plain = defineConnector({
    name: 'plain',
    auth: bearer(),
    streams: { rows: { schema: rows, key: 'id', pull: async function* () {} } },
  });
  const sealedIn = (file: string) => {
    const db = new Database(file, { readonly: true });
    const all = db.prepare('SELECT id, sealed FROM connections').all();
    db.close();
    return all as { id: string; sealed: string }[];
  };

  test('without one, an error says what to do', async () => {
    const { syncer } = testSyncer([plain]);
    const made = syncer.connections.create(plain, { id: 'acme', credentials: { token: 'x' } });
    const error = await rejection(made);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(/plain\/acme.*encryptionKey.*openssl rand/);
  });

  test('what an old one sealed is sealed with the new one at the next update', async () => {
    const file = tempFile();
    const before = testSyncer([plain], { encryptionKey: OLD_KEY, store: sqlite(file) });
    await before.syncer.connections.create(plain, { id: 'acme', credentials: { token: 'tok' } });
    await before.syncer.stop();
    const both = testSyncer([plain], { encryptionKey: [KEY, OLD_KEY], store: sqlite(file) });
    await both.syncer.connections.update(plain, 'acme', (draft) => ({
      ...draft,
      tags: { a: 'b' },
    }));
    expect(both.told('auth.resealed')).toMatchObject([{ connection: 'acme' }]);
    expect(both.told('connection.updated')).toMatchObject([{ changed: ['tags'] }]);
    await both.syncer.connections.update(plain, 'acme', (draft) => draft);
    expect(both.told('auth.resealed')).toHaveLength(1);
    await both.syncer.stop();
    const after = testSyncer([plain], { encryptionKey: KEY, store: sqlite(file) });
    await after.syncer.connections.update(plain, 'acme', (draft) => {
      expect(draft.credentials).toEqual({ token: 'tok' });
      return draft;
    });
  });

  test('a row that is copied to another connection cannot be opened', async () => {
    const file = tempFile();
    const { syncer } = testSyncer([plain], { encryptionKey: KEY, store: sqlite(file) });
    for (const id of ['acme', 'evil'])
      await syncer.connections.create(plain, { id, credentials: { token: `token-of-${id}` } });
    const [acme] = sealedIn(file);
    const db = new Database(file);
    db.prepare("UPDATE connections SET sealed = ? WHERE id = 'evil'").run(acme?.sealed);
    db.close();
    const opened = syncer.connections.update(plain, 'evil', (draft) => draft);
    const error = await rejection(opened);
    expect(error).toBeInstanceOf(AuthError);
    expect(String(error)).toMatch(/plain\/evil were altered, or copied from another connection/);
  });

  test('may be kept by a provider, and not by both', async () => {
    const keys: KeyProvider = {
      keyId: 'vault-1',
      wrap: async (key) => Buffer.from(key).reverse(),
      unwrap: async (wrapped) => Buffer.from(wrapped).reverse(),
    };
    const { syncer } = testSyncer([plain], { keys });
    await syncer.connections.create(plain, { id: 'acme', credentials: { token: 'tok' } });
    await syncer.connections.update(plain, 'acme', (draft) => {
      expect(draft.credentials.token).toBe('tok');
      return draft;
    });
    expect(() => testSyncer([plain], { keys, encryptionKey: KEY })).toThrow(/keys: give either/);
    const broken = { keyId: 'x' } as unknown as KeyProvider;
    expect(() => testSyncer([plain], { keys: broken })).toThrow(ConfigError);
  });
});

test.each([
  ['basic', () => basic().parse({ username: 'a:b', password: 'x' }), /username: contains a colon/],
  ['basic', () => basic().parse({ username: 'a' }), /credentials\.password/],
  ['bearer', () => bearer().parse('token'), /credentials\.token/],
  ['apiKey', () => apiKey({ header: 'x-key' }).parse({ key: '' }), /credentials\.key/],
  ['apiKey', () => apiKey({ header: 'x key' }), /apiKey\(\) needs the name/],
  ['apiKey', () => apiKey({ query: '' }), /apiKey\(\) needs the name/],
])('%s says what is wrong', (_, make, message) => {
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(message);
});
