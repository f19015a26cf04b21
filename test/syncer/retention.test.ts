import { defineConnector, type SyncerOptions } from 'syncline';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loopback } from '../http/support/loopback.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

const DAY = 86_400_000;

type Options = Pick<SyncerOptions, 'retention' | 'traffic'>;

async function reading(options: Options, store: 'memory' | 'sqlite') {
  const api = await loopback(() => ({ body: [{ id: 'a' }] }));
  const shop = defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    streams: {
      rows: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        async *pull(ctx) {
          yield* ctx.http.pages('rows', { pagination: 'link' });
        },
      },
    },
  });
  const made = testSyncer([shop], { store, ...options });
  await made.syncer.connections.create(shop, { id: 'acme' });
  const { syncer } = made;
  const kept = async () => ({
    runs: (await collect(syncer.runs())).length,
    logs: (await collect(syncer.logs({ type: 'run.succeeded' }))).length,
    traffic: (await collect(syncer.traffic())).length,
  });
  return { ...made, kept, stream: syncer.connection(shop, 'acme').stream('rows') };
}

test.each(storeKinds)('runs, logs and traffic go when they are old (%s)', async (store) => {
  const { stream, kept, clock, told } = await reading({}, store);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 1, logs: 1, traffic: 1 });
  clock.skip(2 * DAY);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 2, logs: 2, traffic: 2 });
  clock.skip(2 * DAY);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 3, logs: 3, traffic: 2 });
  clock.skip(4 * DAY);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 4, logs: 3, traffic: 1 });
  clock.skip(29 * DAY);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 2, logs: 1, traffic: 1 });
  expect(told('store.pruned')).toContainEqual(expect.objectContaining({ what: 'runs', rows: 3 }));
  // What was synced stays.
  expect((await collect(stream.records())).length).toBe(1);
});

test.each<[Options]>([
  [{ retention: { runs: '1h', logs: '1h', traffic: '1h' } }],
  [{ retention: { runs: 3_600_000, logs: '60m' }, traffic: { maxAge: '1h' } }],
])('as %j says', async (options) => {
  const { stream, kept, clock } = await reading(options, 'sqlite');
  await stream.sync();
  await clock.advance(3_600_001);
  await stream.sync();
  expect(await kept()).toEqual({ runs: 1, logs: 1, traffic: 1 });
});

test('traffic over its size goes, the oldest first', async () => {
  const { stream, syncer, clock } = await reading({ traffic: { maxBytes: 5_000 } }, 'sqlite');
  const ids: number[] = [];
  for (let i = 0; i < 30; i++) {
    clock.skip(60_000);
    await stream.sync();
    const all = await collect(syncer.traffic());
    ids.push(all.at(-1)?.id ?? 0);
    expect(all.length).toBeLessThan(12);
    expect(all.map(({ id }) => id)).toEqual(ids.slice(-all.length));
  }
  expect((await collect(syncer.traffic())).length).toBeGreaterThan(3);
});

test('a long backlog goes in slices, the next one with the next writing', async () => {
  const { stream, syncer, clock, told } = await reading({}, 'memory');
  for (let i = 0; i < 600; i++) await stream.sync();
  await collect(syncer.logs());
  clock.skip(8 * DAY);
  await stream.sync();
  await collect(syncer.traffic());
  const traffic = told('store.pruned').filter(({ what }) => what === 'traffic');
  expect(traffic.every(({ rows }) => rows <= 250)).toBe(true);
  for (let i = 0; i < 5; i++) {
    await stream.sync();
    await collect(syncer.traffic());
  }
  expect((await collect(syncer.traffic())).length).toBeLessThan(10);
});

test.each(storeKinds)(
  'tombstones, superseded versions and rejected records go when they are old, and late readers are told (%s)',
  async (store) => {
    const script = {
      records: [] as readonly { id: string; n: unknown }[],
      deletes: [] as string[],
    };
    const hand = defineConnector({
      name: 'hand',
      streams: Object.fromEntries(
        [false, true].map((history) => [
          history ? 'versions' : 'latest',
          {
            schema: z.object({ id: z.string(), n: z.number() }),
            key: 'id' as const,
            history,
            async *pull() {
              yield await Promise.resolve({
                ...script,
                records: script.records as { id: string; n: number }[],
              });
            },
          },
        ]),
      ),
    });
    const retention = { tombstones: '2d', history: '4d', rejected: '6d', logs: '30d' } as const;
    const { syncer, clock, told } = testSyncer([hand], { store, retention });
    await syncer.connections.create(hand, { id: 'acme' });
    const acme = syncer.connection(hand, 'acme');
    const latest = acme.stream('latest');
    const versions = acme.stream('versions');
    const commit = async (records: typeof script.records, deletes: string[] = []) => {
      Object.assign(script, { records, deletes });
      await acme.sync();
    };
    await commit([
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
      { id: 'c', n: 'wrong' },
    ]);
    const seq = Math.max(...(await collect(latest.changes())).map((change) => change.seq));
    await commit([{ id: 'b', n: 2 }], ['a']);
    clock.skip(DAY);
    await commit([]);
    expect((await collect(latest.changes({ after: seq }))).map(({ kind }) => kind)).toContain(
      'delete',
    );

    clock.skip(2 * DAY);
    await commit([]);
    await collect(syncer.logs());
    expect(told('store.pruned')).toEqual([
      expect.objectContaining({ what: 'tombstones', rows: 1 }),
    ]);
    await expect(collect(latest.changes({ after: seq }))).rejects.toThrow('no longer kept');
    expect(await collect(latest.changes())).toHaveLength(1);
    // Its versions are still there, and so it is told that it is gone.
    expect(
      (await collect(versions.changes())).map(({ key, kind }) => `${kind} ${key}`).sort(),
    ).toEqual([...['delete a', 'insert a', 'insert b', 'update b']]);

    clock.skip(2 * DAY);
    await commit([]);
    await collect(syncer.logs());
    expect((await collect(versions.changes())).map(({ key }) => key)).toEqual(['b']);
    expect(await collect(latest.rejected())).toHaveLength(1);
    clock.skip(2 * DAY);
    await commit([]);
    await collect(syncer.logs());
    expect(await collect(latest.rejected())).toEqual([]);
    expect(await latest.get('b')).toEqual({ id: 'b', n: 2 });
  },
);
