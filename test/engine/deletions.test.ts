import { sqlite } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row, scripted } from '../support/by-hand.js';
import { TestClock } from '../support/clock.js';
import { deliver } from '../support/deliver.js';
import { type RowCursor, type RowDeletions, shop, type ShopOptions } from '../support/shop.js';
import { collect, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

const MINUTE = 60_000;

async function stream(deletions: RowDeletions | readonly RowDeletions[], cursor?: RowCursor) {
  const script = scripted();
  const clock = new TestClock();
  const connector = byHand(script.pull, { deletions, ...(cursor === undefined ? {} : { cursor }) });
  const tested = testSyncer([connector], { clock });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  const list = (...ids: readonly (string | number)[]): void => {
    script.pages = [ids.map((id) => row(String(id), null))];
  };
  const kept = async (): Promise<readonly string[]> =>
    (await collect(rows.records())).map(({ id }) => id);
  return { ...tested, rows, script, list, kept, clock };
}

async function remote(options: ShopOptions) {
  const api = await testApi();
  const connector = shop(api, options);
  const tested = testSyncer([connector]);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  return { api, rows: tested.syncer.connection(connector, 'acme').stream('rows'), ...tested };
}

const open = { kind: 'snapshot', maxDeleteRatio: 1 } as const;

describe('flag', () => {
  const flag = {
    kind: 'flag',
    when: (raw: { readonly [field: string]: unknown }) => raw['status'] === 'cancelled',
  } as const;

  test('a flagged record is deleted; it need not satisfy the schema', async () => {
    const { script, rows } = await stream(flag);
    script.pages = [[row('1', null), row('2', null)]];
    await rows.sync();
    script.pages = [[{ id: '1', status: 'cancelled' } as never, row('2', null)]];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 1, rejected: 0, unchanged: 1 });
    expect((await collect(rows.changes())).find(({ kind }) => kind === 'delete')).toBeUndefined();
    expect(await rows.get('1')).toBeUndefined();
  });

  test('an older tombstone does not delete a newer version', async () => {
    const { script, rows } = await stream(flag, { field: 'updated', order: 'ascending' });
    script.pages = [[row('1', '2025-01-02T00:00:00Z')]];
    await rows.sync();
    script.pages = [[row('1', '2025-01-01T00:00:00Z', { status: 'cancelled' })]];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 0, stale: 1 });
    script.pages = [[row('1', '2025-01-03T00:00:00Z', { status: 'cancelled' })]];
    const { counts, cursor } = await rows.sync();
    expect(counts).toMatchObject({ deleted: 1 });
    // A tombstone moves the cursor as any record does.
    expect(cursor).toBe('2025-01-03T00:00:00Z');
  });

  test('a flag that throws makes a rejected record', async () => {
    const { script, rows } = await stream({
      kind: 'flag',
      when: (raw) => (raw['meta'] as { readonly gone: boolean }).gone,
    });
    script.pages = [[row('1', null), row('2', null, { meta: { gone: false } })]];
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, rejected: 1 });
    expect((await collect(rows.rejected()))[0]?.issues[0]?.message).toContain('deletions.when');
  });

  test('with a snapshot beside it, both delete', async () => {
    const { script, rows, kept } = await stream([flag, { ...open, stable: true }]);
    script.pages = [[row('1', null), row('2', null), row('3', null)]];
    await rows.sync();
    script.pages = [[row('1', null, { status: 'cancelled' }), row('2', null)]];
    expect((await rows.sync()).counts.deleted).toBe(2);
    expect(await kept()).toEqual(['2']);
  });
});

