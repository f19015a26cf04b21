import assert from 'node:assert/strict';
import { noCounts } from '../counts.js';
import { LEASE_MS, refused, refusedAsLost } from './world.js';
import type { ContractTests } from './world.js';

export const runTests: ContractTests = {
  'a requested run is queued': async (world) => {
    const ref = await world.stream();
    const { run, joined } = await world.store.requestRun({
      ...{ ref, id: 'r', mode: 'incremental', now: 5 },
    });
    assert.equal(joined, false);
    assert.deepEqual(run, {
      ...{ id: 'r', ref, mode: 'incremental', status: 'queued', queuedAt: 5, startedAt: null },
      ...{ finishedAt: null, attempt: 0, counts: noCounts, cursor: null, error: null },
    });
    assert.deepEqual(await world.other.getRun({ run: 'r' }), run);
    assert.equal(await world.store.getRun({ run: 'other' }), undefined);
  },

  'a request joins the unfinished run that reads at least as much': async (world) => {
    const ref = await world.stream();
    const request = (id: string, mode: 'full' | 'incremental') =>
      world.store.requestRun({ ref, id, mode, now: 1 });
    assert.equal((await request('inc', 'incremental')).joined, false);
    assert.deepEqual((await request('inc2', 'incremental')).run.id, 'inc');
    const full = await request('full', 'full');
    assert.equal(full.joined, false, 'an incremental run does not read enough for a full one');
    assert.deepEqual((await request('full2', 'full')).run.id, 'full');
    assert.equal(await world.store.getRun({ run: 'full2' }), undefined);
  },

  'a request prefers the running run to a queued one': async (world) => {
    const ref = await world.stream();
    await world.request(ref, 'incremental', 'inc');
    await world.claim('inc');
    await world.request(ref, 'full', 'full');
    const { run, joined } = await world.other.requestRun({
      ...{ ref, id: 'x', mode: 'incremental', now: 1 },
    });
    assert.deepEqual([run.id, joined], ['inc', true]);
  },

  'a request joins neither ended runs, nor those asked to stop, nor other streams': async (
    world,
  ) => {
    const { store } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const asked = { connector: 'github', connection: 'acme', now: 1 };
    await store.requestCancel(asked);
    const second = await store.requestRun({ ref, id: 'second', mode: 'full', now: 2 });
    assert.equal(second.joined, false);
    const result = { counts: {}, cursor: null, error: null };
    await store.finishRun({ run: lease.run, lease, status: 'cancelled', now: 3, ...result });
    await store.finishRun({ run: 'second', lease: null, status: 'skipped', now: 3, ...result });
    const third = await store.requestRun({ ref, id: 'third', mode: 'full', now: 4 });
    assert.equal(third.joined, false);
    const other = { ...ref, stream: 'pulls' };
    assert.equal(
      (await store.requestRun({ ref: other, id: 'fourth', mode: 'full', now: 4 })).joined,
      false,
    );
  },

  'asking with the same id again answers with that run': async (world) => {
    const ref = await world.stream();
    await world.request(ref, 'full', 'r');
    const again = await world.store.requestRun({ ref, id: 'r', mode: 'full', now: 9 });
    assert.deepEqual([again.run.id, again.run.queuedAt], ['r', world.now]);
    assert.equal((await world.store.listRuns({ filter: {}, limit: 9 })).length, 1);
  },

  'a run of a connection that is not there is refused': async ({ store }) => {
    const ref = { connector: 'github', connection: 'nobody', stream: 'issues' };
    await refused(store.requestRun({ ref, id: 'r', mode: 'full', now: 1 }), /nobody/);
    assert.equal(await store.getRun({ run: 'r' }), undefined);
  },

  'finishing keeps what came of it and gives the lease back': async (world) => {
    const { store } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const error = {
      ...{ name: 'HttpError', code: 'HTTP', message: 'x', retryable: true, context: { a: [1] } },
      stack: 'at',
    };
    const finished = await store.finishRun({
      ...{ run: lease.run, lease, status: 'failed', now: 9_000 },
      ...{ counts: { requests: 3, pages: 1 }, cursor: { c: '2020' }, error },
    });
    assert.deepEqual(finished, {
      ...{ id: lease.run, ref, mode: 'full', status: 'failed', queuedAt: 1_000, startedAt: 1_000 },
      ...{ finishedAt: 9_000, attempt: 1, counts: { ...noCounts, requests: 3, pages: 1 } },
      ...{ cursor: { c: '2020' }, error },
    });
    assert.deepEqual(await world.other.getRun({ run: lease.run }), finished);
    await world.lease(ref, 'b');
  },

  'finishing adds to the counts of the commits': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, [], { lease, counts: { pages: 2, requests: 1 } });
    const { counts } = await world.store.finishRun({
      ...{ run: lease.run, lease, status: 'succeeded', now: 1 },
      ...{ counts: { requests: 2, retries: 1 }, cursor: null, error: null },
    });
    assert.deepEqual(counts, { ...noCounts, pages: 2, requests: 3, retries: 1 });
  },

  'a queued run is finished without a lease, one that ended stays as it is': async (world) => {
    const { store } = world;
    const ref = await world.stream();
    const run = await world.request(ref);
    const finish = (status: 'skipped' | 'failed') =>
      store.finishRun({
        ...{ run: run.id, lease: null, status, now: 2_000 },
        ...{ counts: {}, cursor: null, error: null },
      });
    assert.equal((await finish('skipped')).status, 'skipped');
    assert.equal((await finish('failed')).status, 'skipped');
    const claimed = await store.claimRun({ run: run.id, owner: 'a', now: 1, leaseMs: 1 });
    assert.equal(claimed.kind, 'ended');
  },

  'a running run is not finished without its lease': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const result = { counts: {}, cursor: null, error: null };
    await refusedAsLost(
      world.store.finishRun({ run: lease.run, lease: null, status: 'failed', now: 1, ...result }),
    );
    assert.equal((await world.store.getRun({ run: lease.run }))?.status, 'running');
  },

  'a released run is queued again and goes on with whoever claims it': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await store.releaseRun({ lease, now: 2_000 });
    assert.equal((await store.getRun({ run: lease.run }))?.status, 'queued');
    await refusedAsLost(world.commit(ref, [], { lease }));
    const again = await other.claimRun({
      ...{ run: lease.run, owner: 'b', now: 2_001, leaseMs: LEASE_MS },
    });
    assert.ok(again.kind === 'claimed');
    assert.equal(again.resumed, true);
    assert.deepEqual([again.run.attempt, again.run.startedAt], [2, 1_000]);
    assert.ok(again.lease.token > lease.token);
  },
};

