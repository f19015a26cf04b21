import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row, scripted } from '../support/by-hand.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

test.each(storeKinds)(
  'scenario 22: keys in another order, at any depth, are no change (%s)',
  async (store) => {
    const script = scripted();
    const connector = byHand(script.pull, { cursor: { field: 'updated', order: 'ascending' } });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const updated = '2025-01-01T00:00:00Z';
    script.pages = [
      [
        {
          id: '1',
          title: 'a',
          updated,
          deep: { x: [{ p: 1, q: 2 }], y: null },
          10: 'ten',
          9: 'nine',
        },
      ],
    ];
    await rows.sync();
    const before = await collect(rows.changes());
    script.pages = [
      [
        {
          9: 'nine',
          deep: { y: null, x: [{ q: 2, p: 1 }] },
          updated,
          title: 'a',
          10: 'ten',
          id: '1',
        },
      ],
    ];
    expect((await rows.sync()).counts).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await collect(rows.changes())).toEqual(before);

    // The order of a list is content.
    script.pages = [[{ id: '1', title: 'a', updated, deep: { x: [1, 2] } }]];
    await rows.sync();
    script.pages = [[{ id: '1', title: 'a', updated, deep: { x: [2, 1] } }]];
    expect((await rows.sync()).counts).toMatchObject({ updated: 1 });
  },
);

test('scenario 22: a field that is undefined and one that is not there are the same', async () => {
  const script = scripted();
  const connector = byHand(script.pull, { cursor: { field: 'updated' } });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  script.pages = [[{ id: '1', title: 'a', note: undefined }]];
  await rows.sync();
  script.pages = [[{ id: '1', title: 'a' }]];
  expect((await rows.sync()).counts).toMatchObject({ updated: 0, unchanged: 1 });
  script.pages = [[{ id: '1', title: 'a', note: null }]];
  expect((await rows.sync()).counts).toMatchObject({ updated: 1 });
});

test.each(pagingStyles)(
  'scenario 22: a page that is sent again emits nothing (%s)',
  async (style) => {
    const api = await testApi();
    api.fill(7);
    const connector = shop(api, { style, limit: 3, cursor: false });
    const { syncer } = testSyncer([connector], { store: 'sqlite' });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    const before = await collect(rows.changes());
    expect(before).toHaveLength(7);
    await rows.sync();
    // Half a reading, then from its last page.
    const failing = api.asked.length + 1;
    api.intercept = ({ index }) => (index === failing ? { status: 422, body: {} } : undefined);
    await rows.sync({ throws: false });
    api.intercept = () => undefined;
    await rows.sync();
    expect(await collect(rows.changes())).toEqual(before);
  },
);

test.each(cursorKinds)('scenario 22: an overlap emits nothing ($name)', async (kind) => {
  const api = await testApi({ kind });
  api.fill(5);
  const connector = shop(api, { cursor: { order: 'ascending', overlap: kind.overlap(3_600_000) } });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  const before = await collect(rows.changes());
  expect((await rows.sync()).counts).toMatchObject({
    read: 5,
    unchanged: 5,
    updated: 0,
    inserted: 0,
  });
  expect(await collect(rows.changes())).toEqual(before);
});

test.each(storeKinds)(
  'scenario 22: of a record twice in one page the last counts (%s)',
  async (store) => {
    const script = scripted();
    const connector = byHand(script.pull, {});
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    script.pages = [
      [row('1', null, { title: 'first' }), row('2'), row('1', null, { title: 'last' })],
    ];
    expect((await rows.sync()).counts).toMatchObject({ read: 3, inserted: 2, updated: 0 });
    expect(await rows.get('1')).toMatchObject({ title: 'last' });
    expect(await collect(rows.changes())).toHaveLength(2);
    // Also when it is invalid: then the key has no valid version on this page.
    script.pages = [[row('3', null, { title: 'good' }), { id: '3', title: 7 } as never]];
    expect((await rows.sync()).counts).toMatchObject({ inserted: 0, rejected: 1 });
  },
);

test('scenario 22: in records and deletes of one page: deleted', async () => {
  const script = scripted();
  const connector = byHand(script.pull, {});
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  script.pages = [[row('1'), row('2')]];
  await rows.sync();
  script.pages = [{ records: [row('1', null, { title: 'edited' }), row('2')], deletes: ['1'] }];
  expect((await rows.sync()).counts).toMatchObject({ deleted: 1, updated: 0, unchanged: 1 });
  expect(await rows.get('1')).toBeUndefined();
});
