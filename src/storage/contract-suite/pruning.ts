import assert from 'node:assert/strict';
import { noCounts } from '../counts.js';
import type { LogRow } from '../logs.js';
import type { ContractTests } from './world.js';
import { exchange } from './traffic.js';

function log(type: string, time: number): Omit<LogRow, 'id'> {
  return {
    ...{ time, type, level: 'info', connector: null, connection: null, stream: null, run: null },
    event: { type },
  };
}

export const pruningTests: ContractTests = {
  'old logs are removed, so many at a time': async ({ store }) => {
    const rows = Array.from({ length: 10 }, (_, i) => log(`t${i}`, i));
    await store.appendLogs({ rows: [log('young', 100), ...rows] });
    assert.equal(await store.pruneLogs({ before: 7, limit: 5 }), 5);
    assert.equal(await store.pruneLogs({ before: 7, limit: 5 }), 2);
    assert.equal(await store.pruneLogs({ before: 7, limit: 5 }), 0);
    const left = await store.listLogs({ filter: {}, limit: 100 });
    assert.deepEqual(
      left.map(({ type }) => type),
      ['young', 't7', 't8', 't9'],
    );
  },

  'old traffic is removed, so many at a time': async ({ store }) => {
    const rows = Array.from({ length: 10 }, (_, i) => exchange(`u${i}`, { time: i }));
    await store.appendTraffic({ rows: [exchange('young', { time: 100 }), ...rows] });
    const prune = () => store.pruneTraffic({ before: 7, maxBytes: Infinity, limit: 5 });
    assert.deepEqual([await prune(), await prune(), await prune()], [5, 2, 0]);
    const left = await store.listTraffic({ filter: {}, limit: 100 });
    assert.deepEqual(
      left.map(({ url }) => url),
      ['young', 'u7', 'u8', 'u9'],
    );
  },

  'the oldest traffic is removed where there is too much of it': async ({ store }) => {
    const rows = Array.from({ length: 10 }, (_, i) => exchange(`u${i}`, { time: i, size: 100 }));
    await store.appendTraffic({ rows });
    const prune = (maxBytes: number, limit = 100, before = 0) =>
      store.pruneTraffic({ before, maxBytes, limit });
    assert.equal(await prune(1_000), 0);
    assert.equal(await prune(750), 3);
    assert.equal(await prune(750), 0);
    assert.equal(await prune(200, 2), 2);
    assert.equal(await prune(300, 100, 6), 2, 'one for its age, one for its size');
    const left = await store.listTraffic({ filter: {}, limit: 100 });
    assert.deepEqual(
      left.map(({ url }) => url),
      ['u7', 'u8', 'u9'],
    );
    assert.equal(await prune(0), 3);
    await store.appendTraffic({ rows: [exchange('new', { size: 50 })] });
    assert.equal(await prune(50), 0);
  },

  'runs that ended long ago are removed, others never': async (world) => {
    const { store } = world;
    const ref = await world.stream();
    for (let i = 0; i < 5; i++) {
      const lease = await world.lease(ref);
      await store.finishRun({
        ...{ run: lease.run, lease, status: 'succeeded', now: 10 + i, counts: noCounts },
        ...{ cursor: null, error: null },
      });
    }
    const running = await world.lease(ref);
    const queued = await world.request(await world.stream('acme', 'pulls'));
    assert.equal(await store.pruneRuns({ before: 13, limit: 2 }), 2);
    assert.equal(await store.pruneRuns({ before: 13, limit: 2 }), 1);
    assert.equal(await store.pruneRuns({ before: 13, limit: 2 }), 0);
    assert.equal(await store.pruneRuns({ before: 1e15, limit: 10 }), 2);
    const left = await store.listRuns({ filter: {}, limit: 100 });
    assert.deepEqual(left.map(({ id }) => id).sort(), [running.run, queued.id].sort());
    await store.renewLease({ lease: running, now: world.now, leaseMs: 1 });
  },
};
