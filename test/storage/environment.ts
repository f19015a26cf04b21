import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CommitParams } from '../../src/storage/commits.js';
import type { ConnectionRow } from '../../src/storage/connections.js';
import type { Lease, Store, StoreEnvironment, StreamRef } from '../../src/storage/contract.js';

/** The real clock and chance, for stores under test. */
export const realEnvironment: StoreEnvironment = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
  random: () => Math.random(),
};

/** A clock on which waiting takes no time, and that tells how long was waited. */
export class VirtualClock {
  time = 0;
  readonly sleeps: number[] = [];
  /** Called while somebody sleeps. */
  whileAsleep: () => void = () => undefined;
  readonly environment: StoreEnvironment = {
    clock: {
      now: () => this.time,
      monotonic: () => this.time,
      sleep: async (ms) => {
        this.sleeps.push(ms);
        this.time += ms;
        await new Promise((resolve) => setImmediate(resolve));
        this.whileAsleep();
      },
    },
    random: () => 0.5,
  };
}

/** A directory that is removed when the test has ended. */
export async function testDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'syncline-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export const ref: StreamRef = { connector: 'github', connection: 'acme', stream: 'issues' };

export const acme: ConnectionRow = {
  connector: 'github',
  id: 'acme',
  config: {},
  account: null,
  sealed: null,
  tags: {},
  status: 'active',
  version: 1,
  createdAt: 1,
  updatedAt: 1,
};

/** A commit of records as `[key, data]`; what differs is a change. */
export function page(
  records: readonly (readonly [key: string, data: string])[],
  more: Partial<CommitParams> = {},
): CommitParams {
  return {
    ref,
    lease: null,
    now: 1,
    origin: 'pull',
    receivedAt: 1,
    partition: '',
    schemaVersion: 1,
    items: records.map(([key, data]) => ({ kind: 'record', key, data, version: null })),
    rejected: [],
    decide: (incoming, stored) => {
      if (incoming.kind === 'delete') return stored && !stored.deleted ? 'delete' : 'ignore';
      if (!stored || stored.deleted) return 'insert';
      return stored.data === incoming.data ? 'unchanged' : 'update';
    },
    counts: {},
    ...more,
  };
}

/** The lease of a new run. */
export async function leaseOf(store: Store, run = 'run-1', now = 1): Promise<Lease> {
  const requested = await store.requestRun({ ref, id: run, mode: 'full', now });
  const claimed = await store.claimRun({
    run: requested.run.id,
    owner: 'test',
    now,
    leaseMs: 15_000,
  });
  if (claimed.kind !== 'claimed') throw new Error(`run ${run} is ${claimed.kind}`);
  return claimed.lease;
}
