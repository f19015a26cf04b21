import { expect, test } from 'vitest';
import { PartitionedRemote } from '../support/partitioned.js';
import { rejection, storeKinds, testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

async function begin(store: (typeof storeKinds)[number], names: readonly string[]) {
  const remote = new PartitionedRemote();
  names.forEach((name, i) => {
    for (let n = 0; n < 5; n++) {
      remote.put(name, { id: `${name}-${n}`, title: 'first', updated: at(10 * i + n) });
    }
    remote.parts.get(name)!.modified = 1;
  });
  const connector = remote.connector();
  const tested = testSyncer([connector], { store });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, remote, rows };
}

test.each(storeKinds)(
  'scenario 4: of four partitions the second fails, and the next run asks for it and what is new, not for all four (%s)',
  async (store) => {
    const { remote, rows } = await begin(store, ['a', 'b', 'c', 'd']);
    remote.parts.get('b')!.breaks = new Error('b is down');
    expect(await rejection(rows.sync())).toMatchObject({
      message: expect.stringContaining('b is down') as string,
      partitions: [{ partition: 'b', error: { message: 'b is down' } }],
    });
    // What its first page had brought before it failed is committed, too.
    expect(await rows.count()).toBe(15 + 2);

    delete remote.parts.get('b')!.breaks;
    remote.put('d', { id: 'd-new', title: 'new', updated: at(99) });
    remote.parts.get('d')!.modified = 2;
    remote.asked();
    const result = await rows.sync();
    expect(result.counts).toMatchObject({ inserted: 3 + 1 });
    expect(remote.asked()).toEqual([
      { partition: 'b', cursor: undefined, resume: 2 },
      { partition: 'd', cursor: at(34), resume: undefined },
    ]);
    expect(await rows.count()).toBe(remote.rowCount);
  },
);

test('scenario 9: one partition of a thousand fails: its cursor stays, the others move', async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `p${i}`);
  const remote = new PartitionedRemote();
  for (const [i, name] of names.entries()) {
    remote.put(name, { id: name, title: 'first', updated: at(i) });
  }
  const connector = remote.connector({ concurrency: 20 });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  for (const name of names) {
    remote.put(name, { id: `${name}-new`, title: 'new', updated: at(5_000) });
  }
  remote.parts.get('p500')!.fails = new Error('p500 is down');
  remote.asked();
  expect(await rejection(rows.sync())).toMatchObject({ partitions: [{ partition: 'p500' }] });
  expect(await rows.count()).toBe(1_999);

  delete remote.parts.get('p500')!.fails;
  remote.asked();
  expect((await rows.sync()).status).toBe('succeeded');
  const asked = new Map(remote.asked().map(({ partition, cursor }) => [partition, cursor]));
  expect(asked.get('p499')).toBe(at(5_000));
  expect(asked.get('p501')).toBe(at(5_000));
  expect(await rows.count()).toBe(2_000);
});

test('scenario 9: the error names the first twenty that failed, and how many there were', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `p${String(i).padStart(2, '0')}`);
  const { remote, rows } = await begin('memory', names);
  for (const name of names.slice(0, 25))
    remote.parts.get(name)!.fails = new Error(`${name} is down`);
  const error = await rejection(rows.sync());
  expect(error).toMatchObject({
    message: expect.stringContaining('25 partitions failed') as string,
  });
  expect((error as { partitions: unknown[] }).partitions).toHaveLength(20);
});
