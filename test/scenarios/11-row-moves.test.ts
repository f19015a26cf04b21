import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { shop } from '../support/shop.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

/** Six rows, two a page; the first one goes while the second page is on its way, so that all behind it shift. */
async function begin(
  style: 'offset' | 'page',
  store: (typeof storeKinds)[number],
  snapshot: boolean,
) {
  const api = await testApi();
  const connector = shop(api, {
    ...{ style, sort: 'id', limit: 2, cursor: false },
    ...(snapshot ? { deletions: { kind: 'snapshot', maxDeleteRatio: 1 } } : {}),
  });
  const tested = testSyncer([connector], { store });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) api.put(id);
  let asked = 0;
  api.intercept = () => {
    asked += 1;
    if (asked === 2) api.delete('a');
    return undefined;
  };
  const ids = async () => (await collect(rows.records())).map(({ id }) => id);
  return { ...tested, api, rows, ids };
}

test.each(storeKinds)(
  'scenario 11: a row that shifts over the border of an offset arrives in this run, and the drift is told (%s)',
  async (store) => {
    const { rows, ids, told } = await begin('offset', store, false);
    await rows.sync();
    expect(await ids()).toEqual(expect.arrayContaining(['b', 'c', 'd', 'e', 'f']));
    expect(told('page.drift')).not.toEqual([]);
  },
);

test.each(storeKinds)(
  'scenario 11: one that shifts over the border of a page number arrives with the next full pass (%s)',
  async (store) => {
    const { rows, ids } = await begin('page', store, true);
    await rows.sync();
    await rows.sync();
    expect(await ids()).toEqual(['b', 'c', 'd', 'e', 'f']);
  },
);
