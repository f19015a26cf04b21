/**
 * A process of its own that works on a store, started by the tests. The first argument says what it does, the second is the file.
 */
import { sqlite } from '../../src/sqlite.js';
import type { Store } from '../../src/storage/contract.js';

const [, , task = '', path = '', name = '', amount = '0'] = process.argv;
const ref = { connector: 'github', connection: 'acme', stream: 'issues' };
const environment = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  },
  random: () => Math.random(),
};

const tasks = {
  /** One small write. */
  once: async (store) => {
    await store.appendLogs({
      rows: [
        {
          ...{ time: 1, type: 'x', level: 'info', event: {} },
          ...{ connector: null, connection: null, stream: null, run: null },
        },
      ],
    });
  },

  /** Commits that meet other processes' at the same keys, without a lease. Tells how many changes it made. */
  collide: async (store) => {
    let changes = 0;
    for (let i = 0; i < Number(amount); i++) {
      const keys = Array.from({ length: 10 }, (_, n) => `k${(i * 7 + n * 3) % 100}`);
      const { inserted, updated } = await commit(store, null, keys, `${name}:${i}`);
      changes += inserted + updated;
    }
    tell({ changes });
  },

  /** Runs that each add one to the stream's state, and nothing else keeps them apart than the lease. */
  count: async (store) => {
    let runs = 0;
    for (let i = 0; runs < Number(amount); i++) {
      const { run } = await store.requestRun({
        ...{ ref, id: `${name}:${i}`, mode: 'full', now: Date.now() },
      });
      const claimed = await store.claimRun({
        ...{ run: run.id, owner: name, now: Date.now(), leaseMs: 15_000 },
      });
      if (claimed.kind !== 'claimed') {
        await environment.clock.sleep(Math.random() * 5);
        continue;
      }
      const state = Number((await store.getStreamState({ ref })) ?? 0);
      await environment.clock.sleep(Math.random() * 2);
      await commit(store, claimed.lease, ['k'], `${name}:${i}`, state + 1);
      await store.finishRun({
        ...{ run: run.id, lease: claimed.lease, status: 'succeeded', now: Date.now() },
        ...{ counts: {}, cursor: null, error: null },
      });
      runs += 1;
    }
    tell({ runs });
  },

  /** Pages of fifty records that all have the page's number, for ever. Tells each page that was acknowledged. */
  pages: async (store) => {
    const { run } = await store.requestRun({ ref, id: name, mode: 'full', now: Date.now() });
    const claimed = await store.claimRun({
      ...{ run: run.id, owner: name, now: Date.now(), leaseMs: 1 },
    });
    if (claimed.kind !== 'claimed') throw new Error(`run ${run.id} is ${claimed.kind}`);
    await store.openPass({ lease: claimed.lease, pass: name });
    let state = Number((await store.getStreamState({ ref })) ?? 0);
    for (;;) {
      state += 1;
      const keys = Array.from({ length: 50 }, (_, n) => `k${n}`);
      await commit(store, claimed.lease, keys, String(state), state);
      tell({ page: state });
    }
  },
} satisfies Readonly<Record<string, (store: Store) => Promise<void>>>;

/** What the process can be told to do. */
export type Task = keyof typeof tasks;

type Lease = Parameters<Store['commit']>[0]['lease'];

function commit(
  store: Store,
  lease: Lease,
  keys: readonly string[],
  value: string,
  state?: number,
): ReturnType<Store['commit']> {
  return store.commit({
    ...{ ref, lease, now: Date.now(), origin: 'pull', receivedAt: 1, partition: '' },
    ...{ schemaVersion: 1, rejected: [], counts: { pages: 1 } },
    ...(state === undefined ? {} : { state }),
    items: [...new Set(keys)].map((key) => ({
      ...{ kind: 'record', key, data: JSON.stringify(value.padEnd(300)), version: null },
    })),
    decide: (incoming, stored) => {
      if (!stored) return 'insert';
      return incoming.kind === 'record' && stored.data !== incoming.data ? 'update' : 'unchanged';
    },
  });
}

function tell(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const store = sqlite(path);
await store.open(environment);
const found = Object.entries(tasks).find(([each]) => each === task);
await found?.[1](store);
await store.close();
