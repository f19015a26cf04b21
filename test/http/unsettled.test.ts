import { setImmediate } from 'node:timers/promises';
import {
  type Auth,
  type AuthRequest,
  createSyncer,
  customAuth,
  defineConnector,
  type HttpClient,
  type SyncerOptions,
  type TimeoutError,
} from 'syncline';
import { memory } from 'syncline/memory';
import { seededRandom, virtualClock } from 'syncline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';

const never = (): Promise<never> => new Promise(() => undefined);
const credentials = z.object({ key: z.string() });
type Given = z.infer<typeof credentials>;

interface WorldOptions extends Pick<SyncerOptions, 'http'> {
  readonly auth?: Auth<Given>;
  readonly network?: 'public';
  readonly status?: number;
  readonly pull?: (http: HttpClient) => Promise<unknown>;
}

const open = customAuth({ credentials, apply: () => undefined });

/** One request at a time, of connections with keys of their own. */
function world({ auth, network, status = 200, http, pull }: WorldOptions) {
  const clock = virtualClock({ turn: setImmediate });
  const sent: string[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    sent.push(`${new URL(request.url).pathname} ${request.headers.get('x-key') ?? ''}`);
    return status === 200 ? Response.json([]) : new Response('', { status });
  };
  const api = defineConnector({
    ...{ name: 'api', baseUrl: 'https://api.test' },
    auth: auth ?? open,
    ...(network ? { network } : {}),
    limits: [{ scope: 'connector', concurrency: 1 }],
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          await (pull ?? ((own) => own.get('items').json()))(ctx.http);
          yield [];
        },
      },
    },
  });
  const syncer = createSyncer({
    ...{ connectors: [api], store: memory(), clock, random: seededRandom(1) },
    ...{ http: { fetch, ...http }, encryptionKey: 'a key of the test, long enough' },
  });
  onTestFinished(() => clock.run(syncer.stop({ drain: 0 })));
  const start = async (id: string) => {
    if (!(await syncer.connections.get(api, id)))
      await syncer.connections.create(api, { id, credentials: { key: `key-of-${id}` } });
    return syncer.connection(api, id).stream('items').sync({ throws: false });
  };
  return { clock, syncer, sent, start, sync: (id: string) => clock.run(start(id)) };
}

/** Works for all but one customer. */
const hanging = customAuth({
  credentials,
  apply: (request: AuthRequest, ctx) => {
    if (ctx.credentials.key === 'key-of-stuck') return never();
    request.headers.set('x-key', ctx.credentials.key);
    return undefined;
  },
});

test('apply that never settles: a time-out that names it, and its permit is free again', async () => {
  const { start, clock, sent } = world({ auth: hanging });
  const [stuck, other] = await clock.run(Promise.all([start('stuck'), start('other')]));
  const error = stuck.error as TimeoutError;
  expect(error).toMatchObject({ name: 'TimeoutError', retryable: true });
  expect(error.context).toMatchObject({ connector: 'api', connection: 'stuck', attempts: 1 });
  expect(error.message).toContain('auth.apply did not settle within 30000 ms');
  expect(other.status).toBe('succeeded');
  expect(sent).toEqual(['/items key-of-other']);
});

test('apply may return what query builders do: something to wait for that is no promise', async () => {
  const auth = customAuth({
    credentials,
    apply: (request: AuthRequest, ctx) => {
      const then = (resolve: (value?: unknown) => void): void => {
        request.headers.set('x-key', ctx.credentials.key);
        resolve();
      };
      return { then } as unknown as Promise<void>;
    },
  });
  // The credentials are opened with the first request: only the second one waits for nothing else.
  const pull = async (http: HttpClient): Promise<void> => {
    await http.get('items');
    await http.get('items');
  };
  const { sync, sent } = world({ auth, pull });
  expect((await sync('acme')).error).toBeUndefined();
  expect(sent).toEqual(['/items key-of-acme', '/items key-of-acme']);
});

