import { CursorExpiredError } from 'syncline';
import { expect, test } from 'vitest';
import { byHand, row } from '../support/by-hand.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

test('a feed that expires while a pass is open has everything read anew: what the pass has seen may be gone', async () => {
  const remote = new Set(Array.from({ length: 9 }, (_, i) => `r${i}`));
  let breaks = false;
  let expires = false;
  const connector = byHand(
    async function* ({ resume }) {
      await Promise.resolve();
      const all = [...remote].map((id) => row(id, '2025-01-01T00:00:00Z'));
      const half = all.findIndex(({ id }) => id === 'r5');
      if (resume === undefined) yield { records: all.slice(0, half), resume: 'second half' };
      if (breaks) throw new Error('it is down');
      yield all.slice(half);
    },
    {
      cursor: { field: 'updated' },
      deletions: {
        kind: 'feed',
        async *pull({ cursor }) {
          if (expires && cursor !== undefined) throw new CursorExpiredError('too old');
          yield await Promise.resolve({ deletes: [], cursor: 'now' });
        },
      },
    },
  );
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  [breaks, expires] = [true, true];
  await rejection(rows.sync());
  // The pass has seen it already, and the feed that would tell expires too.
  remote.delete('r0');
  breaks = false;
  await rows.sync();
  expect(told('cursor.expired')).toHaveLength(2);
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...remote]);
});

test('a feed that is begun anew by a reset does not tell what is gone by then: it is found by reading everything', async () => {
  const remote = new Set(Array.from({ length: 9 }, (_, i) => `r${i}`));
  const connector = byHand(
    async function* () {
      yield await Promise.resolve([...remote].map((id) => row(id, '2025-01-01T00:00:00Z')));
    },
    {
      cursor: { field: 'updated' },
      deletions: {
        kind: 'feed',
        async *pull() {
          yield await Promise.resolve({ deletes: [], cursor: 'now' });
        },
      },
    },
  );
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  remote.delete('r3');
  await rows.reset();
  await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...remote]);
});
