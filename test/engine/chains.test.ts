import type { JsonValue } from 'syncline';
import { describe, expect, test } from 'vitest';
import { byHand, type HandContext, row } from '../support/by-hand.js';
import { TestClock } from '../support/clock.js';
import type { RowCursor, RowDeletions } from '../support/shop.js';
import { collect, testSyncer } from '../support/syncer.js';

type Asked = Pick<HandContext, 'cursor' | 'mode' | 'resume'>;

const day = (n: number): string => `2025-01-${String(n).padStart(2, '0')}T00:00:00Z`;

/** A list of four pages with one record each, whose resume tokens are the pages' numbers, and which fails where it is told to. */
async function fourPages(
  cursor: Partial<RowCursor> = {},
  deletions?: RowDeletions,
  token: (page: number) => JsonValue | undefined = (page) => page,
) {
  const asked: Asked[] = [];
  const control = { failAt: 0, offset: 0, missing: 0 };
  const connector = byHand(
    async function* pull({ cursor: from, mode, resume }) {
      asked.push({ cursor: from, mode, resume });
      const tokens = [1, 2, 3, 4].map((page) => JSON.stringify(token(page) ?? null));
      const first = resume === undefined ? 1 : tokens.indexOf(JSON.stringify(resume)) + 1;
      for (let page = first; page <= 4; page++) {
        if (page === control.failAt) throw new Error(`page ${page} fails`);
        const next = token(page + 1);
        const records =
          page === control.missing ? [] : [row(`${page}`, day(page + control.offset))];
        yield { records, ...(page === 4 || next === undefined ? {} : { resume: next }) };
      }
    },
    { cursor: { field: 'updated', overlap: 0, ...cursor }, ...(deletions ? { deletions } : {}) },
  );
  const clock = new TestClock();
  const tested = testSyncer([connector], { clock });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  const run = async (mode: 'incremental' | 'full', failAt = 0) => {
    control.failAt = failAt;
    return rows.sync({ mode, throws: false });
  };
  return { ...tested, rows, run, asked, control, clock };
}

describe('a run that ends unfinished after a page with resume leaves a chain', () => {
  test('the next run of that mode gets the original cursor and mode, and the token', async () => {
    const { run, asked, told } = await fourPages({ order: 'ascending' });
    await run('incremental');
    await run('incremental', 3);
    await run('incremental');
    expect(asked).toEqual([
      { cursor: undefined, mode: 'incremental', resume: undefined },
      { cursor: day(4), mode: 'incremental', resume: undefined },
      { cursor: day(4), mode: 'incremental', resume: 3 },
    ]);
    expect(told('run.started').map(({ continues }) => continues)).toEqual([false, false, true]);
  });

  test('over several runs, until it has come to its end', async () => {
    const { run, asked, rows } = await fourPages();
    expect((await run('incremental', 2)).cursor).toBeNull();
    expect((await run('incremental', 3)).cursor).toBeNull();
    expect((await run('incremental', 4)).cursor).toBeNull();
    expect((await run('incremental')).cursor).toBe(day(4));
    expect(asked.map(({ resume }) => resume)).toEqual([undefined, 2, 3, 4]);
    expect(await rows.count()).toBe(4);
    await run('incremental');
    expect(asked.at(-1)).toEqual({ cursor: day(4), mode: 'incremental', resume: undefined });
  });

  test('without a token the next run starts at the cursor', async () => {
    const { run, asked } = await fourPages({ order: 'ascending' }, undefined, () => undefined);
    await run('incremental', 3);
    await run('incremental');
    expect(asked).toEqual([
      { cursor: undefined, mode: 'incremental', resume: undefined },
      { cursor: day(2), mode: 'incremental', resume: undefined },
    ]);
  });

  test('a page without a token ends the chain that its predecessors could have left', async () => {
    const asked: Asked[] = [];
    let fails = true;
    const connector = byHand(
      async function* pull({ cursor, mode, resume }) {
        asked.push({ cursor, mode, resume });
        yield { records: [row('1', day(1))], resume: 'two' };
        yield [row('2', day(2))];
        if (fails) throw new Error('network');
      },
      { cursor: { field: 'updated', order: 'ascending', overlap: 0 } },
    );
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync({ throws: false });
    fails = false;
    await rows.sync();
    expect(asked[1]).toEqual({ cursor: day(2), mode: 'incremental', resume: undefined });
  });

  test('a run that succeeded leaves none, whatever its last page said', async () => {
    const asked: unknown[] = [];
    const connector = byHand(
      async function* pull({ resume }) {
        asked.push(resume);
        yield { records: [row('1', day(1))], resume: 'more' };
      },
      { cursor: { field: 'updated' } },
    );
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    await rows.sync();
    expect(asked).toEqual([undefined, undefined]);
  });
});

const tokens: readonly (readonly [string, JsonValue])[] = [
  ['0', 0],
  ['an empty text', ''],
  ['false', false],
  ['an empty list', []],
  ['an empty object', {}],
  ['a nested object', { a: [1, { b: null }], __proto__x: 'y' }],
  ['a long text', 'x'.repeat(10_000)],
];

