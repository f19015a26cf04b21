import assert from 'node:assert/strict';
import type { StreamRef } from '../contract.js';
import type { FeedRow } from '../records.js';
import { record, records, rejected, remove } from './world.js';
import type { ContractTests, World } from './world.js';

const kept = { history: true };

/** All versions after a number, read `limit` at a time. */
async function versions(
  world: World,
  ref: Pick<StreamRef, 'connector' | 'stream'> & { readonly connection?: string },
  { after = 0, limit = 10_000 } = {},
): Promise<readonly FeedRow[]> {
  const rows: FeedRow[] = [];
  for (let position = after; ;) {
    const feed = { ...ref, after: position, limit, history: true };
    const batch = await world.other.readFeed(feed);
    rows.push(...batch.rows);
    if (batch.upTo <= position) return rows;
    position = batch.upTo;
  }
}

const brief = (rows: readonly FeedRow[]) =>
  rows.map(({ key, data, deleted, previous }) => [key, deleted ? 'gone' : data, previous]);

export const historyTests: ContractTests = {
  'every version is told under its own number, with the one before it': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '1'), record('b', '1')], kept);
    await world.commit(ref, [record('a', '2')], kept);
    await world.commit(ref, [remove('a'), record('b', '1')], kept);
    const last = await world.commit(ref, [record('a', '3')], kept);
    const told = [
      ['a', '1', undefined],
      ['b', '1', undefined],
      ['a', '2', '1'],
      ['a', 'gone', '2'],
      ['a', '3', '2'],
    ];
    for (const limit of [1, 2, 100]) {
      const rows = await versions(world, ref, { limit });
      assert.deepEqual(brief(rows), told);
      assert.deepEqual(
        rows.map(({ seq }) => seq),
        [1, 2, 3, 4, 5].map((n) => last.seq - 5 + n),
      );
    }
    const rows = await versions(world, ref);
    assert.deepEqual(
      rows.map(({ seq, bornSeq }) => seq === bornSeq),
      [true, true, false, false, true],
    );
    assert.deepEqual(brief(await versions(world, ref, { after: last.seq - 2 })), told.slice(3));
    // Who does not ask for them gets the latest only.
    assert.deepEqual(brief(await world.feed(ref)), [
      ['b', '1', undefined],
      ['a', '3', undefined],
    ]);
  },

  'of all connections, or of one': async (world) => {
    const ref = await world.stream('acme');
    const other = await world.stream('beside');
    for (const data of ['1', '2']) {
      await world.commit(ref, [record('a', data)], kept);
      await world.commit(other, [record('a', data)], kept);
    }
    const { connection: _all, ...whole } = ref;
    assert.deepEqual(
      (await versions(world, whole, { limit: 1 })).map(({ connection, data, previous }) => [
        connection,
        data,
        previous,
      ]),
      [
        ['acme', '1', undefined],
        ['beside', '1', undefined],
        ['acme', '2', '1'],
        ['beside', '2', '1'],
      ],
    );
    assert.equal((await versions(world, other)).length, 2);
    await world.store.deleteConnection({ connector: 'github', id: 'beside' });
    assert.equal((await versions(world, whole)).length, 2);
  },

  'kept from the first commit on that asks for it': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '1')]);
    await world.commit(ref, [record('a', '2')]);
    await world.commit(ref, [record('a', '3')], kept);
    assert.deepEqual(brief(await versions(world, ref)), [
      ['a', '2', undefined],
      ['a', '3', '2'],
    ]);
  },
};

async function mark(world: World, ref: StreamRef): Promise<number> {
  return (await world.other.readFeed({ ...ref, after: 0, limit: 1 })).pruned;
}

export const retentionTests: ContractTests = {
  'tombstones go by age, the oldest first, and raise the mark': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('a', 'b', 'c', 'd'));
    const seqs: number[] = [];
    for (const key of ['b', 'a', 'c']) {
      world.now += 10;
      seqs.push((await world.commit(ref, [remove(key)])).seq);
    }
    const prune = (before: number, limit = 10) =>
      world.store.pruneRecords({ kind: 'tombstones', before, limit });
    assert.equal(await prune(1_010), 0);
    assert.equal(await mark(world, ref), 0);
    assert.equal(await prune(1_025, 1), 1);
    assert.equal(await mark(world, ref), seqs[0]);
    assert.equal(await world.store.getRecord({ ref, key: 'b' }), undefined);
    assert.equal(await prune(1_025), 1);
    assert.equal(await mark(world, ref), seqs[1]);
    assert.equal((await world.get(ref, 'c')).deleted, true);
    assert.deepEqual(await world.keys(ref), ['d']);
    assert.equal(await world.store.countRecords({ ref }), 1);
    const again = await world.commit(ref, records('b'));
    assert.equal((await world.get(ref, 'b')).bornSeq, again.seq);
    assert.deepEqual(await world.keys(ref), ['b', 'd']);
  },

  'superseded versions go by when they were superseded; until then their tombstone stays': async (
    world,
  ) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '1')], kept);
    world.now += 10;
    const second = await world.commit(ref, [record('a', '2')], kept);
    world.now += 10;
    await world.commit(ref, [remove('a')], kept);
    const prune = (kind: 'tombstones' | 'versions', before: number) =>
      world.store.pruneRecords({ kind, before, limit: 10 });
    assert.equal(await prune('tombstones', 9_999), 0);
    assert.equal(await prune('versions', 1_020), 1);
    assert.equal(await mark(world, ref), second.seq - 1);
    assert.deepEqual(brief(await versions(world, ref)), [
      ['a', '2', undefined],
      ['a', 'gone', '2'],
    ]);
    assert.equal(await prune('tombstones', 9_999), 0);
    assert.equal(await prune('versions', 9_999), 1);
    assert.equal(await prune('tombstones', 9_999), 1);
    assert.deepEqual(await versions(world, ref), []);
    assert.equal(await mark(world, ref), second.seq + 1);
  },

  'rejected records go by age, and no reader has missed anything': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [], { rejected: [rejected('a', '{"id":"a"}'), rejected(null, '1')] });
    world.now += 10;
    await world.commit(ref, [], { rejected: [rejected('b', '{"id":"b"}')] });
    const prune = (before: number) =>
      world.store.pruneRecords({ kind: 'rejected', before, limit: 10 });
    assert.equal(await prune(1_000), 0);
    assert.equal(await prune(1_005), 2);
    const left = await world.other.listRejected({ ref, limit: 10 });
    assert.deepEqual(
      left.map(({ key }) => key),
      ['b'],
    );
    assert.equal(await mark(world, ref), 0);
  },
};
