import { describe, expect, test } from 'vitest';
import { testApi, tokenOf } from '../support/api.js';
import { byHand, row } from '../support/by-hand.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, testSyncer } from '../support/syncer.js';

describe.each(pagingStyles)('%s', (style) => {
  test('scenario 12: a full page of which every record is rejected does not end the paging', async () => {
    const api = await testApi();
    api.fill(9);
    for (const id of ['r4', 'r5', 'r6']) api.put(id, { title: null }, api.rows.get(id)!.at);
    const connector = shop(api, { style, limit: 3, cursor: { order: 'ascending' } });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const { counts, cursor } = await rows.sync();
    expect(counts).toMatchObject({ inserted: 6, rejected: 3 });
    expect(cursor).toBe(api.kind.write(api.now()));
    expect((await collect(rows.rejected())).map(({ key }) => key)).toEqual(['r4', 'r5', 'r6']);
  });

  test('scenario 12: nor does a page of nothing but what is stored already', async () => {
    const api = await testApi();
    api.fill(9);
    const connector = shop(api, { style, limit: 3, cursor: false });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (const id of ['r7', 'r8', 'r9']) api.delete(id);
    await rows.sync();
    api.fill(9);
    // Offsets need one request more or less, the other styles as many pages as there are.
    const { counts } = await rows.sync();
    expect(counts).toMatchObject({ inserted: 3, updated: 0 });
    expect(await rows.count()).toBe(9);
  });

  test('scenario 12: nor does a page of nothing but tombstones of unknown records', async () => {
    const api = await testApi();
    api.fill(9);
    for (const id of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']) {
      api.put(id, { title: null, gone: true }, api.rows.get(id)!.at);
    }
    const connector = shop(api, {
      style,
      limit: 3,
      deletions: { kind: 'flag', when: (raw) => raw['gone'] === true },
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const { counts } = await rows.sync();
    expect(counts).toMatchObject({ inserted: 3, deleted: 0, rejected: 0 });
  });
});

test('scenario 12: pages that the connector has filtered empty are pages all the same', async () => {
  const connector = byHand(
    async function* pull() {
      yield { records: [], resume: 1 };
      yield [];
      yield { records: [], resume: 2 };
      yield [row('1', '2025-01-01T00:00:00Z')];
      yield { records: [] };
    },
    { cursor: { field: 'updated', order: 'ascending' } },
  );
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const { counts, cursor } = await syncer.connection(connector, 'acme').stream('rows').sync();
  expect(counts).toMatchObject({ pages: 5, inserted: 1 });
  expect(cursor).toBe('2025-01-01T00:00:00Z');
});

test('scenario 12: an empty page in the middle of a token list is not its end', async () => {
  const api = await testApi();
  api.fill(4);
  const connector = shop(api, { style: 'cursor', limit: 2 });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.intercept = ({ params }) =>
    params['after'] === undefined
      ? { body: { items: [], next: tokenOf(api.rows.get('r2')!) } }
      : undefined;
  expect((await rows.sync()).counts).toMatchObject({ pages: 2, inserted: 2 });
});
