import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

const cases = cursorKinds.map((kind, i) => ({ kind, store: storeKinds[i % 2]!, name: kind.name }));

test.each(cases)(
  'scenario 24: a volatile field that differs alone is stored, and no change is told ($name)',
  async ({ kind, store }) => {
    const api = await testApi({ kind });
    const connector = shop(api, {
      cursor: { order: 'ascending', overlap: 0 },
      volatile: ['lastSeenAt', 'visits'],
    });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.put('1', { lastSeenAt: 'monday', visits: 1 });
    await rows.sync();
    const before = await collect(rows.changes());

    api.put('1', { lastSeenAt: 'tuesday', visits: 2 });
    expect((await rows.sync()).counts).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await rows.get('1')).toMatchObject({ lastSeenAt: 'tuesday', visits: 2 });
    expect(await collect(rows.changes({ after: before[0]!.seq }))).toEqual([]);

    // One that appears or goes is volatile too.
    const { visits: _visits, ...fields } = api.rows.get('1')!.fields;
    api.rows.set('1', { id: '1', at: api.now(), fields });
    expect((await rows.sync()).counts).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await rows.get('1')).not.toHaveProperty('visits');

    api.put('1', { lastSeenAt: 'wednesday', title: 'edited' });
    expect((await rows.sync()).counts).toMatchObject({ updated: 1 });
    const changes = await collect(rows.changes({ after: before[0]!.seq }));
    expect(changes).toMatchObject([{ record: { lastSeenAt: 'wednesday', title: 'edited' } }]);
  },
);

test('scenario 24: a field of that name deeper in the record is not volatile', async () => {
  const api = await testApi();
  const connector = shop(api, { cursor: false, volatile: ['lastSeenAt'] });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('1', { user: { lastSeenAt: 1 } });
  await rows.sync();
  api.put('1', { user: { lastSeenAt: 2 } });
  expect((await rows.sync()).counts).toMatchObject({ updated: 1 });
});

test('scenario 24: a volatile cursor field moves the cursor, and its version counts', async () => {
  const api = await testApi();
  const connector = shop(api, {
    cursor: { order: 'ascending', overlap: 0 },
    volatile: ['updated'],
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('1', {}, api.now() - 5_000);
  await rows.sync();
  api.put('1', {}, api.now() - 1_000);
  expect(await rows.sync()).toMatchObject({
    counts: { updated: 0, unchanged: 1 },
    cursor: api.kind.write(api.now() - 1_000),
  });
  expect(await collect(rows.changes())).toHaveLength(1);
});
