import { sqlite } from 'syncline';
import { describe, expect, test } from 'vitest';
import { type Intercept, testApi } from '../support/api.js';
import { TestClock, until } from '../support/clock.js';
import { pagingStyles, shop, type ShopOptions } from '../support/shop.js';
import { collect, rejection, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

const snapshot = { kind: 'snapshot', maxDeleteRatio: 1 } as const;

async function stocked(options: ShopOptions, store: (typeof storeKinds)[number] = 'memory') {
  const api = await testApi();
  api.fill(9);
  const connector = shop(api, { limit: 3, deletions: snapshot, ...options });
  const test = testSyncer([connector], { store });
  await test.syncer.connections.create(connector, { id: 'acme' });
  const rows = test.syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ mode: 'full' });
  return { api, rows, ...test };
}

describe.each(pagingStyles)('%s', (style) => {
  test.each([1, 2])(
    'scenario 17: page %i of a full pass fails: nothing is deleted',
    async (page) => {
      const { api, rows, told } = await stocked({ style }, 'sqlite');
      for (const id of ['r1', 'r9']) api.delete(id);
      const failing = api.asked.length + page;
      api.intercept = ({ index }) => (index === failing ? { status: 422, body: {} } : undefined);
      expect((await rows.sync({ mode: 'full', throws: false })).status).toBe('failed');
      expect(await rows.count()).toBe(9);
      expect(told('deletion.applied')).toEqual([]);

      // The next one finds out.
      api.intercept = () => undefined;
      expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(2);
      expect(await rows.count()).toBe(7);
    },
  );

  test('scenario 17: the list comes back empty: held, and nothing is deleted', async () => {
    const { api, rows, told } = await stocked({ style });
    const gone = [...api.rows.values()];
    api.rows.clear();
    expect((await rows.sync({ mode: 'full' })).status).toBe('succeeded');
    expect(await rows.count()).toBe(9);
    expect(told('deletion.guarded')).toMatchObject([
      { reason: 'empty', judged: 9, missing: 9, held: true },
    ]);
    expect(told('deletion.applied')).toEqual([]);

    for (const row of gone) api.rows.set(row.id, row);
    const again = await rows.sync({ mode: 'full' });
    expect(again.counts).toMatchObject({ deleted: 0, inserted: 0, unchanged: 9 });
  });
});

/** A permission is taken away: some are answered like that. */
const lost: readonly (readonly [string, Intercept])[] = [
  ['403', () => ({ status: 403, body: { error: 'forbidden' } })],
  ['401', () => ({ status: 401, body: { error: 'unauthorised' } })],
  ['404', () => ({ status: 404, body: { error: 'not found' } })],
  ['a page without its list', () => ({ body: { error: 'forbidden' } })],
  ['null for the list', () => ({ body: { items: null, error: 'forbidden' } })],
  ['no JSON', (_asked, response) => void response.end('<html>sign in</html>')],
];

test.each(lost)(
  'scenario 17: a permission is lost (%s): nothing is deleted',
  async (_name, intercept) => {
    const { api, rows } = await stocked({ style: 'cursor' });
    api.intercept = intercept;
    expect((await rows.sync({ mode: 'full', throws: false })).status).toBe('failed');
    expect(await rows.count()).toBe(9);
  },
);

test('scenario 17: the second reading, which confirms, comes back empty: nothing is deleted', async () => {
  const { api, rows, told } = await stocked({ style: 'page' });
  api.delete('r5');
  const began = api.asked.length;
  let first = true;
  api.intercept = ({ index, params }) => {
    // Paging is by number, so one reading ends with an empty page, and the next begins with the first.
    if (index > began && params['page'] === '1') first = false;
    return first ? undefined : { body: { items: [] } };
  };
  await rows.sync({ mode: 'full' });
  expect(told('deletion.guarded')).toMatchObject([{ reason: 'empty', missing: 1 }]);
  expect(await rows.count()).toBe(9);
});

test('scenario 17: the second reading fails: nothing is deleted', async () => {
  const { api, rows } = await stocked({ style: 'link' });
  api.delete('r5');
  const second = api.asked.length + 3;
  api.intercept = ({ index }) => (index >= second ? { status: 422, body: {} } : undefined);
  expect((await rows.sync({ mode: 'full', throws: false })).status).toBe('failed');
  expect(await rows.count()).toBe(9);
  api.intercept = () => undefined;
  expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(1);
});

test.each(storeKinds)(
  'scenario 17: the pass is cancelled half way: nothing is deleted (%s)',
  async (store) => {
    const { api, rows } = await stocked({ style: 'next' }, store);
    for (const id of ['r1', 'r9']) api.delete(id);
    const before = api.asked.length;
    api.intercept = ({ index }) =>
      index === before + 1 ? new Promise<undefined>(() => undefined) : undefined;
    const run = rejection(rows.sync({ mode: 'full' }));
    await until(() => api.asked.length === before + 2);
    await rows.cancel();
    await run;
    expect(await rows.count()).toBe(9);
  },
);

test('scenario 17: the process dies half way, and another one takes over and judges by all that was read', async () => {
  const file = tempFile();
  const api = await testApi();
  api.fill(9);
  const connector = shop(api, { limit: 3, style: 'cursor', deletions: snapshot });
  const dead = testSyncer([connector], { store: sqlite(file) });
  await dead.syncer.connections.create(connector, { id: 'acme' });
  const left = dead.syncer.connection(connector, 'acme').stream('rows');
  await left.sync({ mode: 'full' });
  api.delete('r1');
  api.delete('r9');
  const before = api.asked.length;
  api.intercept = ({ index }) =>
    index === before + 1 ? new Promise<undefined>(() => undefined) : undefined;
  const lostRun = left.sync({ mode: 'full' });
  await until(() => api.asked.length === before + 2);

  const clock = new TestClock();
  clock.skip(20_000);
  const alive = testSyncer([connector], { store: sqlite(file), clock });
  const rows = alive.syncer.connection(connector, 'acme').stream('rows');
  expect(await rows.count()).toBe(9);
  const result = await rows.sync({ mode: 'full' });
  expect(result.counts.deleted).toBe(2);
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([
    'r2',
    'r3',
    'r4',
    'r5',
    'r6',
    'r7',
    'r8',
  ]);
  await dead.syncer.stop({ drain: 0 });
  // What it waited for has succeeded in the other process.
  expect(await lostRun).toMatchObject({ id: result.id, status: 'succeeded' });
});
