import { ConfigError, type CursorType, defineConnector, type RunResult } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { byHand, row, scripted } from '../support/by-hand.js';
import type { RowCursor } from '../support/shop.js';
import { rejection, testSyncer } from '../support/syncer.js';

async function stream(cursor: RowCursor) {
  const script = scripted();
  const connector = byHand(script.pull, { cursor });
  const tested = testSyncer([connector]);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  const read = async (...values: readonly (string | number | null)[]): Promise<RunResult> => {
    script.pages = [values.map((value, i) => row(`${i}`, value))];
    return rows.sync();
  };
  return { ...tested, rows, read, asked: () => script.asked.at(-1), script };
}

const field = 'updated';
const ascending = { field, order: 'ascending' } as const;

describe('the type is taken from the first value, and then fixed', () => {
  test('a JSON number is a number', async () => {
    const { read, told } = await stream({ ...ascending, overlap: 0 });
    expect((await read(9, 10)).cursor).toBe(10);
    // Not an instant, however it looks.
    expect((await read(1_767_225_600)).cursor).toBe(1_767_225_600);
    await read('2025-01-01T00:00:00Z', 'text');
    expect(told('cursor.unreadable')).toMatchObject([{ count: 2 }]);
  });

  test('a text of digits only is a number too', async () => {
    const { read } = await stream({ ...ascending, overlap: 0 });
    expect((await read('9', '10')).cursor).toBe('10');
    expect((await read('20250101')).cursor).toBe('20250101');
  });

  test('a first value that cannot be read decides nothing', async () => {
    const { read } = await stream(ascending);
    expect((await read(null, '', '2025-01-01T00:00:00Z')).cursor).toBe('2025-01-01T00:00:00Z');
  });

  test('then texts that are no instants are not read as texts', async () => {
    const { read, told } = await stream(ascending);
    expect((await read('2025-01-01T00:00:00Z', 'zzz')).cursor).toBe('2025-01-01T00:00:00Z');
    expect(told('cursor.unreadable')).toMatchObject([{ count: 1, key: '1' }]);
  });

  test('other texts compare by code unit', async () => {
    const { read } = await stream(ascending);
    expect((await read('B', 'a', '\u{1F600}', '\uFFFF')).cursor).toBe('\uFFFF');
  });

  test('it is fixed over runs, and by another syncer', async () => {
    const { read, told } = await stream(ascending);
    await read('2025-01-01T00:00:00Z');
    await read('7');
    expect(told('cursor.unreadable')).toMatchObject([{ count: 1 }]);
  });
});

interface Declared {
  readonly type: CursorType;
  readonly good: readonly (string | number)[];
  readonly bad: readonly (string | number)[];
}

const declared: readonly Declared[] = [
  {
    type: 'iso',
    good: ['2025-01-01', '2025-01-01T00:00:00.5+01:00'],
    bad: [1, '1', '2025-02-30', 'now'],
  },
  { type: 'epoch-s', good: [1, '2', 2.5], bad: ['2025-01-01', '', '1s', 'NaN'] },
  { type: 'epoch-ms', good: [1, '2', 3_000], bad: ['2025-01-01', ' 3', '0x10'] },
  { type: 'number', good: [1, '2', '3.5', '1e2'], bad: ['', ' ', 'Infinity', '1,5', '0b1'] },
  { type: 'string', good: ['a', '2025'], bad: [1, ''] },
];

test.each(declared)('declared as $type, only that is read', async ({ type, good, bad }) => {
  const { read, told } = await stream({
    ...ascending,
    type,
    ...(type === 'string' ? {} : { overlap: 0 }),
  });
  const { cursor } = await read(...good);
  expect(good).toContain(cursor);
  expect(told('cursor.unreadable')).toEqual([]);
  expect((await read(...bad)).cursor).toBe(cursor);
  expect(told('cursor.unreadable')).toMatchObject([{ count: bad.length }]);
});

