import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { TestClock } from '../support/clock.js';
import { instantKinds, numberKinds } from '../support/cursor-kinds.js';
import { shop } from '../support/shop.js';
import { storeKinds, testSyncer } from '../support/syncer.js';

const MINUTE = 60_000;

const cases = instantKinds.flatMap((kind) =>
  (['ascending', 'unordered'] as const).map((order, i) => ({
    kind,
    order,
    store: storeKinds[i]!,
    name: `${kind.name}, ${order}`,
  })),
);

test.each(cases)(
  'scenario 5: an empty reading is not begun again at the start, and a server ten minutes behind loses nothing by that ($name)',
  async ({ kind, order, store }) => {
    const clock = new TestClock();
    const serverTime = (): number => clock.now() - 10 * MINUTE;
    const api = await testApi({ kind, now: serverTime });
    const start = kind.write(clock.now() - 30 * 24 * 60 * MINUTE);
    const connector = shop(api, { cursor: { order, start } });
    const { syncer } = testSyncer([connector], { clock, store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');

    const first = await rows.sync();
    expect(api.params('since')).toEqual([String(start)]);
    // What the format has beyond milliseconds is written as zeros.
    expect(kind.read(String(first.cursor))).toBe(serverTime());
    expect(String(first.cursor)).toHaveLength(String(start).length);

    const written = serverTime();
    clock.skip(MINUTE / 2);
    api.put('late', {}, written);
    const second = await rows.sync();
    expect(kind.read(api.params('since').at(-1) ?? '')).toBe(written - MINUTE);
    expect(second.counts.inserted).toBe(1);
  },
);

test.each(instantKinds)(
  'scenario 5: without a Date header an empty reading leaves the cursor, and our own clock is not trusted ($name)',
  async (kind) => {
    const clock = new TestClock();
    const serverTime = (): number => clock.now() - 10 * MINUTE;
    const api = await testApi({ kind, now: serverTime });
    api.sendDate = false;
    const start = kind.write(clock.now() - 60 * MINUTE);
    const connector = shop(api, { cursor: { start } });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    expect((await rows.sync()).cursor).toBeNull();
    api.put('late');
    expect((await rows.sync()).counts.inserted).toBe(1);
    expect(api.params('since')).toEqual([String(start), String(start)]);
  },
);

test.each(instantKinds)(
  'scenario 5: after records, an empty reading moves on in their own format ($name)',
  async (kind) => {
    const clock = new TestClock();
    const api = await testApi({ kind, now: () => clock.now() });
    const connector = shop(api, { cursor: { order: 'ascending' } });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.put('a');
    await rows.sync();
    api.delete('a');
    clock.skip(60 * MINUTE);
    const { cursor, counts } = await rows.sync();
    expect(counts.read).toBe(0);
    expect(kind.read(String(cursor))).toBe(clock.now());
    expect(String(cursor)).toHaveLength(String(kind.write(clock.now())).length);
  },
);

test('scenario 5: an empty reading never moves the cursor back', async () => {
  const clock = new TestClock();
  let skew = 0;
  const api = await testApi({ now: () => clock.now() + skew });
  const connector = shop(api, { cursor: { order: 'ascending' } });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('a');
  const { cursor } = await rows.sync();
  api.delete('a');
  skew = -60 * MINUTE;
  expect((await rows.sync()).cursor).toBe(cursor);
});

test('scenario 5: a failed empty reading leaves the cursor', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const start = '2025-12-01T00:00:00.000Z';
  const connector = shop(api, { cursor: { order: 'ascending', start } });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.intercept = () => ({ status: 422, body: {} });
  expect((await rows.sync({ throws: false })).status).toBe('failed');
  api.intercept = () => undefined;
  await rows.sync();
  expect(api.params('since')).toEqual([start, start]);
});

test.each(numberKinds)('scenario 5: a number stays where it is ($name)', async (kind) => {
  const api = await testApi({ kind });
  const connector = shop(api, { cursor: { order: 'ascending', overlap: 0 } });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('a');
  const { cursor } = await rows.sync();
  api.delete('a');
  expect((await rows.sync()).cursor).toBe(cursor);
});
