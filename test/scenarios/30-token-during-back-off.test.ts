import { setImmediate } from 'node:timers/promises';
import { createSyncer, customAuth, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { seededRandom, virtualClock } from 'syncline/testing';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

const credentials = z.object({ token: z.string() });

test('scenario 30: the access token expires during a back-off: the retry uses the new one', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const api = defineConnector({
    name: 'api',
    baseUrl: 'https://api.test',
    auth: customAuth({
      credentials,
      apply: (request, { credentials: { token } }) => {
        request.headers.set('authorization', `Bearer ${token}`);
      },
      refresh: async () => ({ token: 'token-two' }),
    }),
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          // While one request waits for its next attempt, another finds that the token has expired.
          const [items] = await Promise.all([
            ctx.http.get('items').json(),
            clock.sleep(10).then(() => ctx.http.get('other').json()),
          ]);
          yield items as { id: number }[];
        },
      },
    },
  });
  const seen: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    const token = request.headers.get('authorization') ?? '';
    seen.push(`${path} ${token}`);
    if (path === '/other') {
      return token.endsWith('two') ? Response.json([]) : new Response('', { status: 401 });
    }
    return seen.filter((line) => line.startsWith('/items')).length === 1
      ? new Response('', { status: 503 })
      : Response.json([{ id: 1 }]);
  };
  const syncer = createSyncer({
    ...{ connectors: [api], store: memory(), clock, random: seededRandom(1), http: { fetch } },
    encryptionKey: 'a key of the test, long enough',
  });
  onTestFinished(() => clock.run(syncer.stop({ drain: 0 })));
  const made = { id: 'acme', credentials: { token: 'token-one' } };
  await clock.run(syncer.connections.create(api, made));
  const result = await clock.run(syncer.connection(api, 'acme').stream('items').sync());
  expect(result.status).toBe('succeeded');
  expect(seen[0]).toBe('/items Bearer token-one');
  expect(seen.at(-1)).toContain('Bearer token-two');
  expect(seen.filter((line) => line.startsWith('/items')).at(-1)).toBe('/items Bearer token-two');
});
