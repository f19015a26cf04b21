import { type Store } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { PartitionedRemote } from '../support/partitioned.js';
import { testSyncer } from '../support/syncer.js';

/** A store that weighs what a run has written when it commits a page. */
function weighed(inner: Store): { readonly store: Store; readonly weights: number[] } {
  const weights: number[] = [];
  const store: Store = {
    ...inner,
    commit: (params) => {
      if (params.items.length > 0) {
        weights.push(JSON.stringify([params.state, params.positions, params.counts]).length);
      }
      return inner.commit(params);
    },
  };
  return { store, weights };
}

/** The heaviest checkpoint of a run over so many partitions. */
async function heaviest(partitions: number): Promise<number> {
  const remote = new PartitionedRemote();
  for (let i = 0; i < partitions; i++) {
    const name = String(i).padStart(6, '0');
    remote.put(name, { id: name, title: 'x', updated: '2025-01-01T00:00:00Z' });
  }
  const { store, weights } = weighed(memory());
  const connector = remote.connector({ concurrency: 50 });
  const { syncer } = testSyncer([connector], { store });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  expect((await rows.sync()).counts.inserted).toBe(partitions);
  expect(weights).toHaveLength(partitions);
  return Math.max(...weights);
}

test('scenario 8: with 60,000 partitions a checkpoint costs the same as with 6', async () => {
  const few = await heaviest(6);
  expect(await heaviest(60_000)).toBe(few);
}, 120_000);