describe("ctx.cursor is the committed value less the overlap, in the field's own form", () => {
  const cases: readonly (readonly [
    string | number,
    RowCursor['overlap'] | undefined,
    string | number,
    CursorType?,
  ])[] = [
    ['2025-01-01T00:10:00Z', undefined, '2025-01-01T00:09:00Z'],
    ['2025-01-01T00:10:00.000Z', undefined, '2025-01-01T00:09:00.000Z'],
    ['2025-01-01T00:10:00.123456789+05:30', '30s', '2025-01-01T00:09:30.123456789+05:30'],
    ['2025-01-01T00:10:00+0000', '1h', '2024-12-31T23:10:00+0000'],
    ['2025-01-01T00:10:00-03', '1m', '2025-01-01T00:09:00-03'],
    ['2025-01-01 00:10:00', '1d', '2024-12-31 00:10:00'],
    ['2025-01-01T00:10', '90s', '2025-01-01T00:08'],
    ['2025-01-02', '1m', '2025-01-01'],
    ['2025-01-02', '1d', '2025-01-01'],
    ['2025-01-01T00:10:00Z', '1500ms', '2025-01-01T00:09:58Z'],
    ['2025-01-01T00:10:00.5Z', '1500ms', '2025-01-01T00:09:59.0Z'],
    ['2025-01-01T00:10:00Z', 0, '2025-01-01T00:10:00Z'],
    ['2025-01-01T00:10:00Z', 5_000, '2025-01-01T00:09:55Z'],
    ['2024-03-01T00:00:00Z', '1d', '2024-02-29T00:00:00Z'],
    [1_735_690_200, undefined, 1_735_690_140, 'epoch-s'],
    ['1735690200', '2m', '1735690080', 'epoch-s'],
    [1_735_690_200_500, undefined, 1_735_690_140_500, 'epoch-ms'],
    ['1735690200500', '1s', '1735690199500', 'epoch-ms'],
    [100, 30, 70],
    ['100', 30, '70'],
    [10, 30, -20],
    ['10000000000000000000000000000001', 2, '9999999999999999999999999999999'],
    ['1.50', 1, '0.50', 'number'],
    ['abc', undefined, 'abc'],
  ];
  const named = cases.map(([value, overlap, expected, type]) => ({
    value,
    overlap,
    expected,
    type,
  }));
  test.each(named)(
    '$value less $overlap is $expected',
    async ({ value, overlap, expected, type }) => {
      const { read, asked } = await stream({
        ...ascending,
        ...(overlap === undefined ? {} : { overlap }),
        ...(type === undefined ? {} : { type }),
      });
      expect((await read(value)).cursor).toBe(value);
      await read(value);
      expect(asked()?.cursor).toBe(expected);
    },
  );

  test('ctx.since is the same as a date, where it is an instant', async () => {
    const iso = await stream(ascending);
    await iso.read('2025-01-01T05:10:00+05:00');
    await iso.read();
    expect(iso.asked()?.since).toEqual(new Date('2025-01-01T00:09:00Z'));
    const epoch = await stream({ ...ascending, type: 'epoch-s' });
    await epoch.read(1_735_690_200);
    await epoch.read();
    expect(epoch.asked()?.since).toEqual(new Date(1_735_690_140_000));
    const number = await stream({ ...ascending, overlap: 0 });
    await number.read(7);
    await number.read();
    expect(number.asked()).toMatchObject({ cursor: 7, since: undefined });
  });

  test('a number has no overlap unless one is given', async () => {
    const { read, asked } = await stream(ascending);
    await read(100);
    await read(100);
    expect(asked()?.cursor).toBe(100);
  });
});

