import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineConnector, type InvalidPolicy, sqlite, type Store, ValidationError } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { deliver } from '../support/deliver.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

noStrays();

type Raw = Readonly<Record<string, unknown>>;

/** A stream whose schema and pages the test may change at any time, as a new deployment would. */
async function stream(options: { readonly invalid?: InvalidPolicy; readonly store?: Store } = {}) {
  const control = {
    schema: z.looseObject({ id: z.string(), n: z.number() }) as unknown as StandardSchemaV1<Raw>,
    pages: [] as readonly (readonly Raw[])[],
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
        cursor: { field: (raw: Raw) => raw['updated'], order: 'ascending', type: 'iso' },
        ...(options.invalid === undefined ? {} : { invalid: options.invalid }),
        async *pull() {
          yield* control.pages;
        },
      },
    },
  });
  const tested = testSyncer(
    [connector],
    options.store === undefined ? {} : { store: options.store },
  );
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, control, rows };
}

const at = (n: number): string => `2025-01-0${n}T00:00:00Z`;
const good = (id: string, n: number, day = 1): Raw => ({ id, n, updated: at(day) });
const bad = (id: string, n: unknown, day = 1): Raw => ({ id, n, updated: at(day) });
const looser = z.looseObject({
  id: z.string(),
  n: z.unknown(),
}) as unknown as StandardSchemaV1<Raw>;

describe.each(storeKinds)('%s', (kind) => {
  const open = (): Store => (kind === 'memory' ? memory() : sqlite(tempFile()));

  test('rejected() has them raw, with their reasons, in the order in which they came', async () => {
    const { rows, control, clock, told } = await stream({ store: open() });
    control.pages = [[good('1', 1), bad('2', 'two', 2)], [bad('3', null, 3)]];
    const result = await rows.sync();
    expect(result.counts).toMatchObject({ inserted: 1, rejected: 2, read: 3 });
    expect(result.cursor).toBe(at(3));
    expect(await collect(rows.rejected())).toEqual([
      {
        key: '2',
        raw: bad('2', 'two', 2),
        issues: [{ message: expect.stringContaining('number') as string, path: ['n'] }],
        at: new Date(clock.now()),
        run: result.id,
      },
      expect.objectContaining({ key: '3', raw: bad('3', null, 3) }),
    ]);
    expect(told('record.rejected').map(({ key, issues }) => [key, issues.length])).toEqual([
      ['2', 1],
      ['3', 1],
    ]);
  });

  test('a newer rejected version of a key replaces the older; the same again is kept once', async () => {
    const { rows, control } = await stream({ store: open() });
    control.pages = [[bad('1', 'a')]];
    await rows.sync();
    await rows.sync();
    control.pages = [[bad('1', 'b', 2)]];
    await rows.sync();
    expect((await collect(rows.rejected())).map(({ raw }) => raw)).toEqual([bad('1', 'b', 2)]);
  });

  test('a rejected version leaves the stored one as it was', async () => {
    const { rows, control } = await stream({ store: open() });
    control.pages = [[good('1', 1)]];
    await rows.sync();
    control.pages = [[bad('1', 'broken', 2)]];
    expect((await rows.sync()).counts).toMatchObject({ updated: 0, rejected: 1 });
    expect(await rows.get('1')).toEqual(good('1', 1));
    expect(await collect(rows.rejected())).toHaveLength(1);
  });

  test('it leaves rejected() when a newer version of its key is stored, or it is deleted', async () => {
    const { rows, control } = await stream({ store: open() });
    control.pages = [[bad('1', 'a'), bad('2', 'a')]];
    await rows.sync();
    control.pages = [[good('1', 1, 2)]];
    await rows.sync();
    expect((await collect(rows.rejected())).map(({ key }) => key)).toEqual(['2']);
  });

  test('replayRejected() stores those that pass now, as changes, and keeps the others', async () => {
    const { rows, control, told } = await stream({ store: open() });
    control.pages = [[good('1', 1), bad('2', 'two'), bad('3', 'three'), { n: 4 }]];
    await rows.sync();
    const seq = (await collect(rows.changes())).at(-1)!.seq;
    expect(await rows.replayRejected()).toEqual({ settled: 0, rejected: 3 });

    control.schema = looser;
    expect(await rows.replayRejected()).toEqual({ settled: 2, rejected: 1 });
    expect(told('record.replayed')).toMatchObject([
      { settled: 0, rejected: 3 },
      { settled: 2, rejected: 1 },
    ]);
    expect(await rows.get('2')).toEqual(bad('2', 'two'));
    expect(await collect(rows.changes({ after: seq }))).toMatchObject([
      { kind: 'insert', key: '2', origin: 'replay' },
      { kind: 'insert', key: '3', origin: 'replay' },
    ]);
    expect((await collect(rows.rejected())).map(({ key }) => key)).toEqual([null]);
    // Once is enough.
    expect(await rows.replayRejected()).toEqual({ settled: 0, rejected: 1 });
    control.pages = [[bad('2', 'two')]];
    expect((await rows.sync()).counts).toMatchObject({ unchanged: 1, updated: 0 });
  });

  test('a replay never overwrites a newer version', async () => {
    const { rows, control } = await stream({ store: open() });
    control.pages = [[good('1', 1, 1), bad('1', 'old', 2)]];
    await rows.sync();
    // Newer by its value, though rejected in its time: a later version has not been stored.
    control.schema = looser;
    await rows.replayRejected();
    expect(await rows.get('1')).toEqual(bad('1', 'old', 2));
  });

  test('nor one that came since, where no values decide', async () => {
    const store = open();
    const { rows, control, clock } = await stream({ store });
    control.pages = [[{ id: '1', n: 'broken' }]];
    await rows.sync();
    clock.skip(1_000);
    await deliver(store, { id: '1', n: 2 }, { connector: 'hand', now: clock.now() });
    // The delivery answered it already.
    expect(await collect(rows.rejected())).toEqual([]);
    control.schema = looser;
    expect(await rows.replayRejected()).toEqual({ settled: 0, rejected: 0 });
    expect(await rows.get('1')).toEqual({ id: '1', n: 2 });
  });

  test('many are replayed in batches, each once', async () => {
    const { rows, control } = await stream({ store: open() });
    control.pages = [Array.from({ length: 230 }, (_, i) => bad(`r${i}`, 'x'))];
    await rows.sync();
    expect(await collect(rows.rejected())).toHaveLength(230);
    control.schema = looser;
    expect(await rows.replayRejected()).toEqual({ settled: 230, rejected: 0 });
    expect(await rows.count()).toBe(230);
  });
});