describe('a pass', () => {
  test('is every run of a stream without a cursor', async () => {
    const { rows, list, kept } = await stream({ ...open, every: '7d' });
    list(1, 2);
    expect((await rows.sync()).mode).toBe('full');
    list(1);
    expect((await rows.sync({ mode: 'incremental' })).counts.deleted).toBe(1);
    expect(await kept()).toEqual(['1']);
  });

  test('is each full run, without `every`; an incremental one judges nothing', async () => {
    const { rows, list, clock } = await stream(open, { field: 'updated' });
    list(1, 2);
    await rows.sync();
    list(1);
    clock.skip(1e10);
    expect((await rows.sync()).mode).toBe('incremental');
    expect(await rows.count()).toBe(2);
    expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(1);
  });

  test('is due after `every`, counted from the first reading or the last pass', async () => {
    const { rows, list, clock } = await stream({ ...open, every: '1h' }, { field: 'updated' });
    list(1);
    expect((await rows.sync()).mode).toBe('incremental');
    clock.skip(59 * MINUTE);
    expect((await rows.sync()).mode).toBe('incremental');
    clock.skip(MINUTE);
    expect((await rows.sync()).mode).toBe('full');
    expect((await rows.sync()).mode).toBe('incremental');
    clock.skip(60 * MINUTE);
    // Asked for, incremental it is.
    expect((await rows.sync({ mode: 'incremental' })).mode).toBe('incremental');
    expect((await rows.sync()).mode).toBe('full');
  });

  test('that failed is still due', async () => {
    const { rows, list, clock, script } = await stream(
      { ...open, every: '1h' },
      { field: 'updated' },
    );
    list(1);
    await rows.sync();
    clock.skip(60 * MINUTE);
    script.pages = [7 as never];
    expect((await rows.sync({ throws: false })).status).toBe('failed');
    list(1);
    expect((await rows.sync()).mode).toBe('full');
  });

  test('judges only what was stored before it began', async () => {
    const { api, rows } = await remote({
      style: 'next',
      limit: 2,
      deletions: { ...open, stable: true },
    });
    for (const id of ['a', 'b', 'c']) api.put(id);
    await rows.sync({ mode: 'full' });
    // Created at the remote, and read by an incremental run of another process, while the pass is on its last page.
    const before = api.asked.length;
    api.intercept = ({ index }) => {
      if (index === before + 1) api.put('0');
      return undefined;
    };
    const { counts } = await rows.sync({ mode: 'full' });
    expect(counts.deleted).toBe(0);
  });

  test('does not judge what lies below `start`', async () => {
    const { rows, script, kept, told } = await stream(open, {
      field: 'updated',
      start: '2025-01-01T00:00:00Z',
    });
    script.pages = [
      [
        row('old', '2024-06-01T00:00:00Z'),
        row('1', '2025-01-01T00:00:00Z'),
        row('2', '2025-02-01T00:00:00Z'),
      ],
    ];
    await rows.sync();
    script.pages = [[row('1', '2025-01-01T00:00:00Z')]];
    expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(1);
    expect(await kept()).toEqual(['1', 'old']);
    expect(told('deletion.pass')).toMatchObject([{ judged: 2, missing: 1 }]);
  });

  test('judges what has no cursor value', async () => {
    const { rows, script, kept } = await stream(open, {
      field: 'updated',
      start: '2025-01-01T00:00:00Z',
    });
    script.pages = [[row('1', '2025-01-01T00:00:00Z'), row('none', null)]];
    await rows.sync();
    script.pages = [[row('1', '2025-01-01T00:00:00Z')]];
    await rows.sync({ mode: 'full' });
    expect(await kept()).toEqual(['1']);
  });

  test('counts a stale version as seen', async () => {
    const { rows, script, clock } = await stream({ ...open, stable: true }, { field: 'updated' });
    script.pages = [[row('1', '2025-01-02T00:00:00Z'), row('2', '2025-01-02T00:00:00Z')]];
    await rows.sync();
    clock.skip(1);
    script.pages = [
      [row('1', '2025-01-01T00:00:00Z')],
      [row('1', '2025-01-02T00:00:00Z'), row('1', '2024-01-01T00:00:00Z')],
    ];
    const { counts } = await rows.sync({ mode: 'full' });
    expect(counts.deleted).toBe(1);
    expect(await rows.get('1')).toBeDefined();
  });

  test('counts a rejected record with a readable key as seen', async () => {
    const { rows, script, kept } = await stream({ ...open, stable: true });
    script.pages = [[row('1', null), row('2', null), row('3', null)]];
    await rows.sync();
    script.pages = [[row('1', null), { id: '2', title: 7 } as never]];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 1, rejected: 1 });
    expect(await kept()).toEqual(['1', '2']);
  });

  test('is disarmed by a rejected record whose key cannot be read', async () => {
    const { rows, script, told, list } = await stream(open);
    list(1, 2, 3);
    await rows.sync();
    script.pages = [[row('1', null), { title: 'who am I?' } as never]];
    expect(await rows.sync()).toMatchObject({ status: 'succeeded', counts: { deleted: 0 } });
    expect(told('deletion.guarded')).toMatchObject([
      { reason: 'unreadable-key', judged: 3, missing: 2, held: false },
    ]);
    expect(await rows.count()).toBe(3);
    // Nothing is held, and the next pass judges anew.
    expect(await rows.approveDeletions()).toBe(0);
    list(1);
    expect((await rows.sync()).counts.deleted).toBe(2);
  });

  test("takes an older version of what was stored before it began, as the remote's present state", async () => {
    const { rows, script, clock } = await stream(open, { field: 'updated', order: 'ascending' });
    script.pages = [[row('1', '2025-01-02T00:00:00Z', { title: 'restored later' })]];
    await rows.sync();
    clock.skip(1_000);
    script.pages = [[row('1', '2025-01-01T00:00:00Z', { title: 'restored from a backup' })]];
    expect((await rows.sync({ mode: 'incremental' })).counts).toMatchObject({ stale: 1 });
    clock.skip(1_000);
    const { counts, cursor } = await rows.sync({ mode: 'full' });
    expect(counts).toMatchObject({ updated: 1, stale: 0 });
    expect(cursor).toBe('2025-01-02T00:00:00Z');
  });
});