export const cancelTests: ContractTests = {
  'cancelling ends queued runs at once and tells running ones at their renewal': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await store.requestCancel({ connector: 'github', connection: 'acme', run: 'none', now: 1 });
    assert.deepEqual(await store.renewLease({ lease, now: 2_000, leaseMs: LEASE_MS }), {
      cancelRequested: false,
    });
    const waiting = await world.request({ ...ref, stream: 'pulls' });
    const ids = await other.requestCancel({ connector: 'github', connection: 'acme', now: 3_000 });
    assert.deepEqual([...ids].sort(), [lease.run, waiting.id].sort());
    assert.deepEqual(
      { ...(await store.getRun({ run: waiting.id })) },
      { ...waiting, status: 'cancelled', finishedAt: 3_000 },
    );
    assert.equal((await store.getRun({ run: lease.run }))?.status, 'running');
    assert.deepEqual(await store.renewLease({ lease, now: 3_000, leaseMs: LEASE_MS }), {
      cancelRequested: true,
    });
    await world.commit(ref, [], { lease });
  },

  'cancelling ends at once what nobody holds any more': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    world.now += LEASE_MS;
    const asked = { connector: 'github', connection: 'acme', now: world.now };
    assert.deepEqual(await world.store.requestCancel(asked), [lease.run]);
    assert.equal((await world.store.getRun({ run: lease.run }))?.status, 'cancelled');
    await refusedAsLost(world.commit(ref, [], { lease }));
    await world.lease(ref, 'b');
  },

  'cancelling reaches only what it names, and no run that has ended': async (world) => {
    const { store } = world;
    const issues = await world.stream();
    const pulls = { ...issues, stream: 'pulls' };
    const elsewhere = await world.stream('other');
    const first = await world.request(issues);
    const second = await world.request(pulls);
    const third = await world.request(elsewhere);
    const ask = { connector: 'github', connection: 'acme', now: 1 };
    assert.deepEqual(await store.requestCancel({ ...ask, run: second.id }), [second.id]);
    assert.deepEqual(await store.requestCancel({ ...ask, stream: 'issues' }), [first.id]);
    assert.deepEqual(await store.requestCancel(ask), []);
    assert.equal((await store.getRun({ run: third.id }))?.status, 'queued');
  },
};

