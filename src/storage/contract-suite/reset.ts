import assert from 'node:assert/strict';
import { LEASE_MS, records, refused, refusedAsLost, rejected, remove } from './world.js';
import type { ContractTests, World } from './world.js';
import type { StreamRef } from '../contract.js';

function reset(world: World, ref: StreamRef, more: { records?: boolean; position?: string } = {}) {
  const { records: all = false, position = null } = more;
  return world.store.resetStream({
    ...{ ref, now: world.now, state: { anew: true } },
    ...{ position, records: all },
  });
}

export const resetTests: ContractTests = {
  'positions are dropped, and the state is replaced': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const positions = ['', 'a', 'b'].map((partition) => ({ partition, position: 'old' }));
    await world.commit(ref, records('x'), { lease, state: { old: true }, positions });
    assert.equal(await reset(world, ref), false, 'not while a run holds the stream');
    assert.deepEqual(await other.getStreamState({ ref }), { old: true });
    world.now += LEASE_MS;
    assert.equal(await reset(world, ref), true);
    assert.deepEqual(await other.getStreamState({ ref }), { anew: true });
    assert.deepEqual(await store.listPositions({ ref, limit: 10 }), []);
    assert.deepEqual(await world.keys(ref), ['x']);
    await refusedAsLost(world.commit(ref, [], { lease, positions }));
  },

  'a position is set for every partition, and for no partition': async (world) => {
    const ref = await world.stream();
    assert.equal(await reset(world, ref, { position: 'first' }), true);
    assert.equal(await world.store.getPosition({ ref, partition: '' }), 'first');
    const lease = await world.lease(ref);
    await world.commit(ref, [], { lease, positions: [{ partition: 'a', position: 'old' }] });
    world.now += LEASE_MS;
    assert.equal(await reset(world, ref, { position: 'second' }), true);
    assert.deepEqual(await world.store.listPositions({ ref, limit: 10 }), [
      { partition: '', position: 'second' },
      { partition: 'a', position: 'second' },
    ]);
  },

  'the run that held the stream goes on with a new lease': async (world) => {
    const ref = await world.stream();
    const run = await world.request(ref);
    const before = await world.claim(run.id);
    world.now += LEASE_MS;
    await reset(world, ref, { records: true });
    const after = await world.claim(run.id, 'b');
    assert.ok(after.token > before.token);
    await world.commit(ref, records('a'), { lease: after });
    assert.equal((await world.store.getRun({ run: run.id }))?.counts.inserted, 1);
    assert.equal((await world.store.listRuns({ filter: ref, limit: 10 })).length, 1);
  },

  'records go with all that belongs to them, and every reader has to begin again': async (
    world,
  ) => {
    const { store, other } = world;
    const ref = await world.stream();
    const beside = await world.stream('beside');
    await world.commit(ref, records('a', 'b', 'c'), { rejected: [rejected('r', '{"id":"r"}')] });
    await world.commit(beside, records('a'));
    const { seq } = await world.commit(ref, [remove('b')]);
    assert.equal(await reset(world, ref, { records: true }), true);
    assert.deepEqual(await world.keys(ref), []);
    assert.equal(await store.countRecords({ ref }), 0);
    assert.equal(await store.getRecord({ ref, key: 'b' }), undefined);
    assert.deepEqual(await store.listRejected({ ref, limit: 10 }), []);
    assert.deepEqual(await other.getStreamState({ ref }), { anew: true });
    const feed = await other.readFeed({ ...ref, after: seq, limit: 10 });
    assert.deepEqual([feed.rows.length, feed.pruned > seq], [0, true]);
    assert.equal(await store.latestSeq(), feed.pruned);
    const { connection: _all, ...whole } = ref;
    const all = await other.readFeed({ ...whole, after: 0, limit: 10 });
    assert.deepEqual(
      [all.rows.map(({ connection }) => connection), all.pruned],
      [['beside'], feed.pruned],
    );
    assert.deepEqual((await store.readFeed({ ...beside, after: 0, limit: 10 })).pruned, 0);
    const again = await world.commit(ref, records('a'));
    assert.ok(again.seq > feed.pruned);
    assert.equal((await world.get(ref, 'a')).bornSeq, again.seq);
  },

  'only of a connection that is there': async (world) => {
    await refused(reset(world, { connector: 'github', connection: 'none', stream: 'issues' }));
  },
};
