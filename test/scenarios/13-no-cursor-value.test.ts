import { describe, expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row, scripted } from '../support/by-hand.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { shop } from '../support/shop.js';
import { storeKinds, testSyncer } from '../support/syncer.js';

const cases = cursorKinds.flatMap((kind, i) =>
  (['ascending', 'unordered'] as const).map((order) => ({
    kind,
    order,
    store: storeKinds[i % 2]!,
    name: `${kind.name}, ${order}`,
  })),
);

/** What no kind can read, beside `null` and nothing at all. */
function unreadable(type: string | undefined): readonly (string | number)[] {
  return type === undefined ? ['', 'never'] : ['', 'never', '2026-13-45', '0000-00-00 00:00:00'];
}

test.each(cases)(
  'scenario 13: records without a readable cursor value are stored and counted, the cursor unharmed ($name)',
  async ({ kind, order, store }) => {
    const script = scripted();
    const { type } = kind;
    const connector = byHand(script.pull, {
      cursor: { field: 'updated', order, overlap: 0, ...(type === undefined ? {} : { type }) },
    });
    const { syncer, told } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const at = (n: number): string | number => kind.write(Date.UTC(2025, 5, n));
    const odd = unreadable(type);
    script.pages = [
      [row('1', at(1)), row('null', null), row('missing')],
      [...odd.map((value, i) => row(`odd ${i}`, value)), row('2', at(2))],
      [row('null again', null)],
    ];
    const { cursor, counts } = await rows.sync();
    expect(cursor).toBe(at(2));
    expect(counts).toMatchObject({ inserted: 5 + odd.length, rejected: 0 });
    expect(told('cursor.unreadable').map(({ count }) => count)).toEqual([2, odd.length, 1]);
    expect(told('cursor.unordered')).toEqual([]);
    expect(await rows.get('missing')).toEqual({ id: 'missing', title: 'row missing' });

    // Unharmed also as the type of the field: the next run compares as before.
    script.pages = [[row('null', null, { title: 'edited' }), row('2', at(3)), row('1', at(1))]];
    const second = await rows.sync();
    expect(script.asked.at(-1)?.cursor).toBe(at(2));
    expect(second.counts).toMatchObject({ updated: 2, unchanged: 1 });
    expect(second.cursor).toBe(at(3));
  },
);

test('scenario 13: those that the schema refuses too are kept as rejected', async () => {
  const api = await testApi();
  const connector = shop(api, { cursor: { order: 'ascending' } });
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.fill(2);
  api.put('bad', { updated: { seconds: 3 } });
  const { cursor, counts } = await rows.sync();
  expect(counts).toMatchObject({ inserted: 2, rejected: 1 });
  expect(cursor).toBe(api.kind.write(api.now()));
  expect(told('cursor.unreadable')).toMatchObject([{ count: 1, key: 'bad' }]);
});

describe.each(['ascending', 'unordered'] as const)('%s', (order) => {
  test('scenario 13: a reading of nothing but such records leaves no cursor, and the next reads all again', async () => {
    const script = scripted();
    const connector = byHand(script.pull, { cursor: { field: 'updated', order } });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    script.pages = [[row('1', null), row('2')]];
    expect((await rows.sync()).cursor).toBeNull();
    script.pages = [[row('1', '2025-01-01T00:00:00Z')]];
    expect((await rows.sync()).cursor).toBe('2025-01-01T00:00:00Z');
    expect(script.asked.map(({ cursor }) => cursor)).toEqual([undefined, undefined]);
  });

  test('scenario 13: a function that throws on a record is a value that cannot be read', async () => {
    const script = scripted();
    const connector = byHand(script.pull, {
      cursor: { field: (raw) => (raw['meta'] as { updated: string }).updated, order },
    });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    script.pages = [[row('1'), row('2', null, { meta: { updated: '2025-01-01T00:00:00Z' } })]];
    expect(await rows.sync()).toMatchObject({
      cursor: '2025-01-01T00:00:00Z',
      counts: { inserted: 2 },
    });
    expect(told('cursor.unreadable')).toMatchObject([{ count: 1, key: '1' }]);
  });
});
