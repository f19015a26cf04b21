import { setImmediate } from 'node:timers/promises';
import { bearer, createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { seededRandom, virtualClock } from 'syncline/testing';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

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
