import { connectionTests } from './connections.js';
import { commitTests } from './commits.js';
import { consumerTests } from './consumers.js';
import { fencingTests, leaseTests } from './leases.js';
import { historyTests, retentionTests } from './history.js';
import { lifecycleTests } from './lifecycle.js';
import { logTests } from './logs.js';
import { heldPassTests, passTests } from './passes.js';
import { blockTests, permitTests } from './permits.js';
import { feedTests, recordTests } from './records.js';
import { rejectedTests } from './rejected.js';
import { resetTests } from './reset.js';
import { cancelTests, runListTests, runTests } from './runs.js';
import { statsTests } from './stats.js';
import { pruningTests } from './pruning.js';
import { stateTests } from './state.js';
import { trafficTests } from './traffic.js';
import { verdictTests } from './verdicts.js';
import { walkTests } from './walk.js';
import { World } from './world.js';
import type { ContractStore, ContractTest, ContractTests } from './world.js';

export interface StoreContractOptions {
  /** What is tested: the heading of all tests. */
  readonly name: string;
  /** Makes an empty store, for each test anew. */
  readonly create: () => Promise<ContractStore>;
  /** `describe` of vitest, node:test, jest or mocha. */
  readonly describe: (name: string, tests: () => void) => unknown;
  /** `test` or `it` of the same. */
  readonly test: (name: string, test: () => Promise<void>) => unknown;
}

/**
 * Tests of everything that Syncline expects of a store, for the authors of adapters. A store that passes them keeps Syncline's promises,
 * as far as one process can tell: several processes at once, power cuts and full disks are the adapter's own to test.
 *
 * @example
 * import { describe, test } from 'node:test';
 * import { storeContract } from 'syncline/adapter';
 *
 * storeContract({
 *   name: 'my store',
 *   describe,
 *   test,
 *   create: async () => {
 *     const store = myStore();
 *     await store.open(environment);
 *     return { store, dispose: () => store.close() };
 *   },
 * });
 */
export function storeContract({ name, create, describe, test }: StoreContractOptions): void {
  describe(name, () => {
    for (const [group, tests] of Object.entries(groups)) {
      describe(group, () => {
        for (const [title, body] of Object.entries(tests)) test(title, () => run(create, body));
      });
    }
  });
}

const groups: Readonly<Record<string, ContractTests>> = {
  'opening and closing': lifecycleTests,
  connections: connectionTests,
  runs: runTests,
  cancelling: cancelTests,
  'lists of runs': runListTests,
  leases: leaseTests,
  fencing: fencingTests,
  verdicts: verdictTests,
  commits: commitTests,
  'state and positions': stateTests,
  'rejected records': rejectedTests,
  passes: passTests,
  'held passes': heldPassTests,
  records: recordTests,
  'the change feed': feedTests,
  history: historyTests,
  retention: retentionTests,
  'beginning anew': resetTests,
  'what is stored, measured': statsTests,
  logs: logTests,
  traffic: trafficTests,
  pruning: pruningTests,
  consumers: consumerTests,
  permits: permitTests,
  blocks: blockTests,
  'random walks': walkTests,
};

async function run(create: () => Promise<ContractStore>, body: ContractTest): Promise<void> {
  const { store, another, dispose } = await create();
  try {
    await body(new World(store, another ? await another() : store));
  } finally {
    await dispose();
  }
}
