import { sqlite } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { type Asked, testApi } from '../support/api.js';
import { deliver } from '../support/deliver.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

const cases = pagingStyles.map((style, i) => ({ style, store: storeKinds[i % 2]! }));

test.each(cases)(
  'scenario 19: a record that is created while a pass is under way is not deleted, wherever it lands ($style, $store)',
  async ({ style, store }) => {
    const api = await testApi();
    const connector = shop(api, {
      style,
      sort: 'id',
      limit: 2,
      cursor: false,
      deletions: { kind: 'snapshot', maxDeleteRatio: 1 },
    });
    const { syncer } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (const id of ['b', 'd', 'f', 'h']) api.put(id);
    await rows.sync();
    api.delete('h');
    let asked = 0;
    // Before, between and after what has been read already.
    api.intercept = (_: Asked) => {
      asked += 1;
      if (asked === 2) for (const id of ['a', 'e', 'z']) api.put(id);
      return undefined;
    };
    await rows.sync();
    api.intercept = () => undefined;
    await rows.sync();
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual([
      ...['a', 'b', 'd', 'e', 'f', 'z'],
    ]);
    const deleted = (await collect(rows.changes({ after: 4 }))).filter(
      ({ kind }) => kind === 'delete',
    );
    expect(deleted.map(({ key }) => key)).toEqual(['h']);
  },
);

test.each(storeKinds)(
  'scenario 19: nor one that a webhook delivers while the pass is under way (%s)',
  async (kind) => {
    const api = await testApi();
    const connector = shop(api, {
      ...{ sort: 'id', limit: 2, cursor: false },
      deletions: { kind: 'snapshot', maxDeleteRatio: 1, stable: true },
    });
    const store = kind === 'memory' ? memory() : sqlite(tempFile());
    const { syncer, clock } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (const id of ['a', 'b', 'd', 'e', 'f', 'g']) api.put(id);
    await rows.sync();
    api.delete('f');
    api.delete('a');
    let asked = 0;
    api.intercept = async () => {
      asked += 1;
      // One that is new, and one that the pass has missed so far.
      if (asked !== 2) return undefined;
      for (const id of ['a', 'aa']) {
        await deliver(store, { id, title: 'delivered' }, { connector: 'shop', now: clock.now() });
      }
      return undefined;
    };
    expect((await rows.sync()).counts.deleted).toBe(1);
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual([
      ...['a', 'aa', 'b', 'd', 'e', 'g'],
    ]);
  },
);