describe('the missing are confirmed before they are deleted', () => {
  test('by a second pass in the same run, where pages are made by hand', async () => {
    const { rows, list, script, told } = await stream(open);
    list(1, 2, 3);
    await rows.sync();
    list(1, 2);
    await rows.sync();
    expect(script.asked).toHaveLength(3);
    expect(told('deletion.confirmed')).toMatchObject([
      { by: 'second-pass', missing: 1, confirmed: 1 },
    ]);
    // Each pass is told once, however often it reads.
    expect(told('deletion.pass')).toHaveLength(2);
  });

  test('what the second pass sees is not deleted', async () => {
    let readings = 0;
    const lists = [
      ['1', '2', '3'],
      ['1', '2'],
      ['1', '3'],
    ];
    const connector = byHand(
      async function* pull() {
        yield (lists[readings++] ?? []).map((id) => row(id, null));
      },
      { deletions: open },
    );
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    expect((await rows.sync()).counts.deleted).toBe(0);
    expect(readings).toBe(3);
    expect(await rows.count()).toBe(3);
  });

  test('nothing is read twice when nothing is missing', async () => {
    const { rows, list, script } = await stream(open);
    list(1, 2);
    await rows.sync();
    await rows.sync();
    expect(script.asked).toHaveLength(2);
  });

  const byPaging = [
    ['cursor', 1],
    ['graphql', 1],
    ['offset', 1],
    ['page', 2],
    ['link', 2],
    ['next', 2],
  ] as const;
  test.each(byPaging)('%s: the default is %i readings', async (style, readings) => {
    const { api, rows, told } = await remote({
      style,
      limit: 100,
      deletions: { kind: 'snapshot' },
    });
    api.fill(10);
    await rows.sync({ mode: 'full' });
    const once = api.asked.length;
    api.delete('r01');
    await rows.sync({ mode: 'full' });
    expect(api.asked.length - once).toBe(once * readings);
    expect(told('deletion.confirmed')).toMatchObject([
      { by: readings === 1 ? 'stable' : 'second-pass' },
    ]);
  });

  test.each([true, false])('`stable: %s` decides against the default', async (stable) => {
    const style = stable ? 'page' : 'cursor';
    const { api, rows, told } = await remote({ style, deletions: { kind: 'snapshot', stable } });
    api.fill(10);
    await rows.sync({ mode: 'full' });
    api.delete('r01');
    await rows.sync({ mode: 'full' });
    expect(told('deletion.confirmed')).toMatchObject([{ by: stable ? 'stable' : 'second-pass' }]);
  });

  test('by `confirm`, which is asked for the missing keys alone, as they are stored', async () => {
    const asked: (readonly string[])[] = [];
    const { rows, list, kept, told, script } = await stream({
      ...open,
      confirm: (ctx, keys) => {
        expect(ctx.stream).toBe('rows');
        asked.push(keys);
        return keys.filter((key) => key !== '3');
      },
    });
    list(1, 2, 3, 4);
    await rows.sync();
    list(1);
    expect((await rows.sync()).counts.deleted).toBe(2);
    expect(asked).toEqual([['2', '3', '4']]);
    expect(script.asked).toHaveLength(2);
    expect(await kept()).toEqual(['1', '3']);
    expect(told('deletion.confirmed')).toMatchObject([{ by: 'confirm', confirmed: 2 }]);
  });

  test('`confirm` that throws fails the run, and nothing is deleted', async () => {
    const { rows, list } = await stream({
      ...open,
      confirm: () => Promise.reject(new Error('503')),
    });
    list(1, 2);
    await rows.sync();
    list(1);
    expect((await rows.sync({ throws: false })).status).toBe('failed');
    expect(await rows.count()).toBe(2);
  });

  test('keys that `confirm` names beyond what it was asked are nothing to it', async () => {
    const { rows, list, kept } = await stream({ ...open, confirm: () => ['1', '2', 'never'] });
    list(1, 2);
    await rows.sync();
    list(1);
    await rows.sync();
    expect(await kept()).toEqual(['1']);
  });
});

