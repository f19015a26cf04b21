import { readFileSync } from 'node:fs';
import { apiKey, createSyncer, defineConnector, sqlite, type Store } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type TestApi, testApi } from '../support/api.js';
import { settle, TestClock, until } from '../support/clock.js';
import { answerTagged } from '../support/etags.js';
import { type Death, mortalStore } from '../support/mortal-store.js';
import { shop } from '../support/shop.js';
import { tempFile, testSyncer } from '../support/syncer.js';

const MINUTE = 60_000;
const KEY = 'k-e-y-9f2d41c07a';

test.each<Death>(['before', 'after'])(
  'a crash at any commit: what is later unchanged is what is stored (%s it)',
  async (death) => {
    for (let nth = 1; ; nth++) {
      const api = await testApi();
      api.fill(5);
      const { statuses } = answerTagged(api);
      const connector = shop(api, { style: 'cursor', cursor: false, limit: 2, conditional: true });
      const inner = memory();
      const clock = new TestClock();
      const owner = testSyncer([connector], { store: inner, clock });
      await owner.syncer.connections.create(connector, { id: 'acme' });
      const rows = owner.syncer.connection(connector, 'acme').stream('rows');
      await rows.sync();
      api.put('r1', { title: 'edited' });
      api.put('r5', { title: 'edited' });

      const { store, isDead } = mortalStore(inner, nth, death);
      const dead = createSyncer({ connectors: [connector], store, clock });
      let ended = false;
      void dead
        .connection(connector, 'acme')
        .stream('rows')
        .sync()
        .then(() => (ended = true));
      await until(() => ended || isDead());
      await settle();

      clock.skip(MINUTE);
      await rows.sync();
      expect([(await rows.get('r1'))?.title, (await rows.get('r5'))?.title]).toEqual([
        'edited',
        'edited',
      ]);
      statuses();
      await rows.sync();
      expect(statuses()).toEqual([304, 304, 304]);
      if (!isDead()) return;
    }
  },
);

test('a list that is again as it was before an interrupted reading is read', async () => {
  const titles = ['a', 'b'];
  let failing = false;
  const api = await testApi();
  const { statuses } = answerTagged(api, {
    answer: ({ params: { page = '1' } }) => {
      if (failing && page === '2') return { status: 422 };
      const items = titles.slice(Number(page) - 1, Number(page));
      return { body: { items: items.map((title) => ({ id: page, title })) } };
    },
  });
  const connector = defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    streams: {
      rows: {
        schema: z.object({ id: z.string(), title: z.string() }),
        key: 'id',
        async *pull(ctx) {
          const pagination = { page: 'page', size: ['limit', 1] } as const;
          const pages = ctx.http.pages('page', { items: 'items', pagination, conditional: true });
          // Nothing to go on from: a reading that fails is begun anew.
          for await (const page of pages) yield { ...page, resume: null };
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  [titles[0], failing] = ['edited', true];
  await rows.sync({ throws: false });
  expect((await rows.get('1'))?.title).toBe('edited');
  [titles[0], failing] = ['a', false];
  statuses();
  await rows.sync();
  expect(statuses()).toEqual([200, 304, 304]);
  expect((await rows.get('1'))?.title).toBe('a');
});

interface Definition {
  readonly version?: number;
  readonly schema?: z.ZodType<{ id: string }, { id: string }>;
  readonly headers?: Readonly<Record<string, string>>;
}

function open(
  api: TestApi,
  store: Store,
  { version = 1, headers, schema = z.looseObject({ id: z.string() }) }: Definition = {},
) {
  const connector = defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    config: z.object({ team: z.string() }),
    auth: apiKey({ query: 'key' }),
    ...(headers === undefined ? {} : { headers }),
    streams: {
      rows: {
        schema,
        key: 'id',
        version,
        async *pull(ctx) {
          yield* ctx.http.pages('next', {
            searchParams: { limit: 2 },
            items: 'items',
            pagination: { next: 'links.next' },
            conditional: true,
          });
        },
      },
    },
  });
  const tested = testSyncer([connector], { store, encryptionKey: 'a text of some length' });
  return { connector, ...tested, rows: tested.syncer.connection(connector, 'acme').stream('rows') };
}

test('another config: everything is read', async () => {
  const api = await testApi();
  api.fill(3);
  const { statuses } = answerTagged(api);
  const store = sqlite(tempFile());
  const first = open(api, store);
  const credentials = { key: KEY };
  const { connector } = first;
  await first.syncer.connections.create(connector, {
    id: 'acme',
    config: { team: 'a' },
    credentials,
  });
  await first.rows.sync();
  await first.rows.sync();
  expect(statuses()).toEqual([200, 200, 304, 304]);

  await first.syncer.connections.update(connector, 'acme', (now) => ({
    ...now,
    config: { team: 'b' },
  }));
  await first.rows.sync();
  expect(new Set(statuses())).toEqual(new Set([200]));
  await first.rows.sync();
  await first.rows.sync();
  expect(statuses().slice(-2)).toEqual([304, 304]);
});

test.each<[string, Definition]>([
  ['schema', { schema: z.object({ id: z.string(), title: z.string() }) }],
  ['schema version', { version: 2 }],
  ['header', { headers: { accept: 'application/vnd.v2+json' } }],
])('another %s of the definition: everything is read', async (_, changed) => {
  const api = await testApi();
  api.fill(3);
  const { statuses } = answerTagged(api);
  const file = tempFile();
  const first = open(api, sqlite(file));
  const create = { id: 'acme', config: { team: 'a' }, credentials: { key: KEY } };
  await first.syncer.connections.create(first.connector, create);
  await first.rows.sync();
  await first.rows.sync();
  await first.syncer.stop({ drain: 0 });
  statuses();
  await open(api, sqlite(file), changed).rows.sync();
  expect(statuses()).toEqual([200, 200]);
});

test('nothing of the credentials is stored, although the API repeats them in its addresses', async () => {
  const api = await testApi();
  api.fill(3);
  const { statuses } = answerTagged(api);
  const file = tempFile();
  const { connector, rows, syncer } = open(api, sqlite(file));
  const create = { id: 'acme', config: { team: 'a' }, credentials: { key: KEY } };
  await syncer.connections.create(connector, create);
  await rows.sync();
  await rows.sync();
  expect(statuses()).toEqual([200, 200, 304, 304]);
  expect(api.params('key')).toEqual([KEY, KEY, KEY, KEY]);
  await syncer.stop({ drain: 0 });
  expect(readFileSync(file).includes(KEY)).toBe(false);
});
