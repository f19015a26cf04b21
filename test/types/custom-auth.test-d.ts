import { createSyncer, customAuth, defineConnector, type JsonObject } from 'syncline';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const auth = customAuth({
  credentials: z.object({ user: z.string(), since: z.coerce.number().default(0) }),
  apply: (request, ctx) => {
    expectTypeOf(ctx.credentials).toEqualTypeOf<{ user: string; since: number }>();
    expectTypeOf(ctx.connection.id).toEqualTypeOf<string>();
    expectTypeOf(request.headers).toEqualTypeOf<Headers>();
    expectTypeOf(request.url).toEqualTypeOf<URL>();
  },
  async refresh({ credentials, http, log }) {
    expectTypeOf(credentials.since).toEqualTypeOf<number>();
    log.info('asking', {} satisfies JsonObject);
    const user = await http.post('login').json(z.string());
    // What is given: `since` has a default.
    return { user };
  },
});

const shop = defineConnector({
  name: 'shop',
  auth,
  streams: {
    rows: { schema: z.object({ id: z.string() }), key: 'id', pull: async function* () {} },
  },
});

test('credentials are typed by their schema', () => {
  const syncer = createSyncer({ connectors: [shop] });
  const create = () => [
    syncer.connections.create(shop, { id: 'a', credentials: { user: 'x' } }),
    // @ts-expect-error user is missing
    syncer.connections.create(shop, { id: 'a', credentials: { since: 1 } }),
    syncer.connections.update(shop, 'a', (draft) => {
      expectTypeOf(draft.credentials.user).toEqualTypeOf<string>();
      return draft;
    }),
  ];
  expectTypeOf(create).toBeFunction();
  customAuth({
    credentials: z.object({ token: z.string() }),
    apply: () => undefined,
    // @ts-expect-error token is missing
    refresh: async () => ({}),
  });
});