test.each(tokens)('%s is a resume token', async (_name, token) => {
  let fails = true;
  const asked: unknown[] = [];
  const connector = byHand(async function* pull({ resume }) {
    asked.push(resume);
    if (resume === undefined) yield { records: [row('1', null)], resume: token };
    if (fails) throw new Error('network');
  }, {});
  const { syncer } = testSyncer([connector], { store: 'sqlite' });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ throws: false });
  fails = false;
  await rows.sync();
  expect(asked).toEqual([undefined, token]);
});

test.each([undefined, null])('%s is none', async (token) => {
  let fails = true;
  const asked: unknown[] = [];
  const connector = byHand(async function* pull({ resume }) {
    asked.push(resume);
    yield { records: [row('1', null)], resume: token as null };
    if (fails) throw new Error('network');
  }, {});
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ throws: false });
  fails = false;
  await rows.sync();
  expect(asked).toEqual([undefined, undefined]);
});

describe('one full and one incremental chain are open at most', () => {
  test('each goes on by itself', async () => {
    const { run, asked } = await fourPages({ order: 'ascending' });
    await run('incremental');
    await run('full', 3);
    await run('incremental', 2);
    await run('full', 4);
    await run('incremental');
    await run('full');
    expect(asked.slice(1)).toEqual([
      { cursor: undefined, mode: 'full', resume: undefined },
      { cursor: day(4), mode: 'incremental', resume: undefined },
      { cursor: undefined, mode: 'full', resume: 3 },
      { cursor: day(4), mode: 'incremental', resume: 2 },
      { cursor: undefined, mode: 'full', resume: 4 },
    ]);
  });

  test.each(['ascending', 'unordered'] as const)(
    'closing the full one never moves the cursor back (%s)',
    async (order) => {
      const { run, control } = await fourPages({ order });
      await run('incremental');
      await run('full', 3);
      // The remote moves on, and an incremental run follows it.
      control.offset = 10;
      expect((await run('incremental')).cursor).toBe(day(14));
      control.offset = 0;
      expect((await run('full')).cursor).toBe(day(14));
    },
  );

  test('closing the full one does not lose what an incremental run still has to read', async () => {
    const { run, control, rows } = await fourPages({ order: 'ascending' });
    await run('incremental');
    await run('full', 3);
    control.offset = 10;
    await run('incremental', 2);
    await run('full');
    const { cursor } = await run('incremental');
    expect(cursor).toBe(day(14));
    expect((await collect(rows.records())).map(({ updated }) => updated)).toEqual(
      [11, 12, 13, 14].map(day),
    );
  });

  test('what an incremental run touches between two parts counts as seen by the pass', async () => {
    const { run, control, rows, told } = await fourPages(
      { order: 'ascending' },
      { kind: 'snapshot', stable: true, maxDeleteRatio: 1 },
    );
    await run('full');
    await run('full', 3);
    // The second part will not show the fourth record; an incremental run does.
    control.offset = 10;
    await run('incremental');
    control.missing = 4;
    const { counts } = await run('full');
    expect(counts.deleted).toBe(0);
    expect(await rows.count()).toBe(4);
    // Not seen by anybody, it would have been deleted.
    await run('full', 3);
    expect((await run('full')).counts.deleted).toBe(1);
    expect(told('deletion.applied')).toHaveLength(1);
  });
});

test("an unordered cursor moves, at the chain's end, to the lower of the highest value and the chain's beginning", async () => {
  const clock = new TestClock();
  const began = clock.now();
  let fails = true;
  const at = (ms: number): string => new Date(ms).toISOString();
  const connector = byHand(
    async function* pull({ resume }) {
      if (resume === undefined) yield { records: [row('1', at(began - 1_000))], resume: 2 };
      if (fails) throw new Error('network');
      // Changed while the chain was open.
      yield [row('2', at(began + 3_600_000))];
    },
    { cursor: { field: 'updated' } },
  );
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync({ throws: false });
  clock.skip(7_200_000);
  fails = false;
  expect((await rows.sync()).cursor).toBe(at(began));
});

test('a changed definition of the cursor drops the chain', async () => {
  const { memory } = await import('syncline/memory');
  const inner = memory();
  const store = new Proxy(inner, {
    get: (target, verb) =>
      verb === 'close' ? async () => Promise.resolve() : (Reflect.get(target, verb) as unknown),
  });
  const asked: Asked[] = [];
  let fails = true;
  const define = (field: 'updated' | 'title') =>
    byHand(
      async function* pull({ cursor, mode, resume }) {
        asked.push({ cursor, mode, resume });
        yield { records: [row('1', day(1), { title: 'a' })], resume: 2 };
        if (fails) throw new Error('network');
      },
      { cursor: { field, order: 'ascending' } },
    );
  const before = define('updated');
  const first = testSyncer([before], { store });
  await first.syncer.connections.create(before, { id: 'acme' });
  await first.syncer.connection(before, 'acme').stream('rows').sync({ throws: false });
  fails = false;
  const after = define('title');
  const second = testSyncer([after], { store });
  expect((await second.syncer.connection(after, 'acme').stream('rows').sync()).cursor).toBe('a');
  expect(asked[1]).toEqual({ cursor: undefined, mode: 'incremental', resume: undefined });
});
