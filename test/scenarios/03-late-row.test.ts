import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { TestClock } from '../support/clock.js';
import { cursorKinds, instantKinds } from '../support/cursor-kinds.js';
import { pagingStyles, shop } from '../support/shop.js';
import { storeKinds, testSyncer } from '../support/syncer.js';

const MINUTE = 60_000;

const cases = cursorKinds.flatMap((kind, i) =>
  (['ascending', 'unordered'] as const).map((order, j) => ({
    kind,
    order,
    style: pagingStyles[(i + j) % pagingStyles.length]!,
    store: storeKinds[(i + j) % 2]!,
    name: `${kind.name}, ${order}`,
    overlap: instantKinds.includes(kind) ? {} : { overlap: MINUTE },
  })),
);

test.each(cases)(
  'scenario 3: a row that becomes visible late is caught by the overlap ($name)',
  async ({ kind, order, style, store, overlap }) => {
    const clock = new TestClock();
    const api = await testApi({ kind, now: () => clock.now() });
    const connector = shop(api, { cursor: { order, ...overlap }, style, limit: 2 });
    const { syncer, told } = testSyncer([connector], { clock, store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    clock.skip(10 * MINUTE);
    const ten = clock.now();
    api.put('a', {}, ten - 5 * MINUTE);
    api.put('b', {}, ten - 2 * MINUTE);
    api.put('c', {}, ten);
    expect((await rows.sync()).cursor).toBe(kind.write(ten));

    clock.skip(2 * MINUTE);
    api.put('late', {}, ten - MINUTE);
    const second = await rows.sync();

    expect(await rows.get('late')).toMatchObject({ id: 'late' });
    expect(second.counts).toMatchObject({ inserted: 1, unchanged: 1, updated: 0 });
    expect(second.cursor).toBe(kind.write(ten));
    expect(told('cursor.unordered')).toEqual([]);
    // The API was asked in its own format, one minute back.
    const asked = api.params('since').at(-1) ?? '';
    expect(kind.read(asked)).toBe(ten - MINUTE);
    expect(asked).toHaveLength(String(kind.write(ten)).length);
  },
);

test('scenario 3: the overlap catches what it covers and no more', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const connector = shop(api, { cursor: { order: 'ascending', overlap: '5m' } });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('a');
  await rows.sync();
  api.put('within', {}, clock.now() - 5 * MINUTE);
  api.put('before', {}, clock.now() - 5 * MINUTE - 1);
  await rows.sync();
  expect(await rows.get('within')).toBeDefined();
  expect(await rows.get('before')).toBeUndefined();
});
