import { sqlite } from 'syncline';
import { describe, expect, test } from 'vitest';
import { byHand, row } from '../support/by-hand.js';
import { testApi } from '../support/api.js';
import { TestClock, until } from '../support/clock.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, tempFile, testSyncer } from '../support/syncer.js';

const cases = cursorKinds.map((kind, i) => ({
  kind,
  style: pagingStyles[i % pagingStyles.length]!,
  name: `${kind.name}, ${pagingStyles[i % pagingStyles.length]!}`,
  overlap: kind.type === undefined && typeof kind.write(0) === 'number' ? { overlap: 0 } : {},
}));

test.each(cases)(
  'scenario 6: pages come newest first and the run ends after the first: the cursor has not moved ($name)',
  async ({ kind, style, overlap }) => {
    const api = await testApi({ kind });
    const connector = shop(api, {
      cursor: { overlap: 0, ...overlap },
      sort: 'desc',
      style,
      limit: 3,
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.fill(8);
    api.intercept = ({ index }) => (index === 1 ? { status: 422, body: {} } : undefined);

    const failed = await rows.sync({ throws: false });
    expect(failed).toMatchObject({ status: 'failed', cursor: null, counts: { inserted: 3 } });

    api.intercept = () => undefined;
    const second = await rows.sync();
    expect(second.cursor).toBe(kind.write(api.now()));
    expect(await rows.count()).toBe(8);
    // It was the same reading that went on.
    expect(api.params('since')).toEqual(api.asked.map(() => undefined));
  },
);

test('scenario 6: the chain that goes on keeps its cursor until its end, and moves it to its own beginning', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const connector = shop(api, { sort: 'desc', limit: 2, style: 'next' });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.put('old', {}, clock.now() - 600_000);
  const began = (await rows.sync()).cursor;

  clock.skip(3_600_000);
  for (const id of ['a', 'b', 'c', 'd', 'e']) api.put(id);
  const second = clock.now();
  api.intercept = ({ index }) => (index === 2 ? { status: 422, body: {} } : undefined);
  expect(await rows.sync({ throws: false })).toMatchObject({ status: 'failed', cursor: began });
  clock.skip(3_600_000);
  // Newer than the chain, so it belongs to the next reading.
  api.put('f');
  api.intercept = () => undefined;
  const resumed = await rows.sync();
  expect(resumed.cursor).toBe(new Date(second).toISOString());
  expect(await rows.get('f')).toBeUndefined();
  await rows.sync();
  expect(await rows.get('f')).toBeDefined();
  expect(await rows.count()).toBe(7);
});

describe('killed between pages', () => {
  test('scenario 6: pages by hand begin again at the cursor', async () => {
    let pages = 0;
    const cursors: unknown[] = [];
    const connector = byHand(
      async function* pull({ cursor, signal }) {
        cursors.push(cursor);
        yield [row('9', '2025-06-09T00:00:00Z'), row('8', '2025-06-08T00:00:00Z')];
        pages += 1;
        if (pages === 1) {
          await new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('too late'));
            });
          });
        }
        yield [row('7', '2025-06-07T00:00:00Z')];
      },
      { cursor: { field: 'updated' } },
    );
    const { syncer } = testSyncer([connector], { store: 'sqlite' });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const run = rows.sync({ throws: false });
    await until(() => pages === 1);
    await rows.cancel();
    expect(await run).toMatchObject({ status: 'cancelled', cursor: null, counts: { inserted: 2 } });
    expect((await rows.sync()).cursor).toBe('2025-06-09T00:00:00Z');
    expect(cursors).toEqual([undefined, undefined]);
    expect(await rows.count()).toBe(3);
  });

  test('scenario 6: another process goes on in the same file', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const api = await testApi();
    const connector = shop(api, { sort: 'desc', limit: 2, style: 'cursor' });
    api.fill(5);
    const dead = testSyncer([connector], { store: sqlite(file), clock });
    await dead.syncer.connections.create(connector, { id: 'acme' });
    // Its process stands still in its second request, for ever.
    api.intercept = ({ index }) =>
      index === 1 ? new Promise<undefined>(() => undefined) : undefined;
    const left = dead.syncer.connection(connector, 'acme').stream('rows').sync();
    await until(() => api.asked.length === 2);

    const later = new TestClock();
    later.skip(20_000);
    const alive = testSyncer([connector], { store: sqlite(file), clock: later });
    const rows = alive.syncer.connection(connector, 'acme').stream('rows');
    const result = await rows.sync();
    expect(result).toMatchObject({ status: 'succeeded', cursor: api.kind.write(api.now()) });
    expect(result.counts).toMatchObject({ inserted: 5, pages: 3 });
    expect(alive.told('run.resumed')).toHaveLength(1);
    expect((await collect(rows.changes())).map(({ key }) => key)).toEqual([
      'r5',
      'r4',
      'r3',
      'r2',
      'r1',
    ]);
    await dead.syncer.stop({ drain: 0 });
    // What it waited for has succeeded in the other process.
    expect(await left).toMatchObject({ id: result.id, status: 'succeeded' });
  });
});
