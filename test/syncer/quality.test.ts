import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineConnector, type FieldQuality } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { START } from '../support/clock.js';
import { storeKinds, type StoreKind, testSyncer } from '../support/syncer.js';

const DAY = 86_400_000;

type Raw = Readonly<Record<string, unknown>>;

/** A stream whose records and schema the test may change at any time. */
async function stream(kind: StoreKind = 'memory') {
  const control = {
    records: [] as readonly Raw[],
    schema: z.looseObject({ id: z.string() }) as unknown as StandardSchemaV1<Raw>,
  };
  const schema: StandardSchemaV1<Raw> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => control.schema['~standard'].validate(value),
    },
  };
  const connector = defineConnector({
    name: 'hand',
    streams: {
      rows: {
        schema,
        key: (raw: Raw) => raw['id'] as string,
        async *pull() {
          yield control.records;
        },
      },
    },
  });
  const tested = testSyncer([connector], { store: kind });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  const sync = async (records: readonly Raw[]): Promise<void> => {
    control.records = records;
    await rows.sync();
  };
  const field = async (path: string): Promise<FieldQuality | undefined> =>
    (await rows.quality()).fields.find((one) => one.path === path);
  return { ...tested, control, rows, sync, field };
}

describe.each(storeKinds)('%s', (kind) => {
  test('each field: who has it, null share, types with dates and an example', async () => {
    const { rows, sync, clock } = await stream(kind);
    await sync([
      { id: 'a', price: 1, note: null },
      { id: 'b', price: 2, note: null },
      { id: 'c', note: 'text' },
    ]);
    clock.skip(DAY);
    await sync([{ id: 'd', price: '3', note: null }]);
    const { records, rejected, fields, complete } = await rows.quality();
    expect({ records, rejected, complete }).toEqual({ records: 4, rejected: 0, complete: true });
    expect(fields.map(({ path }) => path)).toEqual(['id', 'note', 'price']);
    const [first, last] = [new Date(START), new Date(START + DAY)];
    expect(fields[2]).toEqual({
      path: 'price',
      records: 3,
      nullShare: 0,
      types: [
        { type: 'number', count: 2, firstSeen: first, lastSeen: first, example: 'b' },
        { type: 'string', count: 1, firstSeen: last, lastSeen: last, example: 'd' },
      ],
      firstSeen: first,
      lastSeen: last,
      example: 'd',
      rejected: null,
    });
    expect(fields[1]).toMatchObject({ records: 4, nullShare: 0.75, example: 'd' });
    expect(fields[1]?.types.map(({ type, count }) => [type, count])).toEqual([
      ['null', 3],
      ['string', 1],
    ]);
  });

  test('each field: rejected records, with what was sent and what was said', async () => {
    const { control, rows, sync, clock, field } = await stream(kind);
    control.schema = z.looseObject({
      id: z.string(),
      price: z.number(),
      tags: z.array(z.object({ name: z.string() })).optional(),
    });
    await sync([{ id: 'a', price: 1 }, { id: 'b', price: '2' }, { id: 'c' }]);
    clock.skip(DAY);
    await sync([{ id: 'd', price: '4', tags: [{ name: 1 }, { name: 2 }] }]);
    const [first, last] = [new Date(START), new Date(START + DAY)];
    expect((await rows.quality()).rejected).toBe(3);
    const { rejected, records } = (await field('price'))!;
    expect(records).toBe(1);
    expect(rejected).toMatchObject({ count: 3, firstSeen: first, lastSeen: last, example: 'd' });
    expect(rejected?.message).toMatch(/number/);
    expect(rejected?.types).toEqual([
      { type: 'string', count: 2, firstSeen: first, lastSeen: last, example: 'd' },
      { type: 'missing', count: 1, firstSeen: first, lastSeen: first, example: 'c' },
    ]);
    expect(await field('tags[].name')).toMatchObject({
      ...{ records: 0, types: [], firstSeen: null, lastSeen: null, example: null },
      rejected: { count: 1, example: 'd', types: [{ type: 'number', count: 1 }] },
    });
  });
});

test('objects and lists: their fields and items, a record counted once', async () => {
  const { sync, field } = await stream();
  await sync([
    { id: 'a', owner: { name: 'x', address: null }, tags: ['p', 'q', null], grid: [[1], ['2']] },
    { id: 'b', owner: null, tags: [], grid: [{ deep: true }] },
  ]);
  expect(await field('owner')).toMatchObject({ records: 2, nullShare: 0.5 });
  expect(await field('owner.name')).toMatchObject({ records: 1, types: [{ type: 'string' }] });
  expect(await field('owner.address')).toMatchObject({ records: 1, nullShare: 1 });
  expect(await field('tags')).toMatchObject({ records: 2, types: [{ type: 'array', count: 2 }] });
  expect(await field('tags[]')).toMatchObject({ records: 1, nullShare: 1 });
  expect((await field('tags[]'))?.types.map(({ type, count }) => [type, count])).toEqual([
    ['string', 1],
    ['null', 1],
  ]);
  expect((await field('grid[][]'))?.types).toHaveLength(2);
  expect(await field('grid[].deep')).toMatchObject({ types: [{ type: 'boolean' }] });
});

test('fields of deleted records, and records that were replayed, are as they are now', async () => {
  const { control, rows, sync, field } = await stream();
  control.schema = z.looseObject({
    id: z.string(),
    n: z.number(),
  });
  await sync([{ id: 'a', n: '1' }]);
  expect((await field('n'))?.rejected?.count).toBe(1);
  control.schema = z.looseObject({ id: z.string() });
  await rows.replayRejected();
  expect(await field('n')).toMatchObject({ records: 1, rejected: null });
});

describe('memory is bounded', () => {
  test('by five hundred fields', async () => {
    const { rows, sync } = await stream();
    await sync([
      { id: 'a', counts: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i])) },
    ]);
    const { fields, complete } = await rows.quality();
    expect(fields).toHaveLength(500);
    expect(complete).toBe(false);
  });

  test('by the values and the depth of a record', async () => {
    const { rows, sync } = await stream();
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = { in: deep };
    await sync([{ id: 'a', list: Array.from({ length: 20_000 }, (_, i) => i) }]);
    expect(await rows.quality()).toMatchObject({ records: 1, complete: false });
    await sync([
      { id: 'a', list: [] },
      { id: 'b', deep },
    ]);
    const { fields, complete } = await rows.quality();
    expect(complete).toBe(false);
    expect(fields.length).toBeLessThan(40);
  });
});

test('names that an object inherits are fields like others', async () => {
  const { rows, sync } = await stream();
  await sync([JSON.parse('{"id":"a","__proto__":{"x":1},"constructor":null}') as Raw]);
  const { fields } = await rows.quality();
  expect(fields.map(({ path }) => path)).toContain('constructor');
});

test('nothing stored: nothing to tell', async () => {
  const { rows } = await stream();
  expect(await rows.quality()).toEqual({ records: 0, rejected: 0, fields: [], complete: true });
});
