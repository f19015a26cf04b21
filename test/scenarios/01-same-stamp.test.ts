import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

const cases = cursorKinds.flatMap((kind) =>
  (['ascending', 'unordered'] as const).map((order, i) => ({
    kind,
    order,
    name: `${kind.name}, ${order}`,
    store: storeKinds[i]!,
  })),
);

test.each(cases)(
  'scenario 1: a row edited and a row created at the very cursor both arrive ($name)',
  async ({ kind, order, store }) => {
    const api = await testApi({ kind });
    const connector = shop(api, { cursor: { order, overlap: 0 } });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.put('row 0');
    api.put('row 1');
    const first = await rows.sync();
    expect(first.cursor).toBe(kind.write(api.now()));
    const [last] = (await collect(rows.changes())).slice(-1);

    api.put('row 1', { title: 'edited' });
    api.put('row 2');
    const { counts } = await rows.sync();

    expect(api.params('since').at(-1)).toBe(String(kind.write(api.now())));
    expect(counts).toMatchObject({ inserted: 1, updated: 1, unchanged: 1, stale: 0 });
    const changes = await collect(rows.changes({ after: last!.seq }));
    expect(changes.map(({ key, kind: what }) => [key, what])).toEqual([
      ['row 1', 'update'],
      ['row 2', 'insert'],
    ]);
    expect(await rows.get('row 1')).toMatchObject({ title: 'edited' });
  },
);

test('scenario 1: pages of one record each, all of one stamp, arrive whole', async () => {
  const api = await testApi();
  const connector = shop(api, {
    cursor: { order: 'ascending', overlap: 0 },
    style: 'cursor',
    limit: 1,
  });
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  for (let i = 0; i < 5; i++) api.put(`row ${i}`);
  await rows.sync();
  api.put('row 9');
  api.put('row 10');

  expect((await rows.sync()).counts).toMatchObject({ inserted: 2, unchanged: 5 });
  expect(await rows.count()).toBe(7);
  expect(told('cursor.unordered')).toEqual([]);
  expect(told('page.drift')).toEqual([]);
});