test('apply that never settles says nothing of the host: its circuit stays closed', async () => {
  const pull = (http: HttpClient) =>
    Promise.all(Array.from({ length: 30 }, () => http.get('items').catch(() => undefined)));
  const { sync, syncer } = world({ auth: hanging, pull });
  const opened = vi.fn();
  syncer.on('circuit.*', opened);
  await sync('stuck');
  expect(opened).not.toHaveBeenCalled();
});

test.each([
  ['apply', { auth: hanging }],
  ['the look-up of a name', { network: 'public', http: { lookup: never } }],
] as const)('%s that never settles ends with the signal of its request', async (_, options) => {
  const cancelled = new AbortController();
  let error: unknown;
  const pull = async (http: HttpClient): Promise<void> => {
    const asked = http.get('items', { signal: cancelled.signal });
    await setImmediate();
    cancelled.abort(new Error('enough'));
    error = await asked.then(undefined, (thrown: unknown) => thrown);
  };
  const { clock, start } = world({ ...options, pull });
  const began = clock.monotonic();
  const { status } = await clock.run(start('stuck'));
  expect([status, clock.monotonic() - began < 1_000]).toEqual(['succeeded', true]);
  expect(error).toMatchObject({ name: 'AbortedError', context: { connection: 'stuck' } });
});

test('the look-up of a name is under the time-out for connecting', async () => {
  const { sync, sent } = world({
    ...{ network: 'public', http: { lookup: never, timeouts: { connect: '300ms' } } },
  });
  const { error } = await sync('acme');
  expect(error).toMatchObject({ name: 'TimeoutError', context: { phase: 'lookup' } });
  expect(error?.message).toContain('api.test was not looked up within 300 ms');
  expect(sent).toEqual([]);
});

test('refresh that never settles: given up after a minute, tried again later, and no new credentials are asked for', async () => {
  let calls = 0;
  const auth = customAuth({
    credentials,
    apply: (request: AuthRequest, ctx) => {
      request.headers.set('x-key', ctx.credentials.key);
    },
    refresh: () => {
      calls += 1;
      return never();
    },
  });
  const { clock, syncer, sync } = world({ auth, status: 401 });
  const told: unknown[] = [];
  syncer.onAny((event) => {
    if (event.type.startsWith('auth.')) told.push([event.type, event.error?.code]);
  });
  const began = clock.monotonic();
  const { error } = await sync('acme');
  expect(error).toMatchObject({ name: 'TimeoutError', retryable: true });
  expect(error?.message).toContain('api/acme: auth.refresh did not settle within 60000 ms');
  expect(Math.round((clock.monotonic() - began) / 1_000)).toBe(60);
  expect(told).toEqual([['auth.refresh_failed', 'TIMEOUT']]);
  expect((await syncer.connections.get('api', 'acme'))?.status).toBe('active');
  await clock.run(clock.sleep(11_000));
  expect((await sync('acme')).error).toMatchObject({ name: 'TimeoutError' });
  expect(calls).toBe(2);
});

test('who waits for a refresh that never settles can be cancelled', async () => {
  const auth = customAuth({ credentials, apply: () => undefined, refresh: never });
  const cancelled = new AbortController();
  let error: unknown;
  const pull = async (http: HttpClient): Promise<void> => {
    const asked = http.get('items', { signal: cancelled.signal });
    for (let i = 0; i < 50; i++) await setImmediate();
    cancelled.abort(new Error('enough'));
    error = await asked.then(undefined, (thrown: unknown) => thrown);
  };
  const { start, syncer, sent } = world({ auth, status: 401, pull });
  const run = start('acme');
  await run;
  expect(error).toMatchObject({ name: 'AbortedError' });
  expect([sent.length, (await syncer.connections.get('api', 'acme'))?.status]).toEqual([
    ...[1, 'active'],
  ]);
});
