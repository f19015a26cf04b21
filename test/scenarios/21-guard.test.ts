import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { TestClock, until } from '../support/clock.js';
import { deliver } from '../support/deliver.js';
import { pagingStyles, shop, type ShopOptions } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';
import { memory } from 'syncline/memory';

async function stocked(options: ShopOptions = {}, store: (typeof storeKinds)[number] = 'memory') {
  const api = await testApi();
  for (let i = 0; i < 10; i++) api.put(`r${i}`);
  const connector = shop(api, { limit: 4, deletions: { kind: 'snapshot' }, ...options });
  const test = testSyncer([connector], { store });
  await test.syncer.connections.create(connector, { id: 'acme' });
  const rows = test.syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ mode: 'full' });
  return { api, rows, connector, ...test };
}

const cases = pagingStyles.map((style, i) => ({ style, store: storeKinds[i % 2]! }));

test.each(cases)(
  'scenario 21: 40 % are gone at once: held, told, and deleted when the app approves ($style, $store)',
  async ({ style, store }) => {
    const { api, rows, told } = await stocked({ style }, store);
    const before = (await collect(rows.changes())).at(-1)!.seq;
    for (const id of ['r1', 'r3', 'r5', 'r7']) api.delete(id);
    const result = await rows.sync({ mode: 'full' });
    expect(result).toMatchObject({ status: 'succeeded', counts: { deleted: 0 } });
    expect(await rows.count()).toBe(10);
    expect(told('deletion.guarded')).toMatchObject([
      { run: result.id, reason: 'ratio', judged: 10, missing: 4, maxDeleteRatio: 0.2, held: true },
    ]);
    expect(await collect(rows.changes({ after: before }))).toEqual([]);

    expect(await rows.approveDeletions()).toBe(4);
    expect(told('deletion.approved')).toMatchObject([{ deleted: 4, kept: 0 }]);
    const changes = await collect(rows.changes({ after: before }));
    expect(changes.map(({ kind, key }) => [kind, key]).sort()).toEqual([
      ['delete', 'r1'],
      ['delete', 'r3'],
      ['delete', 'r5'],
      ['delete', 'r7'],
    ]);
    // Approved once is approved.
    expect(await rows.approveDeletions()).toBe(0);
    expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(0);
  },
);

test('scenario 21: exactly the ratio is allowed, above it is not', async () => {
  const { api, rows, told } = await stocked({ style: 'cursor' });
  api.delete('r1');
  api.delete('r2');
  expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(2);
  api.delete('r3');
  api.delete('r4');
  expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(0);
  expect(told('deletion.guarded')).toMatchObject([{ judged: 8, missing: 2 }]);
});

test('scenario 21: what was seen since is not deleted by the approval', async () => {
  const { api, rows, told } = await stocked();
  const gone = ['r1', 'r3', 'r5', 'r7'];
  for (const id of gone) api.delete(id);
  await rows.sync({ mode: 'full' });
  api.put('r3', { title: 'back' });
  await rows.sync();
  expect(await rows.approveDeletions()).toBe(3);
  expect(told('deletion.approved')).toMatchObject([{ deleted: 3, kept: 1 }]);
  expect(await rows.get('r3')).toMatchObject({ title: 'back' });
  expect(await rows.count()).toBe(7);
});

test('scenario 21: the next pass replaces what is held, in either direction', async () => {
  const { api, rows } = await stocked();
  const gone = ['r1', 'r3', 'r5', 'r7'].map((id) => api.rows.get(id)!);
  for (const { id } of gone) api.delete(id);
  await rows.sync({ mode: 'full' });
  for (const row of gone.slice(1)) api.rows.set(row.id, row);
  // Now it is only one, and that is deleted without asking.
  expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(1);
  expect(await rows.approveDeletions()).toBe(0);
  expect(await rows.count()).toBe(9);
});

test('scenario 21: a page fetched before a delivery arrived and committed after it: the newer version stays', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const store = memory();
  const connector = shop(api, { cursor: { order: 'ascending', overlap: 0 } });
  const { syncer } = testSyncer([connector], { store, clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('1', { title: 'old' });
  api.put('2', { title: 'other' });
  const page = api.answer({ path: '/link', params: {}, headers: {}, index: 0 });
  let send = (): void => undefined;
  api.intercept = () =>
    new Promise((resolve) => {
      send = () => {
        resolve(page);
      };
    });
  const run = rows.sync();
  await until(() => api.asked.length === 1);

  // While the answer is on its way, the record changes and a webhook says so.
  clock.skip(1_000);
  const newer = new Date(clock.now()).toISOString();
  api.put('1', { title: 'new' });
  await deliver(
    store,
    { id: '1', updated: newer, title: 'new' },
    { connector: 'shop', now: clock.now() },
  );
  api.intercept = () => undefined;
  send();
  const result = await run;
  expect(result.counts).toMatchObject({ stale: 1, inserted: 1 });
  expect(await rows.get('1')).toMatchObject({ title: 'new' });
  // And the cursor does not pass it by: it comes again.
  expect(result.cursor).toBe(new Date(clock.now() - 1_000).toISOString());
  expect((await rows.sync()).counts).toMatchObject({ unchanged: 2, updated: 0 });
});
