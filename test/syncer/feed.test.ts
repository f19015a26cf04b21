import { ConfigError, sqlite } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { byHand, row, scripted } from '../support/by-hand.js';
import { TestClock } from '../support/clock.js';
import { noStrays } from '../support/strays.js';
import {
  collect,
  rejection,
  storeKinds,
  tempFile,
  testSyncer,
  type StoreKind,
} from '../support/syncer.js';

noStrays();

async function stream(kind: StoreKind = 'memory') {
  const script = scripted();
  const clock = new TestClock();
  const connector = byHand(script.pull);
  const store = kind === 'memory' ? memory() : sqlite(tempFile());
  const { syncer } = testSyncer([connector], { clock, store });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  const page = async (
    records: Readonly<Record<string, string>>,
    deletes: readonly string[] = [],
  ) => {
    script.pages = [
      { records: Object.entries(records).map(([id, title]) => row(id, null, { title })), deletes },
    ];
    await rows.sync();
    return (await collect(rows.changes())).reduce((max, { seq }) => Math.max(max, seq), 0);
  };
  const kinds = async (after: number) =>
    (await collect(rows.changes({ after }))).map(({ kind: what, key }) => `${what} ${key}`);
  return { syncer, connector, rows, page, kinds, clock };
}

describe.each(storeKinds)('%s', (store) => {
  test('who iterates without a pause does not hold the event loop', async () => {
    const { page, rows } = await stream(store);
    await page(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`r${n}`, '1'])));
    for (const items of [rows.records(), rows.changes()] as AsyncIterable<unknown>[]) {
      let turns = 0;
      let isOver = false;
      const turn = (): void => {
        turns += 1;
        if (!isOver) setImmediate(turn);
      };
      setImmediate(turn);
      expect(await collect(items)).toHaveLength(1_000);
      isOver = true;
      expect(turns).toBeGreaterThanOrEqual(3);
    }
  });

  test('in lists of so many at most: the same changes, and no empty list', async () => {
    const { page, rows } = await stream(store);
    await page(Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`r${n}`, '1'])));
    // What was born and died since is not told: where nothing is left of a list, there is none.
    await page({}, ['r0', 'r1', 'r2']);
    const lists = await collect(rows.changes({ batch: 11 }));
    expect(lists.map(({ length }) => length)).toEqual([11, 11]);
    expect(lists.flat()).toEqual(await collect(rows.changes()));
    for await (const [first] of rows.changes({ batch: 1, after: lists[0]![9]!.seq })) {
      expect(first).toEqual(lists[0]![10]);
      break;
    }
  });

  test('in lists of no number at most is refused', async () => {
    const { rows, syncer, connector } = await stream(store);
    for (const batch of [0, -1, 1.5, NaN, Infinity]) {
      expect(await rejection(collect(rows.changes({ batch })))).toBeInstanceOf(ConfigError);
      const consumed = syncer.consume('c', { connector, stream: 'rows' }, () => 0, { batch });
      expect(await rejection(consumed)).toBeInstanceOf(ConfigError);
    }
  });

  test('one entry per record: its latest state, at the number of its last change', async () => {
    const { page, rows, clock } = await stream(store);
    await page({ a: '1', b: '1' });
    await page({ a: '2' });
    await page({ b: '2' });
    clock.skip(1_000);
    await page({ a: '3' });
    const changes = await collect(rows.changes());
    expect(changes.map(({ key, record }) => [key, record.title])).toEqual([
      ['b', '2'],
      ['a', '3'],
    ]);
    expect(changes[0]!.seq).toBeLessThan(changes[1]!.seq);
    expect(changes[1]).toMatchObject({
      connector: 'hand',
      connection: 'acme',
      stream: 'rows',
      origin: 'pull',
      at: new Date(clock.now()),
    });
  });

  test('the kind is relative to where the reader is', async () => {
    const { page, kinds } = await stream(store);
    const first = await page({ a: '1', b: '1', c: '1' });
    const second = await page({ a: '2', d: '1' });
    await page({}, ['c', 'd']);
    // From the beginning: c and d were born and died before.
    expect(await kinds(0)).toEqual(['insert b', 'insert a']);
    expect(await kinds(first)).toEqual(['update a', 'delete c']);
    expect(await kinds(second)).toEqual(['delete c', 'delete d']);
  });

  test('a record that died and came back is an insert to those who knew its first life', async () => {
    const { page, kinds } = await stream(store);
    const first = await page({ a: '1' });
    const died = await page({}, ['a']);
    await page({ a: '1' });
    expect(await kinds(first)).toEqual(['insert a']);
    expect(await kinds(died)).toEqual(['insert a']);
    expect(await kinds(0)).toEqual(['insert a']);
  });

  test('a delete carries the last live record', async () => {
    const { page, rows } = await stream(store);
    const first = await page({ a: 'last words' });
    await page({}, ['a']);
    expect(await collect(rows.changes({ after: first }))).toMatchObject([
      { kind: 'delete', key: 'a', record: { id: 'a', title: 'last words' } },
    ]);
  });

  test('read on with the last number: over many batches, each change once', async () => {
    const { page, rows } = await stream(store);
    const many = Object.fromEntries(Array.from({ length: 1_201 }, (_, i) => [`r${i}`, 'x']));
    await page(many);
    const all = await collect(rows.changes());
    expect(all).toHaveLength(1_201);
    expect(new Set(all.map(({ seq }) => seq)).size).toBe(1_201);
    expect(all.every(({ seq }, i) => i === 0 || seq > all[i - 1]!.seq)).toBe(true);
    expect(await collect(rows.changes({ after: all[700]!.seq }))).toEqual(all.slice(701));
    expect(await collect(rows.changes({ after: all.at(-1)!.seq }))).toEqual([]);
  });

  test('it may be left at any time', async () => {
    const { page, rows } = await stream(store);
    await page({ a: '1', b: '1' });
    for await (const { key } of rows.changes()) {
      expect(key).toBe('a');
      break;
    }
    expect((await rows.sync()).status).toBe('succeeded');
  });

  test('numbers rise over all streams and connections, and a feed shows its own', async () => {
    const { page, rows, syncer, connector } = await stream(store);
    await page({ a: '1' });
    await syncer.connections.create(connector, { id: 'other' });
    const other = syncer.connection(connector, 'other').stream('rows');
    await other.sync();
    const mine = await collect(rows.changes());
    const theirs = await collect(other.changes());
    expect(theirs[0]!.seq).toBeGreaterThan(mine[0]!.seq);
    expect(mine.map(({ connection }) => connection)).toEqual(['acme']);
    expect(theirs.map(({ connection }) => connection)).toEqual(['other']);
  });
});

test.each([-1, 0.5, NaN, Infinity, '1' as unknown as number])(
  'changes({ after: %s }) is a ConfigError',
  async (after) => {
    const { rows } = await stream();
    expect(await rejection(collect(rows.changes({ after })))).toBeInstanceOf(ConfigError);
  },
);

test('records() is ordered by key, in batches, and may be left', async () => {
  const { page, rows } = await stream('sqlite');
  const ids = Array.from({ length: 1_100 }, (_, i) => `r${i}`);
  await page(Object.fromEntries(ids.map((id) => [id, 'x'])));
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...ids].sort());
  for await (const record of rows.records()) {
    expect(record.id).toBe('r0');
    break;
  }
  expect(await rows.count()).toBe(1_100);
});
