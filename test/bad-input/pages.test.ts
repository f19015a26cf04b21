import { defineConnector, SynclineError, ValidationError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { rowSchema } from '../support/shop.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

noStrays();

/** A connector whose `pull` is anything at all. */
function anyPull(pull: () => unknown) {
  return defineConnector({
    name: 'odd',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: { field: 'updated', order: 'ascending' },
        pull: pull as () => AsyncIterable<[]>,
      },
    },
  });
}

async function stream(pull: () => unknown) {
  const connector = anyPull(pull);
  const tested = testSyncer([connector]);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  return { ...tested, rows: tested.syncer.connection(connector, 'acme').stream('rows') };
}

const cyclic: unknown[] = [];
cyclic.push(cyclic);

const noPages: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', '[{"id":"1"}]'],
  ['true', true],
  ['a function', () => []],
  ['a symbol', Symbol('page')],
  ['a bigint', 7n],
  ['an empty object', {}],
  ['a response body with its list somewhere else', { data: [{ id: '1' }], total: 1 }],
  ['a map', new Map([['records', []]])],
  ['records that are an object', { records: { 0: row('1') } }],
  ['records that are null', { records: null }],
  ['records that are a text', { records: 'none' }],
  ['records that are a set', { records: new Set([row('1')]) }],
  ['deletes that are a text', { records: [], deletes: '1' }],
  ['deletes that are an object', { records: [], deletes: { id: '1' } }],
  ['a deleted key that is null', { records: [], deletes: [null] }],
  ['a deleted key that is empty', { records: [], deletes: [''] }],
  ['a deleted key that is an object', { records: [], deletes: [{ id: '1' }] }],
  ['a deleted key of several parts', { records: [], deletes: [['1', '2']] }],
  ['a cursor that JSON cannot hold', { records: [], cursor: 7n }],
  ['a resume token that contains itself', { records: [], resume: cyclic }],
  ['a resume token that is a function', { records: [], resume: () => 1 }],
  ['a resume token that is a symbol', { records: [], resume: Symbol('next') }],
  [
    'a resume token that throws',
    {
      records: [],
      resume: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    },
  ],
];

test.each(noPages)('what is no page fails the run with a clear error: %s', async (_name, page) => {
  let bad = true;
  const { rows, syncer, told } = await stream(async function* () {
    yield [row('1', '2025-01-01T00:00:00Z')];
    if (bad) yield page;
    yield [row('2', '2025-01-02T00:00:00Z')];
  });
  const error = await rejection(rows.sync());
  expect(error).toBeInstanceOf(ValidationError);
  expect((error as Error).message).toMatch(/odd\/acme\/rows|deletes/);
  expect(told('run.failed')).toHaveLength(1);
  // What came before is there, and nothing of the rest.
  expect(await rows.count()).toBe(1);
  const [failed] = await collect(syncer.runs());
  expect(failed).toMatchObject({ status: 'failed', counts: { pages: 1, inserted: 1 } });
  bad = false;
  expect((await rows.sync()).status).toBe('succeeded');
  expect(await rows.count()).toBe(2);
});

const noPulls: readonly (readonly [string, () => unknown])[] = [
  ['nothing', () => undefined],
  ['a list', () => [[row('1')]]],
  ['a promise of an iterable', async () => Promise.resolve([[row('1')]])],
  [
    'a generator that is not asynchronous',
    function* () {
      yield [row('1')];
    },
  ],
  ['a rejected promise', async () => Promise.reject(new Error('lost'))],
];

test.each(noPulls)(
  'a pull that returns %s fails the run with a clear error',
  async (_name, pull) => {
    const { rows } = await stream(pull);
    const error = await rejection(rows.sync());
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toContain('async *pull');
  },
);

test('a pull that throws before it returns fails the run with what it threw', async () => {
  const thrown = new Error('not even begun');
  const { rows } = await stream(() => {
    throw thrown;
  });
  expect(await rejection(rows.sync())).toBe(thrown);
});

const noRecords: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['undefined', undefined],
  ['a number', 7],
  ['a text', '1'],
  ['a list', [['id', '1']]],
  ['true', true],
  ['a bigint', 7n],
  ['a function', () => row('1')],
];

describe('in the list of a page', () => {
  test.each(noRecords)(
    '%s is kept as a rejected record without a key, and the others are stored',
    async (_name, odd) => {
      const { rows, told } = await stream(async function* () {
        yield [row('1', '2025-01-01T00:00:00Z'), odd, row('2', '2025-01-02T00:00:00Z')];
      });
      const { counts, cursor } = await rows.sync();
      expect(counts).toMatchObject({ read: 3, inserted: 2, rejected: 1 });
      expect(cursor).toBe('2025-01-02T00:00:00Z');
      const [kept] = await collect(rows.rejected());
      expect(kept).toMatchObject({
        key: null,
        issues: [{ message: expect.stringContaining('a record is an object') as string }],
      });
      expect(told('record.rejected')).toHaveLength(1);
    },
  );

  test('holes are rejected records too', async () => {
    const { rows } = await stream(async function* () {
      const page: unknown[] = [row('1', null)];
      page[3] = row('2', null);
      yield page;
    });
    expect((await rows.sync()).counts).toMatchObject({ read: 4, inserted: 2, rejected: 2 });
  });
});

test('a page that its connector changes after it was yielded is what it was when it was yielded, or what it became, never half', async () => {
  const page = [row('1', null), row('2', null)];
  const { rows } = await stream(async function* () {
    yield page;
    page.length = 0;
    page.push(row('3', null));
    yield page;
  });
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['1', '2', '3']);
});

test('every error of this kind is one of Syncline', async () => {
  const { rows } = await stream(async function* () {
    yield 7;
  });
  const error = await rejection(rows.sync());
  expect(error).toBeInstanceOf(SynclineError);
  expect(error).toMatchObject({ code: 'VALIDATION', retryable: false });
});