describe('refused', () => {
  const define = (cursor: RowCursor) => () => byHand(scripted().pull, { cursor });
  const early: readonly (readonly [string, RowCursor, string])[] = [
    ['an overlap of texts', { field, type: 'string', overlap: 1 }, 'streams.rows.cursor.overlap'],
    [
      'an overlap of texts, even 0',
      { field, type: 'string', overlap: 0 },
      'streams.rows.cursor.overlap',
    ],
    [
      'a duration for numbers',
      { field, type: 'number', overlap: '1m' },
      'streams.rows.cursor.overlap',
    ],
    [
      'an unordered number without overlap',
      { field, type: 'number' },
      'streams.rows.cursor.overlap',
    ],
    ['a negative overlap', { field, type: 'number', overlap: -1 }, 'streams.rows.cursor.overlap'],
    ['no duration', { field, overlap: 'soon' as '1m' }, 'streams.rows.cursor.overlap'],
    ['no type', { field, type: 'date' as 'iso' }, 'streams.rows.cursor.type'],
    ['no order', { field, order: 'descending' as 'ascending' }, 'streams.rows.cursor.order'],
  ];
  test.each(early)('%s, when it is defined', (_name, cursor, path) => {
    expect(define(cursor)).toThrow(ConfigError);
    expect(define(cursor)).toThrow(path);
  });

  const late: readonly (readonly [string, RowCursor, string | number])[] = [
    ['an overlap of texts', { ...ascending, overlap: 1 }, 'abc'],
    ['a duration for numbers', { ...ascending, overlap: '1m' }, 7],
    ['an unordered number without overlap', { field }, 7],
    ['an unordered numeric text without overlap', { field }, '7'],
  ];
  test.each(late)('%s, once a value has shown it', async (_name, cursor, value) => {
    const { read, rows } = await stream(cursor);
    const error = await rejection(read(value).then(() => read(value)));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('streams.rows.cursor.overlap');
    expect(await rows.count()).toBeLessThanOrEqual(1);
  });

  test('an unordered number with an overlap of 0 is what somebody has thought about', async () => {
    const { read, asked } = await stream({ field, overlap: 0 });
    expect((await read(7, 3)).cursor).toBe(7);
    await read(7);
    expect(asked()?.cursor).toBe(7);
  });
});

describe('start', () => {
  test('is ctx.cursor before there is one', async () => {
    const { read, asked } = await stream({ ...ascending, start: '2024-06-01T00:00:00Z' });
    await read();
    expect(asked()).toMatchObject({
      cursor: '2024-06-01T00:00:00Z',
      since: new Date('2024-06-01T00:00:00Z'),
    });
  });

  test('is never undercut by the overlap', async () => {
    const { read, asked } = await stream({
      ...ascending,
      start: '2024-06-01T00:00:00Z',
      overlap: '1d',
    });
    await read('2024-06-01T01:00:00Z');
    await read();
    expect(asked()?.cursor).toBe('2024-06-01T00:00:00Z');
  });

  test('may depend on the config', async () => {
    const seen: unknown[] = [];
    const connector = defineConnector({
      name: 'since',
      config: z.object({ since: z.string() }),
      streams: {
        rows: {
          schema: z.object({ id: z.string(), updated: z.string() }),
          key: 'id',
          cursor: { field: 'updated', start: (ctx) => ctx.config.since },
          async *pull(ctx) {
            seen.push(ctx.cursor);
            yield [];
          },
        },
      },
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'a', config: { since: '2020-01-01' } });
    await syncer.connections.create(connector, { id: 'b', config: { since: '2021-01-01' } });
    await syncer.connection(connector, 'a').stream('rows').sync();
    await syncer.connection(connector, 'b').stream('rows').sync();
    expect(seen).toEqual(['2020-01-01', '2021-01-01']);
  });

  test.each([
    ['2024-13-01', 'iso'],
    ['yesterday', 'epoch-s'],
    ['', undefined],
  ] as const)('%s cannot be read as %s, which is a ConfigError', async (start, type) => {
    const { read } = await stream({ ...ascending, start, ...(type === undefined ? {} : { type }) });
    const error = await rejection(read());
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('streams.rows.cursor.start');
  });
});
