import { setImmediate } from 'node:timers/promises';
import { bearer, createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { seededRandom, virtualClock } from 'syncline/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { testSyncer } from '../support/syncer.js';

test('refused credentials: told once, no further request, and new ones make the connection active', async () => {
  const clock = virtualClock({ turn: setImmediate });
  let good = 'right-token';
  const seen: string[] = [];
  const api = defineConnector({
    name: 'api',
    baseUrl: 'https://api.test',
    auth: bearer(),
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          const asked = Array.from({ length: 5 }, (_, i) => ctx.http.get(`items/${i}`).json());
          await Promise.allSettled(asked);
          yield (await ctx.http.get('items').json()) as { id: number }[];
        },
      },
    },
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    seen.push(new URL(request.url).pathname);
    const right = request.headers.get('authorization') === `Bearer ${good}`;
    return right ? Response.json([{ id: 1 }]) : new Response('', { status: 401 });
  };
  const syncer = createSyncer({
    ...{ connectors: [api], store: memory(), clock, random: seededRandom(1), http: { fetch } },
    encryptionKey: 'a key of the test, long enough',
  });
  const told: string[] = [];
  syncer.onAny(({ type }) => {
    if (type.startsWith('auth.') || type === 'connection.needs_reauth') told.push(type);
  });
  onTestFinished(() => clock.run(syncer.stop({ drain: 0 })));
  const made = { id: 'acme', credentials: { token: 'wrong-token' } };
  await clock.run(syncer.connections.create(api, made));
  const items = syncer.connection(api, 'acme').stream('items');
  const refused = await clock.run(items.sync({ throws: false }));
  expect(refused.error).toMatchObject({ name: 'AuthError' });
  expect(told).toEqual(['auth.refused', 'connection.needs_reauth']);
  expect((await syncer.connections.get(api, 'acme'))?.status).toBe('needs_reauth');
  // Those that were under way together; none after the first refusal.
  expect(seen.length).toBeLessThanOrEqual(5);
  expect(seen).not.toContain('/items');
  const asked = seen.length;
  await expect(items.sync()).rejects.toMatchObject({ name: 'AuthError' });
  expect(seen).toHaveLength(asked);
  const update = { ...made.credentials, token: good };
  await clock.run(
    syncer.connections.update(api, 'acme', (draft) => ({ ...draft, credentials: update })),
  );
  expect((await clock.run(items.sync())).status).toBe('succeeded');
  good = 'another-token';
  expect((await clock.run(items.sync({ throws: false }))).status).toBe('failed');
  expect(told).toHaveLength(4);
});

describe('pausing says nothing of credentials', () => {
  const KEY = 'a key of the test, long enough';
  const api = defineConnector({
    name: 'api',
    baseUrl: 'https://api.test',
    auth: bearer(),
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          yield (await ctx.http.get('items').json()) as { id: number }[];
        },
      },
    },
  });

  /** A connection whose credentials are refused, until it gets the right ones. */
  async function connected() {
    let asked = 0;
    const control = { beforeAnswer: async (): Promise<unknown> => undefined };
    const fetch: typeof globalThis.fetch = async (input, init) => {
      asked += 1;
      await control.beforeAnswer();
      const given = new Request(input, init).headers.get('authorization');
      return given === 'Bearer right-token' ? Response.json([]) : new Response('', { status: 401 });
    };
    const { syncer, told } = testSyncer([api], { http: { fetch }, encryptionKey: KEY });
    await syncer.connections.create(api, { id: 'acme', credentials: { token: 'wrong-token' } });
    const items = syncer.connection(api, 'acme').stream('items');
    return {
      ...{ told, items, control },
      connections: syncer.connections,
      status: async () => (await syncer.connections.get(api, 'acme'))?.status,
      renew: () =>
        syncer.connections.update(api, 'acme', (draft) => ({
          ...draft,
          credentials: { token: 'right-token' },
        })),
      asked: () => asked,
    };
  }

  test('a connection that needs new credentials still does after pause and resume', async () => {
    const { connections, items, status, renew, asked, told } = await connected();
    await items.sync({ throws: false });
    expect(await status()).toBe('needs_reauth');
    await connections.pause(api, 'acme');
    expect(await status()).toBe('paused');
    await connections.resume(api, 'acme');
    expect(await status()).toBe('needs_reauth');
    await expect(items.sync()).rejects.toMatchObject({ name: 'AuthError' });
    expect([asked(), told('connection.needs_reauth').length]).toEqual([1, 1]);
    await renew();
    expect((await items.sync()).status).toBe('succeeded');
  });

  test('a paused one stays paused when it gets new credentials', async () => {
    const { connections, items, status, renew } = await connected();
    await items.sync({ throws: false });
    await connections.pause(api, 'acme');
    await renew();
    expect(await status()).toBe('paused');
    await connections.resume(api, 'acme');
    expect((await items.sync()).status).toBe('succeeded');
  });

  test('one that is refused after it was paused stays paused, and needs new ones then', async () => {
    const { connections, control, items, status, told } = await connected();
    control.beforeAnswer = () => connections.pause(api, 'acme');
    await items.sync({ throws: false });
    expect([await status(), told('connection.needs_reauth').length]).toEqual(['paused', 1]);
    await connections.resume(api, 'acme');
    expect(await status()).toBe('needs_reauth');
  });
});
