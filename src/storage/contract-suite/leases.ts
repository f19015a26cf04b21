import assert from 'node:assert/strict';
import type { Lease } from '../contract.js';
import { LEASE_MS, record, records, refused, refusedAsLost, rejected } from './world.js';
import type { ContractTests, World } from './world.js';

export const leaseTests: ContractTests = {
  'claiming takes the lease and begins the run': async (world) => {
    const ref = await world.stream();
    const run = await world.request(ref);
    const claimed = await world.store.claimRun({
      ...{ run: run.id, owner: 'a', now: 2_000, leaseMs: LEASE_MS },
    });
    assert.ok(claimed.kind === 'claimed');
    assert.equal(claimed.resumed, false);
    assert.deepEqual(claimed.run, { ...run, status: 'running', attempt: 1, startedAt: 2_000 });
    assert.deepEqual(await world.other.getRun({ run: run.id }), claimed.run);
    assert.deepEqual(claimed.lease, { ref, run: run.id, token: claimed.lease.token });
  },

  'a run is shown as waiting, and as running again': async (world) => {
    const { store, other } = world;
    const lease = await world.lease(await world.stream());
    await store.markWaiting({ lease, waiting: true });
    assert.equal((await other.getRun({ run: lease.run }))?.status, 'waiting');
    await store.renewLease({ lease, now: world.now, leaseMs: LEASE_MS });
    await store.markWaiting({ lease, waiting: false });
    assert.equal((await other.getRun({ run: lease.run }))?.status, 'running');
    await store.markWaiting({ lease, waiting: true });
    world.now += LEASE_MS;
    const heir = await world.claim(lease.run, 'b', other);
    assert.equal((await store.getRun({ run: heir.run }))?.status, 'running');
  },

  'claiming says when there is nothing to claim': async (world) => {
    const claim = { owner: 'a', now: 1, leaseMs: LEASE_MS };
    assert.deepEqual(await world.store.claimRun({ run: 'none', ...claim }), { kind: 'missing' });
    const lease = await world.lease(await world.stream());
    await finish(world, lease);
    const ended = await world.store.claimRun({ run: lease.run, ...claim });
    assert.ok(ended.kind === 'ended');
    assert.deepEqual(ended.run, await world.store.getRun({ run: lease.run }));
  },

  'while a lease is held, others of the stream are told by whom and until when': async (world) => {
    const ref = await world.stream();
    const run = await world.request(ref, 'incremental');
    await world.claim(run.id);
    const second = await world.request(ref, 'full');
    for (const id of [run.id, second.id]) {
      const busy = await world.other.claimRun({
        ...{ run: id, owner: 'b', now: world.now + LEASE_MS - 1, leaseMs: LEASE_MS },
      });
      assert.ok(busy.kind === 'busy');
      assert.equal(busy.leaseUntil, world.now + LEASE_MS);
      assert.deepEqual(busy.holder, await world.store.getRun({ run: run.id }));
    }
  },

  'of many who claim a run at once one gets it': async (world) => {
    const run = await world.request(await world.stream());
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? world.store : world.other).claimRun({
          ...{ run: run.id, owner: `o${index}`, now: 1, leaseMs: LEASE_MS },
        }),
      ),
    );
    assert.equal(claims.filter(({ kind }) => kind === 'claimed').length, 1);
    assert.equal((await world.store.getRun({ run: run.id }))?.attempt, 1);
  },

  'streams and connections do not hold each other up': async (world) => {
    const acme = await world.stream('acme');
    await world.lease(acme);
    await world.lease({ ...acme, stream: 'pulls' });
    await world.lease(await world.stream('other'));
  },

  'queued runs are claimed by age, whatever the order they were written in': async (world) => {
    const { store } = world;
    const ref = await world.stream();
    await store.requestRun({ ref, id: 'young', mode: 'incremental', now: 200 });
    await store.requestRun({ ref, id: 'old', mode: 'full', now: 100 });
    const claim = { owner: 'a', now: 300, leaseMs: LEASE_MS };
    const busy = await store.claimRun({ run: 'young', ...claim });
    assert.ok(busy.kind === 'busy');
    assert.deepEqual([busy.holder.id, busy.leaseUntil], ['old', null]);
    const lease = await world.claim('old');
    await finish(world, lease);
    await world.claim('young');
  },

  'a run whose process died comes before all others, and goes on where it was': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    await store.requestRun({ ref, id: 'dead', mode: 'incremental', now: 500 });
    const lost = await world.claim('dead', 'a');
    await store.requestRun({ ref, id: 'older', mode: 'full', now: 1 });
    const now = world.now + LEASE_MS;
    const claim = { owner: 'b', now, leaseMs: LEASE_MS };
    const busy = await other.claimRun({ run: 'older', ...claim });
    assert.ok(busy.kind === 'busy');
    assert.deepEqual([busy.holder.id, busy.leaseUntil], ['dead', null]);
    const taken = await other.claimRun({ run: 'dead', ...claim });
    assert.ok(taken.kind === 'claimed');
    assert.equal(taken.resumed, true);
    assert.deepEqual([taken.run.attempt, taken.run.startedAt], [2, world.now]);
    assert.ok(taken.lease.token > lost.token, 'the token rises');
    assert.equal((await store.claimRun({ run: 'older', ...claim })).kind, 'busy');
  },

  'renewing keeps the lease from others': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const later = world.now + LEASE_MS - 1;
    await store.renewLease({ lease, now: later, leaseMs: LEASE_MS });
    const busy = await other.claimRun({
      ...{ run: lease.run, owner: 'b', now: later + LEASE_MS - 1, leaseMs: LEASE_MS },
    });
    assert.ok(busy.kind === 'busy');
    assert.equal(busy.leaseUntil, later + LEASE_MS);
  },

  'an expired lease that nobody took still commits and renews': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    world.now += 10 * LEASE_MS;
    await world.commit(ref, records('a'), { lease });
    await world.store.renewLease({ lease, now: world.now, leaseMs: LEASE_MS });
    const busy = await world.other.claimRun({
      ...{ run: lease.run, owner: 'b', now: world.now, leaseMs: LEASE_MS },
    });
    assert.equal(busy.kind, 'busy');
  },

  'tokens rise with each holder of the stream, over all its runs': async (world) => {
    const ref = await world.stream();
    let last = 0;
    for (let i = 0; i < 5; i++) {
      const lease = await world.lease(ref, `o${i}`, i % 2 ? world.store : world.other);
      assert.ok(lease.token > last);
      last = lease.token;
      await finish(world, lease);
    }
  },
};

