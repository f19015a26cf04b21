import { expect, test } from 'vitest';
import { PartitionedRemote } from '../support/partitioned.js';
import { storeKinds, testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

test.each(storeKinds)(
  'scenario 10: a parent appears after a hundred syncs, and its children load from their beginning (%s)',
  async (store) => {
    const remote = new PartitionedRemote();
    remote.put('old', { id: 'old-0', title: 'x', updated: at(0) });
    const connector = remote.connector();
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (let n = 1; n <= 100; n++) {
      remote.put('old', { id: `old-${n}`, title: 'x', updated: at(1_000 + n) });
      await rows.sync();
    }
    // Its children are older than all that has been read.
    for (let n = 0; n < 5; n++) remote.put('new', { id: `new-${n}`, title: 'x', updated: at(n) });
    remote.asked();
    expect((await rows.sync()).counts.inserted).toBe(5);
    expect(remote.asked()).toContainEqual({
      partition: 'new',
      cursor: undefined,
      resume: undefined,
    });
    expect(await rows.count()).toBe(remote.rowCount);
  },
);

test.each(storeKinds)(
  'scenario 10: a parent that vanishes leaves its children until a pass judges them, and may come back (%s)',
  async (store) => {
    const remote = new PartitionedRemote();
    for (const name of ['a', 'b']) {
      for (let n = 0; n < 3; n++)
        remote.put(name, { id: `${name}-${n}`, title: 'x', updated: at(n) });
    }
    const connector = remote.connector({ snapshot: true });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    const gone = remote.parts.get('b')!;
    remote.parts.delete('b');
    expect((await rows.sync()).counts.deleted).toBe(0);
    expect(await rows.count()).toBe(6);
    expect((await rows.sync({ mode: 'full' })).counts.deleted).toBe(3);
    expect(await rows.count()).toBe(3);

    remote.parts.set('b', gone);
    remote.asked();
    expect((await rows.sync()).counts.inserted).toBe(3);
    expect(remote.asked()).toContainEqual({ partition: 'b', cursor: undefined, resume: undefined });
  },
);