describe('invalid', () => {
  test("'fail': the run fails at the first; it is kept, and its page's cursor is not", async () => {
    const { rows, control } = await stream({ invalid: 'fail' });
    control.pages = [[good('1', 1, 1)], [good('2', 2, 2), bad('3', 'three', 3)], [good('4', 4, 4)]];
    const error = await rejection(rows.sync());
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues).toMatchObject([{ path: ['n'] }]);
    expect((error as Error).message).toMatch(/hand\/acme\/rows: record 3 .*n: .*number/);
    expect((await collect(rows.rejected())).map(({ key }) => key)).toEqual(['3']);
    const [run] = await collect(rows.records());
    expect(run).toEqual(good('1', 1, 1));
    control.schema = looser;
    expect((await rows.sync()).cursor).toBe(at(4));
    expect(await rows.count()).toBe(4);
    expect(await collect(rows.rejected())).toEqual([]);
  });

  test("'fail' with a record without a key fails too", async () => {
    const { rows, control } = await stream({ invalid: 'fail' });
    control.pages = [[{ n: 1 }]];
    expect(await rejection(rows.sync())).toBeInstanceOf(ValidationError);
  });

  test("'quarantine' is the default: however many, the run succeeds", async () => {
    const { rows, control } = await stream();
    control.pages = [Array.from({ length: 300 }, (_, i) => bad(`r${i}`, 'x'))];
    expect(await rows.sync()).toMatchObject({ status: 'succeeded', counts: { rejected: 300 } });
  });

  test('maxRatio: the run fails when the share of all that it read is above it; what was valid is kept', async () => {
    const { rows, control } = await stream({ invalid: { maxRatio: 0.25 } });
    control.pages = [[bad('1', 'x'), good('2', 1), good('3', 1), good('4', 1)]];
    expect((await rows.sync()).status).toBe('succeeded');
    control.pages = [[bad('1', 'x'), bad('2', 'x'), good('3', 1), good('4', 1)]];
    const error = await rejection(rows.sync());
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toMatch(/2 of 4 .*maxRatio 0.25/);
    expect(await rows.count()).toBe(3);
    expect(await collect(rows.rejected())).toHaveLength(2);
  });

  test('maxRatio does not judge by the first few', async () => {
    const { rows, control } = await stream({ invalid: { maxRatio: 0.1 } });
    control.pages = [[bad('1', 'x')], Array.from({ length: 20 }, (_, i) => good(`r${i}`, i))];
    expect((await rows.sync()).status).toBe('succeeded');
  });

  test('maxRatio stops a long run in the middle', async () => {
    const { rows, control } = await stream({ invalid: { maxRatio: 0.5 } });
    control.pages = Array.from({ length: 50 }, (_, page) =>
      Array.from({ length: 50 }, (_record, i) => bad(`${page} ${i}`, 'x')),
    );
    expect(await rejection(rows.sync())).toBeInstanceOf(ValidationError);
    expect((await collect(rows.rejected())).length).toBeLessThan(500);
  });

  test('maxRatio 0 allows none', async () => {
    const { rows, control } = await stream({ invalid: { maxRatio: 0 } });
    control.pages = [[good('1', 1)]];
    expect((await rows.sync()).status).toBe('succeeded');
    control.pages = [[good('1', 1), bad('2', 'x')]];
    expect(await rejection(rows.sync())).toBeInstanceOf(ValidationError);
  });
});
