import { CursorExpiredError, defineConnector, PartitionsError } from 'syncline';
import { fakeApi } from 'syncline/testing';
import { describe, expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { PartitionedRemote } from '../support/partitioned.js';
import { rowSchema, type RowInput } from '../support/shop.js';
import { TestClock } from '../support/clock.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

async function begin() {
  const remote = new PartitionedRemote();
  for (let n = 0; n < 5; n++) remote.put('a', row(`a-${n}`, at(n)));
  const part = remote.parts.get('a')!;
  part.modified = 1;
  const connector = remote.connector();
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  return { remote, part, syncer, rows: syncer.connection(connector, 'acme').stream('rows') };
}

describe('a partition that has not been modified is skipped, but not', () => {
  test('when it was modified while a reading of it went on over runs', async () => {
    const { remote, part, rows } = await begin();
    part.breaks = new Error('a is down');
    await rejection(rows.sync());
    // What is changed now may lie on the page that was read already.
    part.modified = 2;
    delete part.breaks;
    await rows.sync();
    remote.asked();
    await rows.sync();
    expect(remote.asked()).toMatchObject([{ partition: 'a' }]);
    await rows.sync();
    expect(remote.asked()).toEqual([]);
  });

  test('when the list has moved while it was read', async () => {
    const clock = new TestClock();
    const api = fakeApi({ clock });
    const list = api.list('rows/a', { paging: 'page', pageSize: 2 });
    const stamp = clock.now() - 60_000;
    for (const id of ['b', 'c', 'd', 'e']) list.put({ id, title: id }, { stamp });
    let pages = 0;
    api.onPage(() => {
      pages += 1;
      // At the same stamp as the others, but before them: the next page begins one record early.
      if (pages === 1) list.put({ id: 'a', title: 'a' }, { stamp });
    });
    const connector = defineConnector({
      name: 'parted',
      baseUrl: 'https://api.test',
      streams: {
        rows: {
          schema: rowSchema,
          key: 'id',
          cursor: { field: 'updated_at', order: 'ascending' },
          async *partitions() {
            yield await Promise.resolve({ key: 'a', modified: 1 });
          },
          async *pull(ctx) {
            yield* ctx.http.pages<RowInput>('rows/a', {
              searchParams: { since: ctx.cursor },
              pagination: { page: 'page', size: ['limit', 2] },
            });
          },
        },
      },
    });
    const { syncer, told } = testSyncer([connector], { clock, http: { fetch: api.fetch } });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    expect(told('page.drift')).toMatchObject([{ key: 'c' }]);
    expect(await rows.count()).toBe(4);
    await rows.sync();
    expect(await rows.count()).toBe(5);
  });
});

test('a full reading by token leaves it to the next run to ask what is gone', async () => {
  const gone: string[] = [];
  let modified = 1;
  const connector = defineConnector({
    name: 'parted',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: 'token',
        async *partitions() {
          yield await Promise.resolve({ key: 'a', modified });
        },
        async *pull(ctx) {
          await Promise.resolve();
          if (ctx.cursor === undefined) yield { records: [row('r1'), row('r2')], cursor: 'one' };
          else yield { records: [], deletes: gone, cursor: 'two' };
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  gone.push('r1');
  modified = 2;
  await rows.sync({ mode: 'full' });
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['r2']);
});

test('a partition whose page token expires in a full run without a pass is swept by the next run', async () => {
  const remote = new Set(Array.from({ length: 9 }, (_, i) => `r${i}`));
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
        async *pull(ctx) {
          await Promise.resolve();
          if (ctx.resume !== undefined) throw new CursorExpiredError('the page token has expired');
          const all = [...remote].map((id) => row(id));
          yield { records: all.slice(0, 5), resume: 5 };
          if (breaks) throw new Error('it is down');
          yield { records: all.slice(5), cursor: 'now' };
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rejection(rows.sync({ mode: 'full' }));
  remote.delete('r0');
  breaks = false;
  await rows.sync({ mode: 'full' });
  // What the first attempt had stored may be gone by now, and no delta tells it.
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...remote]);
});

test('a run that failed by its partitions tells them in every process', async () => {
  const { part, rows, syncer } = await begin();
  part.fails = new Error('a is down');
  await rejection(rows.sync());
  const [run] = await collect(syncer.runs({}));
  expect(run?.error).toBeInstanceOf(PartitionsError);
  expect(run?.error).toMatchObject({ partitions: [{ partition: 'a' }] });
});
