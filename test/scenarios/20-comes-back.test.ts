import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row, scripted } from '../support/by-hand.js';
import { type RowDeletions, shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

interface Case {
  readonly name: string;
  readonly deletions: RowDeletions;
  readonly store: (typeof storeKinds)[number];
}

const cases: readonly Case[] = storeKinds.flatMap((store) => [
  { name: `snapshot, ${store}`, store, deletions: { kind: 'snapshot', maxDeleteRatio: 0.5 } },
  {
    name: `flag, ${store}`,
    store,
    deletions: { kind: 'flag', when: (raw) => raw['gone'] === true },
  },
]);

test.each(cases)(
  'scenario 20: a deleted record appears again: an insert, and its earlier payload stays in its tombstone ($name)',
  async ({ deletions, store }) => {
    const api = await testApi();
    const connector = shop(api, { deletions, cursor: { order: 'ascending', overlap: 0 } });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (const id of ['1', '2', '3']) api.put(id, { title: `first life of ${id}` });
    await rows.sync();
    const seq = async (): Promise<number> => (await collect(rows.changes())).at(-1)!.seq;
    const stored = await seq();

    if (deletions.kind === 'flag') api.put('2', { gone: true, title: null });
    else api.delete('2');
    expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(1);
    expect(await rows.get('2')).toBeUndefined();
    expect(await rows.count()).toBe(2);
    const deleted = await collect(rows.changes({ after: stored }));
    expect(deleted).toMatchObject([
      { kind: 'delete', key: '2', record: { id: '2', title: 'first life of 2' } },
    ]);
    const buried = await seq();

    api.put('2', { gone: false, title: 'second life' });
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, updated: 0 });
    const back = await collect(rows.changes({ after: buried }));
    expect(back).toMatchObject([{ kind: 'insert', key: '2', record: { title: 'second life' } }]);
    // Also to one who knew the first life: its present one began after.
    expect((await collect(rows.changes({ after: stored }))).map(({ kind }) => kind)).toEqual([
      'insert',
    ]);

    api.put('2', { title: 'second life, edited' });
    expect((await rows.sync()).counts).toMatchObject({ inserted: 0, updated: 1 });
    expect(await collect(rows.changes({ after: back[0]!.seq }))).toMatchObject([
      { kind: 'update' },
    ]);
  },
);

test.each(storeKinds)(
  'scenario 20: it comes back with the very same content (%s)',
  async (store) => {
    const script = scripted();
    const connector = byHand(script.pull, { cursor: { field: 'updated', order: 'ascending' } });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const same = row('1', '2025-01-01T00:00:00Z');
    script.pages = [[same]];
    await rows.sync();
    script.pages = [{ deletes: ['1'] }];
    expect((await rows.sync()).counts.deleted).toBe(1);
    script.pages = [[same]];
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, unchanged: 0, stale: 0 });
    expect(await rows.get('1')).toEqual(same);
  },
);

test('scenario 20: deleted twice is deleted once, and what was never there is not deleted at all', async () => {
  const script = scripted();
  const connector = byHand(script.pull, { cursor: { field: 'updated' } });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  script.pages = [[row('1')], { deletes: ['1', 'never'] }, { deletes: ['1'] }];
  expect((await rows.sync()).counts).toMatchObject({ inserted: 1, deleted: 1 });
  // Born and died before anybody looked.
  expect(await collect(rows.changes())).toEqual([]);
});
