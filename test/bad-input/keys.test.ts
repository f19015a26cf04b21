import { defineConnector } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { noStrays } from '../support/strays.js';
import { collect, storeKinds, testSyncer, type StoreKind } from '../support/syncer.js';

noStrays();

const schema = z.looseObject({});
type Key = 'id' | readonly string[] | ((raw: Readonly<Record<string, unknown>>) => string | number);

async function stream(
  key: Key,
  records: () => readonly Readonly<Record<string, unknown>>[],
  store: StoreKind = 'memory',
) {
  const connector = defineConnector({
    name: 'keys',
    streams: {
      rows: {
        schema,
        key: key,
        async *pull() {
          yield records();
        },
      },
    },
  });
  const { syncer } = testSyncer([connector], { store });
  await syncer.connections.create(connector, { id: 'acme' });
  return syncer.connection(connector, 'acme').stream('rows');
}

const good: readonly string[] = [
  '1',
  ' ',
  '\n',
  "'; DROP TABLE records; --",
  '"quoted"',
  '\\',
  '%_*?[a]',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  '-0',
  '1e3',
  '[1,2]',
  'ÄÖÜ',
  'A\u0308',
  '日本語',
  '\u{1F600}',
  '\u{10FFFF}',
  '\uFFFF',
  '\uFEFFbom',
  'עברית',
  'a\u200Bb',
  '\u0001\u001F\u007F',
  'x'.repeat(1_024),
  'é'.repeat(512),
  '\u{1F600}'.repeat(256),
];

describe.each(storeKinds)('%s', (store) => {
  test('keys of any characters are kept, found, ordered by bytes and deleted', async () => {
    let records = good.map((id, i) => ({ id, i }));
    const rows = await stream('id', () => records, store);
    expect((await rows.sync()).counts).toMatchObject({ inserted: good.length, rejected: 0 });
    for (const [i, id] of good.entries()) expect(await rows.get(id)).toEqual({ id, i });
    const ordered = [...good].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await collect(rows.records())).map(({ id }) => id as string)).toEqual(ordered);
    expect((await collect(rows.changes())).map(({ key }) => key)).toEqual(good);
    records = records.map(({ id }) => ({ id, i: -1 }));
    expect((await rows.sync()).counts).toMatchObject({ updated: good.length });
  });

  test('what cannot be a key makes a rejected record, kept raw, and the others are stored', async () => {
    const bad: readonly unknown[] = [
      undefined,
      null,
      '',
      'a\0b',
      '\uD800',
      'half \uDC00 pair',
      'x'.repeat(1_025),
      'é'.repeat(513),
      'x'.repeat(100_000),
      NaN,
      Infinity,
      2 ** 53,
      -(2 ** 60),
      true,
      {},
      ['1'],
      () => '1',
      Symbol('1'),
    ];
    const records = bad.map((id, i) => ({ id, i }));
    const rows = await stream(
      'id',
      () => [{ id: 'good', i: 1 }, ...records, { i: 'no id at all' }],
      store,
    );
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, rejected: bad.length + 1 });
    const rejected = await collect(rows.rejected());
    expect(rejected).toHaveLength(bad.length + 1);
    for (const [i, { key, raw, issues }] of rejected.entries()) {
      expect(key).toBeNull();
      expect(raw).toMatchObject({ i: i < bad.length ? i : 'no id at all' });
      expect(issues[0]?.message).toMatch(/key/);
    }
    // The same again is kept once.
    expect((await rows.sync()).counts).toMatchObject({ rejected: bad.length + 1, unchanged: 1 });
    expect(await collect(rows.rejected())).toHaveLength(bad.length + 1);
  });

  test('keys of several parts', async () => {
    const records = [
      { a: 'x', b: 1 },
      { a: 'x,1', b: '' },
      { a: '["x"', b: ']' },
      { a: 7n, b: 'big' },
      { a: '__proto__', b: 'constructor' },
    ];
    const rows = await stream(
      ['a', 'b'],
      () => [...records, { a: 'x' }, { b: 1 }, { a: 'x', b: null }],
      store,
    );
    // A bigint is a key, but no JSON: its record is rejected with the key that it has.
    expect((await rows.sync()).counts).toMatchObject({ inserted: 4, rejected: 4 });
    expect(await rows.get(['x', 1])).toEqual({ a: 'x', b: 1 });
    expect(await rows.get(['x', '1'])).toEqual({ a: 'x', b: 1 });
    expect(await rows.get(['x,1', ''])).toEqual({ a: 'x,1', b: '' });
    expect(await rows.get(['__proto__', 'constructor'])).toBeDefined();
    expect((await collect(rows.rejected())).map(({ key }) => key)).toContain('["7","big"]');
  });
});

test('integers, and their texts, are one key', async () => {
  const rows = await stream('id', () => [{ id: 42 }, { id: -1 }, { id: 1.5 }, { id: 0 }]);
  await rows.sync();
  expect(await rows.get(42)).toEqual({ id: 42 });
  expect(await rows.get('42')).toEqual({ id: 42 });
  expect(await rows.get(1.5)).toEqual({ id: 1.5 });
  expect(await rows.get(-1)).toEqual({ id: -1 });
});

test('a key function that throws, or returns no key, makes a rejected record', async () => {
  const rows = await stream(
    (raw) => (raw['ref'] as { readonly id: string }).id,
    () => [{ ref: { id: '1' } }, { other: 1 }, { ref: { id: { nested: true } } }, { ref: {} }],
  );
  expect((await rows.sync()).counts).toMatchObject({ inserted: 1, rejected: 3 });
  const [first] = await collect(rows.rejected());
  expect(first?.issues[0]?.message).toContain('key function threw');
});

test('a field that is only inherited is no key', async () => {
  const rows = await stream(['toString'], () => [{ id: '1' }]);
  expect((await rows.sync()).counts).toMatchObject({ inserted: 0, rejected: 1 });
});
