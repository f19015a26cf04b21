import { describe, expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row, scripted } from '../support/by-hand.js';
import { TestClock } from '../support/clock.js';
import { type PagingStyle, type RowCursor, shop } from '../support/shop.js';
import { collect, testSyncer } from '../support/syncer.js';

const MINUTE = 60_000;

async function stream(cursor: Partial<RowCursor> = {}) {
  const script = scripted();
  const clock = new TestClock();
  const connector = byHand(script.pull, { cursor: { field: 'updated', ...cursor } });
  const tested = testSyncer([connector], { clock });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, rows, script, clock };
}

const day = (n: number): string => `2025-01-${String(n).padStart(2, '0')}T00:00:00Z`;

describe('ascending', () => {
  test('moves with each page', async () => {
    const { rows, script, told } = await stream({ order: 'ascending' });
    script.pages = [
      [row('1', day(1)), row('2', day(2))],
      [row('3', day(3))],
      [],
      [row('4', day(3))],
    ];
    await rows.sync();
    expect(told('page.committed').map(({ cursor }) => cursor)).toEqual([
      day(2),
      day(3),
      day(3),
      day(3),
    ]);
  });

  test('keeps what its pages have reached when the run then fails', async () => {
    const connector = byHand(
      async function* pull() {
        yield [row('1', day(1))];
        throw new Error('network');
      },
      { cursor: { field: 'updated', order: 'ascending' } },
    );
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    expect((await rows.sync({ throws: false })).cursor).toBe(day(1));
  });

  test('goes back to where the run began at the first record older than the highest, and the run goes on', async () => {
    const { rows, script, told } = await stream({ order: 'ascending' });
    script.pages = [[row('0', day(1))]];
    await rows.sync();
    script.pages = [[row('1', day(5))], [row('2', day(9)), row('3', day(7))], [row('4', day(8))]];
    const { cursor, counts } = await rows.sync();
    expect(told('page.committed').map((page) => page.cursor)).toEqual([
      day(1),
      day(5),
      day(1),
      day(1),
    ]);
    expect(told('cursor.unordered')).toMatchObject([{ cursor: day(1) }]);
    expect(counts.inserted).toBe(4);
    // At its end it moves as an unordered one does.
    expect(cursor).toBe(day(9));
  });

  test('stays unordered in the runs after', async () => {
    const { rows, script, told } = await stream({ order: 'ascending' });
    script.pages = [[row('1', day(5)), row('2', day(4))]];
    await rows.sync();
    script.pages = [[row('3', day(6))], [row('4', day(7))]];
    await rows.sync();
    expect(
      told('page.committed')
        .map(({ cursor }) => cursor)
        .slice(1),
    ).toEqual([day(5), day(5)]);
    expect(told('cursor.unordered')).toHaveLength(1);
  });

  test('and until the stream is defined anew', async () => {
    const script = scripted();
    const clock = new TestClock();
    const { memory } = await import('syncline/memory');
    const inner = memory();
    const store = new Proxy(inner, {
      get: (target, verb) =>
        verb === 'close' ? async () => Promise.resolve() : (Reflect.get(target, verb) as unknown),
    });
    const open = (cursor: RowCursor) => {
      const connector = byHand(script.pull, { cursor });
      return { connector, ...testSyncer([connector], { store, clock }) };
    };
    const first = open({ field: 'updated', order: 'ascending' });
    await first.syncer.connections.create(first.connector, { id: 'acme' });
    script.pages = [[row('1', day(5)), row('2', day(4))]];
    await first.syncer.connection(first.connector, 'acme').stream('rows').sync();
    const second = open({ field: 'updated', order: 'unordered' });
    await second.syncer.connection(second.connector, 'acme').stream('rows').sync();
    const third = open({ field: 'updated', order: 'ascending' });
    script.pages = [[row('3', day(6))], [row('4', day(7))]];
    await third.syncer.connection(third.connector, 'acme').stream('rows').sync();
    expect(third.told('page.committed').map(({ cursor }) => cursor)).toEqual([day(6), day(7)]);
  });

  test('equal values, and values of the run before, are no loss of order', async () => {
    const { rows, script, told } = await stream({ order: 'ascending' });
    script.pages = [[row('1', day(5))], [row('2', day(5))]];
    await rows.sync();
    script.pages = [[row('0', day(1)), row('1', day(5))]];
    await rows.sync();
    expect(told('cursor.unordered')).toEqual([]);
  });
});

