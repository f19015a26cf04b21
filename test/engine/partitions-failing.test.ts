import { AuthError, CursorExpiredError, defineConnector } from 'syncline';
import { describe, expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { type RowDeletions, type RowInput, rowSchema } from '../support/shop.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

const DAY = 24 * 60 * 60_000;
const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

interface PartContext {
  readonly partition: string;
  readonly cursor: unknown;
  readonly mode: 'incremental' | 'full';
}

/** A stream of the partitions `a` and `b`, whose pages the test makes itself. */
async function begin(
  pull: (ctx: PartContext) => Iterable<readonly RowInput[]>,
  options: {
    readonly deletions?: RowDeletions | readonly RowDeletions[];
    readonly full?: { readonly every: '7d' };
  } = {},
) {
  const asked: string[] = [];
  const connector = defineConnector({
    name: 'parted',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: { field: 'updated', order: 'ascending', overlap: 0, type: 'iso' },
        ...options,
        async *partitions() {
          yield await Promise.resolve({ key: 'a' });
          yield { key: 'b' };
        },
        async *pull({ partition, cursor, mode }) {
          await Promise.resolve();
          const key = String(partition.key);
          asked.push(mode === 'full' ? `all of ${key}` : key);
          for (const records of pull({ partition: key, cursor, mode })) yield [...records];
        },
      },
    },
  });
  const tested = testSyncer([connector]);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, rows, asked: () => asked.splice(0) };
}

describe('while one partition fails for good', () => {
  const failing = (also: () => readonly RowInput[] = () => []) => {
    const remote = { down: false };
    function* pull({ partition }: PartContext) {
      if (partition === 'b' && remote.down) throw new Error('forbidden');
      yield [row(partition, at(1)), ...(partition === 'a' ? also() : [])];
    }
    return { remote, pull };
  };

  /** A full reading was due, and has failed for one of the partitions. */
  const fullFailed = async () => {
    const { remote, pull } = failing();
    const begun = await begin(pull, { full: { every: '7d' } });
    await begun.rows.sync();
    remote.down = true;
    begun.clock.skip(7 * DAY);
    await rejection(begun.rows.sync());
    return { ...begun, remote };
  };

  test('a pass stays open, and the others are read on incrementally, not frozen', async () => {
    let news: readonly RowInput[] = [];
    const { remote, pull } = failing(() => news);
    const { rows, clock, asked } = await begin(pull, {
      deletions: { kind: 'snapshot', every: '1d', stable: true },
    });
    await rows.sync();
    remote.down = true;
    clock.skip(DAY);
    await rejection(rows.sync());
    asked();
    news = [row('news', at(2))];
    await rejection(rows.sync());
    expect(asked()).toEqual(['a', 'all of b']);
    expect(await rows.get('news')).toMatchObject({ id: 'news' });
  });

  test('the others are read in full once when that is due, not in every run', async () => {
    const { remote, rows, asked } = await fullFailed();
    expect(asked().slice(2)).toEqual(['all of a', 'all of b']);
    await rejection(rows.sync());
    expect(asked()).toEqual(['a', 'all of b']);
    remote.down = false;
    await rows.sync();
    expect(asked()).toEqual(['a', 'all of b']);
    await rows.sync();
    expect(asked()).toEqual(['a', 'b']);
  });

  test('the others are read in full again when that is due the next time', async () => {
    const { rows, clock, asked } = await fullFailed();
    clock.skip(7 * DAY);
    asked();
    await rejection(rows.sync());
    expect(asked()).toEqual(['all of a', 'all of b']);
  });

  test('a full run that is asked for reads all of the others', async () => {
    const { remote, pull } = failing();
    const { rows, asked } = await begin(pull);
    await rows.sync();
    remote.down = true;
    await rejection(rows.sync({ mode: 'full' }));
    asked();
    await rejection(rows.sync({ mode: 'full' }));
    expect(asked()).toEqual(['all of a', 'all of b']);
  });

  test('stored records are probed all the same', async () => {
    const gone: string[] = [];
    const { remote, pull } = failing(() => [1, 2, 3, 4, 5].map((n) => row(`a${n}`, at(1))));
    const { rows } = await begin(pull, {
      deletions: { kind: 'probe', check: () => Promise.resolve(gone) },
    });
    await rows.sync();
    remote.down = true;
    gone.push('a3');
    await rejection(rows.sync());
    expect(await rows.get('a3')).toBeUndefined();
    expect(await rows.count()).toBe(6);
  });
});

