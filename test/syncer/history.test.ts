import { type Change, type Consumer, defineConnector } from 'syncline';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../support/clock.js';
import { noStrays } from '../support/strays.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

noStrays();

const open: Consumer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.stop()));
});

interface Row {
  readonly id: string;
  readonly n: number;
}

const told = (changes: readonly Change<Row>[]) =>
  changes.map(({ kind, key, record, previous }) => [kind, key, record.n, previous?.n]);

describe.each(storeKinds)('%s', (store) => {
  async function begin(history = true) {
    const script = { records: [] as readonly Row[], deletes: [] as readonly string[] };
    const connector = defineConnector({
      name: 'hand',
      streams: {
        rows: {
          schema: z.object({ id: z.string(), n: z.number() }),
          key: 'id',
          history,
          async *pull() {
            yield await Promise.resolve(script);
          },
        },
      },
    });
    const tested = testSyncer([connector], { store });
    for (const id of ['acme', 'beside']) await tested.syncer.connections.create(connector, { id });
    const page = async (records: readonly Row[], deletes: readonly string[] = [], id = 'acme') => {
      Object.assign(script, { records, deletes });
      await tested.syncer.connection(connector, id).stream('rows').sync();
    };
    const rows = tested.syncer.connection(connector, 'acme').stream('rows');
    return { ...tested, connector, page, rows };
  }

  test('every version is told with its own kind and the one before it, wherever the reader begins', async () => {
    const { page, rows } = await begin();
    await page([{ id: 'a', n: 1 }]);
    await page([{ id: 'a', n: 2 }]);
    await page([{ id: 'a', n: 2 }]);
    await page([], ['a']);
    await page([{ id: 'a', n: 3 }]);
    const all = await collect(rows.changes());
    expect(told(all)).toEqual([
      ['insert', 'a', 1, undefined],
      ['update', 'a', 2, 1],
      ['delete', 'a', 2, 2],
      ['insert', 'a', 3, undefined],
    ]);
    expect(told(await collect(rows.changes({ after: all[0]!.seq })))).toEqual(told(all.slice(1)));
    expect(await rows.get('a')).toEqual({ id: 'a', n: 3 });
    expect(await rows.count()).toBe(1);
  });

  test('a consumer gets every version of all connections, in order', async () => {
    const { page, syncer, connector } = await begin();
    for (const n of [1, 2, 3]) {
      await page([{ id: 'a', n }]);
      await page([{ id: 'a', n: n * 10 }], [], 'beside');
    }
    const got: Change<Row>[] = [];
    const source = { connector, stream: 'rows' } as const;
    open.push(
      await syncer.consume('index', source, (changes) => got.push(...changes), { batch: 2 }),
    );
    await until(() => got.length === 6);
    expect(
      got.map(({ connection, record, previous }) => [connection, record.n, previous?.n]),
    ).toEqual([
      ['acme', 1, undefined],
      ['beside', 10, undefined],
      ['acme', 2, 1],
      ['beside', 20, 10],
      ['acme', 3, 2],
      ['beside', 30, 20],
    ]);
  });

  test('without it only the latest is told, and nothing of the others is kept', async () => {
    const { page, rows } = await begin(false);
    await page([{ id: 'a', n: 1 }]);
    await page([{ id: 'a', n: 2 }]);
    expect(told(await collect(rows.changes()))).toEqual([['insert', 'a', 2, undefined]]);
  });
});

test('it is told by a boolean', () => {
  const definition = {
    name: 'hand',
    streams: {
      rows: { schema: z.object({ id: z.string() }), key: 'id', history: 'yes', pull: () => [] },
    },
  };
  expect(() => Reflect.apply(defineConnector, undefined, [definition])).toThrow(
    'streams.rows.history',
  );
});
