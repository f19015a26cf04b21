import { type Change, ConfigError, type Consumer } from 'syncline';
import { afterEach, describe, expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { until } from '../support/clock.js';
import { gate } from '../support/gate.js';
import { shop } from '../support/shop.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, storeKinds, testSyncer } from '../support/syncer.js';

noStrays();

const open: Consumer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.stop()));
});

describe.each(storeKinds)('%s', (store) => {
  async function begin() {
    const api = await testApi();
    const connector = shop(api, { cursor: { order: 'ascending', overlap: 0 } });
    const tested = testSyncer([connector], { store });
    await tested.syncer.connections.create(connector, { id: 'acme' });
    const rows = tested.syncer.connection(connector, 'acme').stream('rows');
    return { ...tested, api, connector, rows };
  }

  test('reset() lets the next run read from the start; what is stored stays, and nothing is told twice', async () => {
    const { api, rows, told } = await begin();
    api.fill(5);
    await rows.sync();
    const [last] = (await collect(rows.changes())).slice(-1);
    await rows.reset();
    expect(await rows.count()).toBe(5);
    expect((await rows.sync()).counts).toMatchObject({ read: 5, unchanged: 5 });
    expect(api.params('since').at(-1)).toBeUndefined();
    expect(await collect(rows.changes({ after: last!.seq }))).toEqual([]);
    expect(told('cursor.reset')).toMatchObject([
      { connection: 'acme', stream: 'rows', reason: 'reset', cursor: null },
    ]);
  });

  test('with a cursor it reads from there', async () => {
    const { api, rows } = await begin();
    api.fill(5);
    const at = (seconds: number): string => new Date(api.now() - seconds * 1_000).toISOString();
    await rows.reset({ cursor: at(2) });
    expect(await rows.sync()).toMatchObject({ counts: { inserted: 3 }, cursor: at(0) });
    expect(api.params('since')).toEqual([at(2)]);
    await rows.reset({ cursor: at(4) });
    expect((await rows.sync()).counts).toMatchObject({ inserted: 2, unchanged: 3 });
  });

  test('a cursor that cannot be one is refused, and changes nothing', async () => {
    const { api, rows } = await begin();
    api.fill(2);
    const { cursor } = await rows.sync();
    for (const wrong of ['yesterday', 5, { at: 1 }, true]) {
      expect(await rejection(rows.reset({ cursor: wrong }))).toBeInstanceOf(ConfigError);
    }
    expect((await rows.sync()).cursor).toBe(cursor);
    expect(api.params('since').at(-1)).toBe(cursor);
  });

  test('with records everything goes: readers have to begin again, and consumers are told so', async () => {
    const { api, rows, syncer, connector, told } = await begin();
    api.fill(3);
    await rows.sync();
    const seen = await collect(rows.changes());
    const got: (readonly [boolean, readonly string[]])[] = [];
    const handler = (
      changes: readonly Change<{ readonly id: string }>[],
      { reset }: { readonly reset: boolean },
    ) => {
      got.push([reset, changes.map(({ kind, key }) => `${kind} ${key}`)]);
    };
    const source = { connector, stream: 'rows' } as const;
    open.push(await syncer.consume('index', source, handler));
    await until(() => got.length === 1);

    api.delete('r2');
    await rows.reset({ records: true });
    expect(await rows.count()).toBe(0);
    expect(await collect(rows.changes())).toEqual([]);
    expect(await rejection(collect(rows.changes({ after: seen.at(-1)!.seq })))).toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
    expect((await rows.sync()).counts).toMatchObject({ inserted: 2 });
    await until(() => got.flatMap(([, keys]) => keys).length === 5);
    expect(got[0]).toEqual([false, ['insert r1', 'insert r2', 'insert r3']]);
    expect(got[1]?.[0]).toBe(true);
    expect(got.slice(1).flatMap(([, keys]) => keys)).toEqual(['insert r1', 'insert r3']);
    expect(told('consumer.reset')).toMatchObject([{ reason: 'pruned' }]);
    // Read once from 0, it is not told to begin again with the next batch.
    api.put('r4');
    await rows.sync();
    await until(() => got.flatMap(([, keys]) => keys).includes('insert r4'));
    expect(got.at(-1)).toEqual([false, ['insert r4']]);
  });

  test('a run that is on is cancelled first', async () => {
    const { api, rows } = await begin();
    api.fill(3);
    const hold = gate();
    api.intercept = async () => {
      await hold.passed;
      return undefined;
    };
    const running = rows.sync({ throws: false });
    await until(() => api.asked.length === 1);
    await rows.reset({ records: true });
    expect(await running).toMatchObject({ status: 'cancelled' });
    hold.open();
    expect(await rows.count()).toBe(0);
    api.intercept = () => undefined;
    expect((await rows.sync()).counts).toMatchObject({ inserted: 3 });
  });
});