export const fencingTests: ContractTests = {
  'scenario 16: a slower process wakes after its lease, and its commit is refused': async (
    world,
  ) => {
    const { store, other } = world;
    const ref = await world.stream();
    const slow = await world.lease(ref, 'slow');
    await world.commit(ref, records('a'), { lease: slow, state: { cursor: 1 } });
    await store.openPass({ lease: slow, pass: 'p' });
    world.now += LEASE_MS;
    const fast = await world.claim(slow.run, 'fast', other);
    await world.commit(ref, [record('b')], { lease: fast, state: { cursor: 2 } }, other);
    const before = await snapshot(world, slow);
    await refusedAsLost(
      world.commit(ref, [...records('a', 'c'), record('b', '{"v":2}')], {
        lease: slow,
        state: { cursor: 9 },
        positions: [{ partition: 'x', position: 1 }],
        rejected: [rejected('z', '{}')],
        counts: { pages: 1, read: 3 },
      }),
    );
    assert.deepEqual(await snapshot(world, slow), before);
    await world.commit(ref, records('d'), { lease: fast }, other);
  },

  'no verb that needs a lease takes one that is not the latest': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lost = await world.lease(ref, 'slow');
    await world.commit(ref, records('a'), { lease: lost });
    await store.openPass({ lease: lost, pass: 'p' });
    world.now += LEASE_MS;
    const fast = await world.claim(lost.run, 'fast', other);
    const guessed = [
      lost,
      { ...fast, token: fast.token + 1 },
      { ...fast, run: 'another' },
      { ...fast, ref: { ...ref, stream: 'pulls' } },
    ];
    for (const lease of guessed) {
      await refusedAsLost(world.commit(lease.ref, [], { lease }));
      await refusedAsLost(store.renewLease({ lease, now: world.now, leaseMs: LEASE_MS }));
      await refusedAsLost(store.markWaiting({ lease, waiting: true }));
      await refusedAsLost(store.releaseRun({ lease, now: world.now }));
      await refusedAsLost(store.openPass({ lease, pass: 'q' }));
      await refusedAsLost(store.markSeen({ lease, pass: 'p', keys: ['a'] }));
      await refusedAsLost(store.holdPass({ lease, pass: 'p' }));
      await refusedAsLost(store.dropPass({ ref: lease.ref, lease, pass: 'p' }));
      await refusedAsLost(finish(world, lease));
    }
    assert.equal((await store.getRun({ run: lost.run }))?.status, 'running');
    assert.deepEqual(await world.missing(ref, 'p'), ['a']);
    await world.commit(ref, records('b'), { lease: fast });
  },

  'what a refusal says names the place and what to do': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await finish(world, lease);
    await assert.rejects(world.commit(ref, [], { lease }), (error: Error) => {
      for (const part of ['issues', 'github/acme', lease.run, 'stop']) {
        assert.ok(error.message.includes(part), `'${part}' in: ${error.message}`);
      }
      return true;
    });
  },

  'a finished run commits nothing more': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await finish(world, lease);
    await refusedAsLost(world.commit(ref, records('a'), { lease }));
    await refusedAsLost(finish(world, lease));
    assert.deepEqual(await world.keys(ref), []);
  },

  'state and positions are not committed without a lease': async (world) => {
    const ref = await world.stream();
    await refused(world.commit(ref, records('a'), { state: 1 }), /lease/);
    await refused(world.commit(ref, records('a'), { positions: [] }), /lease/);
    assert.deepEqual(await world.keys(ref), []);
  },

  'records are committed without a lease while another holds it': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, records('a'), { origin: 'delivery' });
    await world.commit(ref, records('b'), { lease });
    assert.deepEqual(await world.keys(ref), ['a', 'b']);
    assert.equal((await world.store.getRun({ run: lease.run }))?.counts.inserted, 1);
  },
};

function finish(world: World, lease: Lease): Promise<unknown> {
  return world.store.finishRun({
    ...{ run: lease.run, lease, status: 'succeeded', now: world.now },
    ...{ counts: {}, cursor: null, error: null },
  });
}

/** All that a commit could have touched. */
async function snapshot(world: World, { ref, run }: Lease): Promise<unknown> {
  const { store } = world;
  return {
    feed: await world.feed(ref),
    state: await store.getStreamState({ ref }),
    positions: await store.listPositions({ ref, limit: 10 }),
    rejected: await store.listRejected({ ref, limit: 10 }),
    run: await store.getRun({ run }),
    pass: await store.countPass({ ref, pass: 'p' }),
    missing: await world.missing(ref, 'p'),
  };
}