test('the expired field cursor of a partition costs reading it anew, and looks for no deletions', async () => {
  let expired = false;
  const { rows, told } = await begin(function* ({ partition, cursor }) {
    if (expired && partition === 'a' && cursor !== undefined && cursor !== null) {
      expired = false;
      throw new CursorExpiredError('too old');
    }
    const kept = expired || partition === 'b' ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 3, 4];
    yield kept.map((n) => row(`${partition}${n}`, at(n)));
  });
  await rows.sync();
  const stored = await rows.count();
  expired = true;
  await rows.sync();
  await rows.sync();
  expect(told('cursor.expired')).toMatchObject([{ dropped: 'cursor' }]);
  expect(told('deletion.pass')).toEqual([]);
  expect(await rows.count()).toBe(stored);
});

test('a record that moves to a partition that has been read already is not deleted, whatever the paging', async () => {
  let full = false;
  let place = 'b';
  const connector = defineConnector({
    name: 'parted',
    baseUrl: 'https://api.test',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: { field: 'updated', order: 'ascending', overlap: 0, type: 'iso' },
        deletions: { kind: 'snapshot', every: '1d' },
        partitionConcurrency: 1,
        async *partitions() {
          yield await Promise.resolve({ key: 'a' });
          yield { key: 'b' };
        },
        async *pull({ http, partition }) {
          yield* http.pages<RowInput>(String(partition.key), {
            items: 'items',
            pagination: { cursor: 'next', param: 'after' },
          });
          if (full && partition.key === 'a') place = 'a';
        },
      },
    },
  });
  const fetch = (input: string | URL | Request): Promise<Response> => {
    const partition = new URL(input instanceof Request ? input.url : input).pathname.slice(1);
    const items = Array.from({ length: 10 }, (_, n) => row(`${partition}${n}`, at(n)));
    if (place === partition) items.push(row('moving', at(20)));
    return Promise.resolve(Response.json({ items, next: null }));
  };
  const { syncer, told } = testSyncer([connector], { http: { fetch } });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  full = true;
  await rows.sync({ mode: 'full' });
  expect(told('deletion.applied')).toEqual([]);
  expect(await rows.get('moving')).toBeDefined();
});

test('what lists the partitions is let go when a run ends early', async () => {
  let closed = false;
  const connector = defineConnector({
    name: 'parted',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        partitionConcurrency: 1,
        async *partitions() {
          try {
            for (let n = 0; n < 50; n++) yield await Promise.resolve({ key: n });
          } finally {
            closed = true;
          }
        },
        async *pull() {
          await Promise.resolve();
          throw new AuthError('refused', {});
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  expect(await rejection(syncer.connection(connector, 'acme').stream('rows').sync())).toMatchObject(
    { code: 'AUTH' },
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(true);
});

test('partitions that are no async iterable are refused with how to write them', async () => {
  const connector = defineConnector({
    name: 'parted',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        partitions: (() => Promise.resolve([{ key: 'a' }])) as never,
        async *pull() {
          yield await Promise.resolve([]);
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const error = await rejection(syncer.connection(connector, 'acme').stream('rows').sync());
  expect(error).toMatchObject({ code: 'CONFIG' });
  expect(String(error)).toContain('async *partitions(ctx)');
});

test('a first listing by token that breaks off and begins again is followed by a sweep', async () => {
  const remote = new Set(Array.from({ length: 9 }, (_, n) => `r${n}`));
  let breaks = true;
  const connector = defineConnector({
    name: 'parted',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: 'token',
        async *partitions() {
          yield await Promise.resolve({ key: 'a' });
        },
        async *pull({ cursor }) {
          await Promise.resolve();
          if (cursor !== undefined) return;
          const all = [...remote].map((id) => row(id));
          yield { records: all.slice(0, 5) };
          if (breaks) throw new Error('it is down');
          yield { records: all.slice(5), cursor: 'now' };
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rejection(rows.sync());
  breaks = false;
  remote.delete('r0');
  await rows.sync();
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...remote]);
});