describe('a record dated in the future', () => {
  test.each(['ascending', 'unordered'] as const)(
    'is stored and does not carry the cursor away (%s)',
    async (order) => {
      const { rows, script, clock } = await stream({ order });
      const now = new Date(clock.now()).toISOString();
      script.pages = [[row('1', day(1)), row('2', '2099-01-01T00:00:00Z')]];
      const { cursor } = await rows.sync();
      expect(cursor).toBe(order === 'ascending' ? day(1) : now.replace('.000Z', 'Z'));
      expect(await rows.get('2')).toBeDefined();
      script.pages = [[row('3', day(3)), row('2', '2099-01-01T00:00:00Z')]];
      const next = await rows.sync();
      expect(next.counts).toMatchObject({ inserted: 1, unchanged: 1 });
      expect(Date.parse(String(next.cursor))).toBeLessThanOrEqual(clock.now());
    },
  );

  test("is judged by the server's clock, where it tells its time", async () => {
    const clock = new TestClock();
    let skew = 0;
    const api = await testApi({ now: () => clock.now() + skew });
    const connector = shop(api, { cursor: { order: 'ascending' } });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    // Our clock is an hour behind: what the server has just stamped is not the future.
    skew = 60 * MINUTE;
    api.put('now');
    expect((await rows.sync()).cursor).toBe(api.kind.write(api.now()));
    // An hour ahead: what lies in the server's future is, though not in ours.
    const reached = api.kind.write(api.now());
    skew = -60 * MINUTE;
    clock.skip(3 * 60 * MINUTE);
    api.put('soon', {}, api.now() + 30 * MINUTE);
    expect((await rows.sync()).cursor).toBe(reached);
  });

  test('is judged by our clock, where the server tells no time', async () => {
    const clock = new TestClock();
    const api = await testApi({ now: () => clock.now() });
    api.sendDate = false;
    const connector = shop(api, { cursor: { order: 'ascending' } });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.put('a', {}, clock.now() - 1_000);
    api.put('b', {}, clock.now() + 1_000);
    expect((await rows.sync()).cursor).toBe(api.kind.write(clock.now() - 1_000));
  });

  test('is caught up with when its time has come', async () => {
    const clock = new TestClock();
    const api = await testApi({ now: () => clock.now() });
    const connector = shop(api, { cursor: { order: 'ascending' } });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const later = clock.now() + 10 * MINUTE;
    api.put('future', {}, later);
    await rows.sync();
    clock.skip(20 * MINUTE);
    expect((await rows.sync()).cursor).toBe(api.kind.write(later));
  });

  test('a number or text has no future', async () => {
    const { rows, script } = await stream({ order: 'ascending', overlap: 0 });
    script.pages = [[row('1', 99_999_999_999_999)]];
    expect((await rows.sync()).cursor).toBe(99_999_999_999_999);
  });
});

describe('unordered', () => {
  test('moves only when the whole reading has succeeded', async () => {
    const { rows, script, told } = await stream();
    script.pages = [[row('1', day(9))], [row('2', day(3))]];
    expect((await rows.sync()).cursor).toBe(day(9));
    expect(told('page.committed').map(({ cursor }) => cursor)).toEqual([null, null]);
  });

  test("never past the reading's beginning, by the server's clock", async () => {
    const clock = new TestClock();
    const api = await testApi({ now: () => clock.now() - 5 * MINUTE });
    const connector = shop(api, { limit: 1, style: 'next', sort: 'desc' });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const began = api.now();
    api.put('a', {}, began - MINUTE);
    api.put('b', {}, began - 2 * MINUTE);
    api.intercept = ({ index }) => {
      if (index === 1) {
        clock.skip(MINUTE);
        api.put('during', {}, began - 3 * MINUTE);
        api.put('b', {}, api.now());
      }
      return undefined;
    };
    await rows.sync();
    api.intercept = () => undefined;
    // What changed while the list was read may lie before the page that was read last.
    const cursor = (await collect(syncer.runs()))[0]?.cursor;
    expect(Date.parse(String(cursor))).toBeLessThanOrEqual(began);
    await rows.sync();
    expect(await rows.count()).toBe(3);
  });
});

