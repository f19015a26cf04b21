import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row } from '../support/by-hand.js';
import { type PagingStyle, shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

const snapshot = { kind: 'snapshot' } as const;
const cases = (['cursor', 'next', 'link', 'offset', 'page', 'graphql'] as const).flatMap(
  (style: PagingStyle) => storeKinds.map((store) => ({ style, store })),
);

test.each(cases)(
  'scenario 18: a resumed full pass counts what its first half has seen ($style, $store)',
  async ({ style, store }) => {
    const api = await testApi();
    api.fill(10);
    const connector = shop(api, { style, limit: 3, deletions: snapshot, sort: 'id' });
    const { syncer, told } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync({ mode: 'full' });
    api.delete('r10');
    const began = api.asked.length;
    api.intercept = ({ index }) => (index === began + 2 ? { status: 422, body: {} } : undefined);
    expect((await rows.sync({ mode: 'full', throws: false })).status).toBe('failed');

    api.intercept = () => undefined;
    const { counts } = await rows.sync({ mode: 'full' });
    expect(counts.deleted).toBe(1);
    expect(await rows.count()).toBe(9);
    expect(told('deletion.guarded')).toEqual([]);
    // One judged nine of ten as seen at once: its first half was not forgotten.
    expect(told('deletion.pass').slice(-1)).toMatchObject([{ judged: 10, missing: 1 }]);
  },
);

test('scenario 18: a pass in three parts, an incremental run between two of them', async () => {
  const api = await testApi();
  api.fill(9);
  const connector = shop(api, {
    style: 'next',
    limit: 3,
    deletions: { kind: 'snapshot', stable: true },
    sort: 'id',
  });
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ mode: 'full' });
  api.delete('r9');
  const failOnce = (after: number): void => {
    const at = api.asked.length + after;
    api.intercept = ({ index }) => (index === at ? { status: 422, body: {} } : undefined);
  };
  failOnce(1);
  await rows.sync({ mode: 'full', throws: false });
  // Between two parts: what it brings is there, and counts as seen.
  api.put('r0');
  await rows.sync({ mode: 'incremental' });
  failOnce(1);
  await rows.sync({ mode: 'full', throws: false });
  api.intercept = () => undefined;
  await rows.sync({ mode: 'full' });
  expect(told('deletion.applied')).toMatchObject([{ deleted: 1 }]);
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([
    'r0',
    'r1',
    'r2',
    'r3',
    'r4',
    'r5',
    'r6',
    'r7',
    'r8',
  ]);
});

test('scenario 18: without a resume token the next pass begins anew, and its first half proves nothing', async () => {
  let records = [1, 2, 3, 4, 5, 6].map((n) => row(String(n)));
  let fails = false;
  const connector = byHand(
    async function* pull() {
      yield records.slice(0, 3);
      if (fails) throw new Error('network');
      yield records.slice(3);
    },
    { deletions: { kind: 'snapshot', stable: true } },
  );
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  fails = true;
  await rows.sync({ throws: false });
  // Seen by the first half of the pass that failed, and gone before the next.
  records = records.slice(1);
  fails = false;
  expect((await rows.sync()).counts.deleted).toBe(1);
});

test('scenario 18: the chain of a full reading that was no pass does not become one', async () => {
  const records = Array.from({ length: 10 }, (_, i) => row(`r${i}`, null));
  let fails = true;
  const pull = async function* (ctx: { readonly resume: unknown }) {
    if (ctx.resume === undefined) yield { records: records.slice(0, 1), resume: 1 };
    if (fails) throw new Error('network');
    yield { records: records.slice(1) };
  };
  const before = byHand(pull, { cursor: { field: 'updated' } });
  const after = byHand(pull, {
    cursor: { field: 'updated' },
    deletions: { kind: 'snapshot', stable: true },
  });
  const inner = memory();
  const store = { ...inner, close: async () => Promise.resolve() };
  const first = testSyncer([before], { store });
  await first.syncer.connections.create(before, { id: 'acme' });
  fails = false;
  await first.syncer.connection(before, 'acme').stream('rows').sync();
  fails = true;
  await first.syncer
    .connection(before, 'acme')
    .stream('rows')
    .sync({ mode: 'full', throws: false });
  await first.syncer.stop();

  // The stream is declared anew, with deletions; the open chain has begun without a pass.
  fails = false;
  const second = testSyncer([after], { store });
  const rows = second.syncer.connection(after, 'acme').stream('rows');
  await rows.sync({ mode: 'full' });
  expect(await rows.count()).toBe(10);
});