describe("the connector's check", () => {
  test('is called before a pass deletes anything, and not otherwise', async () => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      return Promise.resolve();
    };
    const { api, rows } = await remote({ deletions: { kind: 'snapshot' }, style: 'cursor', check });
    api.fill(10);
    await rows.sync({ mode: 'full' });
    const first = checks;
    await rows.sync({ mode: 'full' });
    expect(checks).toBe(first);
    api.delete('r01');
    await rows.sync({ mode: 'full' });
    expect(checks).toBe(first + 1);
  });

  test('that throws fails the run, and nothing is deleted', async () => {
    let works = true;
    const check = async () =>
      works ? Promise.resolve() : Promise.reject(new Error('this key sees the public list only'));
    const { api, rows } = await remote({ deletions: { kind: 'snapshot' }, style: 'cursor', check });
    api.fill(10);
    await rows.sync({ mode: 'full' });
    api.delete('r01');
    works = false;
    expect(await rows.sync({ mode: 'full', throws: false })).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('public list') as string },
    });
    expect(await rows.count()).toBe(10);
  });
});

describe('held', () => {
  test('maxDeleteRatio 0 holds every deletion', async () => {
    const { rows, list } = await stream({ kind: 'snapshot', maxDeleteRatio: 0 });
    list(1, 2, 3);
    await rows.sync();
    list(1, 2);
    await rows.sync();
    expect(await rows.count()).toBe(3);
    expect(await rows.approveDeletions()).toBe(1);
    expect(await rows.count()).toBe(2);
  });

  test('an empty pass is held even where everything may be deleted', async () => {
    const { rows, list, told } = await stream(open);
    list(1, 2);
    await rows.sync();
    list();
    await rows.sync();
    expect(await rows.count()).toBe(2);
    expect(told('deletion.guarded')).toMatchObject([{ reason: 'empty', held: true }]);
    // It was true after all.
    expect(await rows.approveDeletions()).toBe(2);
    expect(await rows.count()).toBe(0);
  });

  test('an empty pass over an empty store is nothing', async () => {
    const { rows, list, told } = await stream(open);
    list();
    await rows.sync();
    await rows.sync();
    expect(told('deletion.guarded')).toEqual([]);
  });

  test('what is created after the held pass is not deleted by its approval', async () => {
    const { rows, list, kept } = await stream({ kind: 'snapshot', stable: true });
    list(1, 2, 3);
    await rows.sync();
    list(1);
    await rows.sync();
    list(1, 4);
    await rows.sync();
    await rows.approveDeletions();
    expect(await kept()).toEqual(['1', '4']);
  });

  test('a failed pass keeps what is held; a clean one drops it', async () => {
    const { rows, list, script } = await stream({ kind: 'snapshot', stable: true });
    list(1, 2, 3);
    await rows.sync();
    list(1);
    await rows.sync();
    script.pages = [[row('1', null)], 7 as never];
    await rows.sync({ throws: false });
    expect(await rows.approveDeletions()).toBe(2);

    list(1, 2, 3);
    await rows.sync();
    list(1);
    await rows.sync();
    list(1, 2, 3);
    await rows.sync();
    expect(await rows.approveDeletions()).toBe(0);
    expect(await rows.count()).toBe(3);
  });

  test('nothing to approve is 0', async () => {
    const { rows } = await stream(open);
    expect(await rows.approveDeletions()).toBe(0);
  });
});

test.each(storeKinds)(
  'a record that is delivered while the missing are confirmed is not deleted (%s)',
  async (kind) => {
    const store = kind === 'memory' ? memory() : sqlite(tempFile());
    const script = scripted();
    const clock = new TestClock();
    const connector = byHand(script.pull, {
      deletions: {
        ...open,
        confirm: async (_ctx, keys) => {
          expect(keys).toEqual(['2', '3']);
          clock.skip(1);
          await deliver(store, row('2', null), { connector: 'hand', now: clock.now() });
          return keys;
        },
      },
    });
    const { syncer } = testSyncer([connector], { store, clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    script.pages = [[row('1', null), row('2', null), row('3', null)]];
    await rows.sync();
    script.pages = [[row('1', null)]];
    expect((await rows.sync()).counts.deleted).toBe(1);
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['1', '2']);
  },
);