describe('drift: a key that comes twice with the same value in one reading', () => {
  /** Two pages; between them the list moves by one, so that the last of the first page begins the second. */
  async function drifting(style: PagingStyle, deletions = false) {
    const api = await testApi();
    const connector = shop(api, {
      style,
      limit: 3,
      cursor: { order: 'ascending', overlap: 0 },
      ...(deletions ? { deletions: { kind: 'snapshot', stable: true } } : {}),
    });
    const tested = testSyncer([connector]);
    await tested.syncer.connections.create(connector, { id: 'acme' });
    const rows = tested.syncer.connection(connector, 'acme').stream('rows');
    for (let i = 1; i <= 6; i++) api.put(`r${i}`, {}, api.now() - MINUTE);
    let moved = false;
    api.intercept = ({ index }) => {
      if (index !== 1 || moved) return undefined;
      moved = true;
      // At the same stamp as the others, but before them by its id: the sort is not what the cursor says.
      api.put('r0', {}, api.now() - MINUTE);
      return undefined;
    };
    return { api, rows, ...tested };
  }

  test.each(['page', 'link'] as const)(
    '%s: told, and the cursor stays where the run began',
    async (style) => {
      const { rows, told, api } = await drifting(style);
      const { cursor, status } = await rows.sync();
      expect(status).toBe('succeeded');
      expect(told('page.drift')).toMatchObject([{ key: 'r3' }]);
      expect(cursor).toBeNull();
      expect(told('cursor.unordered')).toEqual([]);
      // The next run reads again from there, and finds what was shifted away.
      const second = await rows.sync();
      expect(await rows.count()).toBe(7);
      expect(second.cursor).toBe(api.kind.write(api.now() - MINUTE));
    },
  );

  test('offset: the page that is asked one item early shows it', async () => {
    const { rows, told } = await drifting('offset');
    await rows.sync();
    expect(told('page.drift').length).toBeGreaterThan(0);
    await rows.sync();
    expect(await rows.count()).toBe(7);
  });

  test.each(['cursor', 'next', 'graphql'] as const)(
    '%s: a place in the order cannot be shifted',
    async (style) => {
      const { rows, told } = await drifting(style);
      await rows.sync();
      expect(told('page.drift')).toEqual([]);
    },
  );

  test.each(['page', 'link'] as const)('%s: the pass does not judge', async (style) => {
    const { rows, told, api } = await drifting(style, true);
    await rows.sync();
    api.delete('r6');
    for (const id of ['r1', 'r2', 'r3', 'r4', 'r5']) api.put(id, {}, api.now() - MINUTE);
    api.rows.delete('r0');
    const before = told('page.drift').length;
    let index = -1;
    api.intercept = (asked) => {
      if (index === -1) index = asked.index;
      if (asked.index === index + 1) api.put('q', {}, api.now() - MINUTE);
      return undefined;
    };
    await rows.sync({ mode: 'full' });
    expect(told('page.drift').length).toBeGreaterThan(before);
    expect(told('deletion.abandoned')).toMatchObject([{ reason: 'drift' }]);
    expect(await rows.get('r6')).toBeDefined();
  });

  test("twice on one page is the API's own repetition, and says nothing", async () => {
    const { rows, script, told } = await stream({ order: 'ascending' });
    script.pages = [[row('1', day(1)), row('1', day(1))]];
    await rows.sync();
    expect(told('page.drift')).toEqual([]);
  });
});

test('offset: two rows are edited between two pages, oldest first: none is passed by', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const connector = shop(api, {
    style: 'offset',
    limit: 4,
    cursor: { order: 'ascending', overlap: 0 },
  });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.fill(12, clock.now() - MINUTE);
  api.intercept = ({ index }) => {
    if (index !== 1) return undefined;
    // They move to the end: three others shift over the page border, one more than the overlap of one.
    for (const id of ['r01', 'r02', 'r03']) api.put(id);
    return undefined;
  };
  await rows.sync();
  api.intercept = () => undefined;
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...api.rows.keys()].sort());
});