export const runListTests: ContractTests = {
  'runs are listed newest first, in pages, also when queued at one instant': async (world) => {
    const { store } = world;
    const expected: string[] = [];
    for (let i = 0; i < 20; i++) {
      const ref = await world.stream(`c${i}`);
      world.now = 1_000 + Math.floor(i / 5);
      await world.request(ref, 'full', `r${String(i).padStart(2, '0')}`);
      expected.unshift(`r${String(i).padStart(2, '0')}`);
    }
    const seen: string[] = [];
    let before: Awaited<ReturnType<typeof store.getRun>>;
    for (;;) {
      const page = await store.listRuns({ filter: {}, ...(before && { before }), limit: 3 });
      seen.push(...page.map(({ id }) => id));
      if (page.length < 3) break;
      before = page.at(-1);
    }
    assert.deepEqual(seen, expected);
  },

  'runs are filtered by all that a filter can name': async (world) => {
    const { store } = world;
    const acme = await world.stream('acme');
    await store.createConnection({
      row: {
        ...{ connector: 'jira', id: 'big', config: {}, account: null, sealed: null },
        ...{ tags: { plan: 'pro' }, status: 'active', version: 1, createdAt: 1, updatedAt: 1 },
      },
    });
    const big = { connector: 'jira', connection: 'big', stream: 'projects' };
    await world.request(acme, 'full', 'a');
    world.now = 2_000;
    await world.request({ ...acme, stream: 'pulls' }, 'full', 'b');
    world.now = 3_000;
    await world.request(big, 'full', 'c');
    await world.claim('c');
    await store.requestCancel({ ...{ connector: 'github', connection: 'acme' }, run: 'a', now: 1 });
    const ids = async (filter: Parameters<typeof store.listRuns>[0]['filter']) =>
      (await store.listRuns({ filter, limit: 10 })).map(({ id }) => id).join('');
    assert.equal(await ids({}), 'cba');
    assert.equal(await ids({ connector: 'github' }), 'ba');
    assert.equal(await ids({ connection: 'big' }), 'c');
    assert.equal(await ids({ stream: 'pulls' }), 'b');
    assert.equal(await ids({ run: 'a' }), 'a');
    assert.equal(await ids({ status: 'running' }), 'c');
    assert.equal(await ids({ status: ['cancelled', 'queued'] }), 'ba');
    assert.equal(await ids({ status: [] }), '');
    assert.equal(await ids({ since: 2_000 }), 'cb');
    assert.equal(await ids({ until: 2_000 }), 'a');
    assert.equal(await ids({ since: 2_000, until: 3_000 }), 'b');
    assert.equal(await ids({ tags: { plan: 'pro' } }), 'c');
    assert.equal(await ids({ tags: { plan: 'pro' }, stream: 'pulls' }), '');
    assert.equal(await ids({ connector: 'github', stream: 'issues', since: 0 }), 'a');
  },
};
