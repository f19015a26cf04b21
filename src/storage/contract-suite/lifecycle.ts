import assert from 'node:assert/strict';
import type { Store } from '../contract.js';
import { commitParams, connectionRow, refused } from './world.js';
import type { ContractTests } from './world.js';

const environment = {
  clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
  random: () => 0.5,
};
const ref = { connector: 'github', connection: 'acme', stream: 'issues' };
const lease = { ref, run: 'run-1', token: 1 };
const page = { limit: 10 };

/** Every verb, called somehow. */
const verbs: Readonly<
  Record<Exclude<keyof Store, 'open' | 'close'>, (store: Store) => Promise<unknown>>
> = {
  createConnection: (store) => store.createConnection({ row: connectionRow() }),
  getConnection: (store) => store.getConnection({ connector: 'github', id: 'acme' }),
  listConnections: (store) => store.listConnections(page),
  updateConnection: (store) => store.updateConnection({ row: connectionRow(), expectedVersion: 1 }),
  deleteConnection: (store) => store.deleteConnection({ connector: 'github', id: 'acme' }),
  requestRun: (store) => store.requestRun({ ref, id: 'run-1', mode: 'full', now: 1 }),
  claimRun: (store) => store.claimRun({ run: 'run-1', owner: 'a', now: 1, leaseMs: 1 }),
  renewLease: (store) => store.renewLease({ lease, now: 1, leaseMs: 1 }),
  markWaiting: (store) => store.markWaiting({ lease, waiting: true }),
  finishRun: (store) =>
    store.finishRun({
      ...{ run: 'run-1', lease, status: 'succeeded', now: 1 },
      ...{ counts: {}, cursor: null, error: null },
    }),
  releaseRun: (store) => store.releaseRun({ lease, now: 1 }),
  requestCancel: (store) =>
    store.requestCancel({ connector: 'github', connection: 'acme', now: 1 }),
  getRun: (store) => store.getRun({ run: 'run-1' }),
  listRuns: (store) => store.listRuns({ filter: {}, ...page }),
  getStreamState: (store) => store.getStreamState({ ref }),
  getPosition: (store) => store.getPosition({ ref, partition: '' }),
  listPositions: (store) => store.listPositions({ ref, ...page }),
  commit: (store) => store.commit(commitParams(ref, 1)),
  openPass: (store) => store.openPass({ lease, pass: 'p' }),
  countPass: (store) => store.countPass({ ref, pass: 'p' }),
  readPass: (store) => store.readPass({ ref, pass: 'p', missing: true, ...page }),
  markSeen: (store) => store.markSeen({ lease, pass: 'p', keys: ['a'] }),
  holdPass: (store) => store.holdPass({ lease, pass: 'p' }),
  dropPass: (store) => store.dropPass({ ref, lease, pass: 'p' }),
  heldPass: (store) => store.heldPass({ ref }),
  resetStream: (store) =>
    store.resetStream({ ref, now: 1, state: null, position: null, records: false }),
  pruneRecords: (store) => store.pruneRecords({ kind: 'rejected', before: 1, limit: 1 }),
  getRecord: (store) => store.getRecord({ ref, key: 'a' }),
  listRecords: (store) => store.listRecords({ ref, ...page }),
  countRecords: (store) => store.countRecords({ ref }),
  latestSeq: (store) => store.latestSeq(),
  readFeed: (store) => store.readFeed({ ...ref, after: 0, ...page }),
  listRejected: (store) => store.listRejected({ ref, ...page }),
  appendLogs: (store) => store.appendLogs({ rows: [] }),
  pruneRuns: (store) => store.pruneRuns({ before: 0, limit: 1 }),
  pruneLogs: (store) => store.pruneLogs({ before: 0, limit: 1 }),
  appendTraffic: (store) => store.appendTraffic({ rows: [] }),
  listTraffic: (store) => store.listTraffic({ filter: {}, limit: 1 }),
  pruneTraffic: (store) => store.pruneTraffic({ before: 0, maxBytes: 0, limit: 1 }),
  listLogs: (store) => store.listLogs({ filter: {}, ...page }),
  claimConsumer: (store) =>
    store.claimConsumer({
      ...{ name: 'c', connector: 'github', stream: 'issues', startAt: 0 },
      ...{ owner: 'a', now: 1, leaseMs: 1 },
    }),
  moveConsumer: (store) => store.moveConsumer({ name: 'c', token: 1, offset: 1 }),
  releaseConsumer: (store) => store.releaseConsumer({ name: 'c', token: 1 }),
  getConsumer: (store) => store.getConsumer({ name: 'c' }),
  takePermits: (store) => store.takePermits({ holder: 'a', now: 1, reports: [], groups: [] }),
  returnPermits: (store) => store.returnPermits({ holder: 'a', now: 1, reports: [] }),
  reportBlocked: (store) => store.reportBlocked({ scope: 's', until: 2, now: 1 }),
  readBlocks: (store) => store.readBlocks({ now: 1, after: 0 }),
  listStreams: (store) => store.listStreams(page),
  measureStream: (store) => store.measureStream({ ref }),
  storeBytes: (store) => store.storeBytes(),
};

export const lifecycleTests: ContractTests = {
  'opening twice does nothing': async ({ store }) => {
    await store.createConnection({ row: connectionRow() });
    await store.open(environment);
    assert.ok(await store.getConnection({ connector: 'github', id: 'acme' }));
  },

  'every verb of a closed store rejects with StoreError': async ({ store }) => {
    await store.close();
    for (const [name, verb] of Object.entries(verbs)) {
      await refused(verb(store), /closed/).catch((error: unknown) => {
        throw new Error(`${name} on a closed store`, { cause: error });
      });
    }
  },

  'closing twice does nothing, and a closed store can be opened again': async ({ store }) => {
    await store.createConnection({ row: connectionRow() });
    await store.close();
    await store.close();
    await store.open(environment);
    assert.ok(await store.getConnection({ connector: 'github', id: 'acme' }));
    assert.equal(await store.latestSeq(), 0);
  },
};
