import { describe, expect, test } from 'vitest';
import { byHand, row, scripted } from '../support/by-hand.js';
import { collect, storeKinds, testSyncer } from '../support/syncer.js';

const HOUR = 3_600_000;

describe.each(storeKinds)('a probe, in %s', (store) => {
  async function begin(more: { readonly every?: '1h'; readonly maxDeleteRatio?: number } = {}) {
    const script = scripted();
    const remote = { gone: new Set<string>(), asked: [] as (readonly string[])[], fails: false };
    const connector = byHand(script.pull, {
      cursor: { field: 'updated', order: 'ascending', overlap: 0 },
      deletions: {
        kind: 'probe',
        ...more,
        check: async (_, keys) => {
          remote.asked.push(keys);
          if (remote.fails) throw new Error('the probe is down');
          return Promise.resolve([...keys.filter((key) => remote.gone.has(key)), 'never heard of']);
        },
      },
    });
    const tested = testSyncer([connector], { store });
    await tested.syncer.connections.create(connector, { id: 'acme' });
    const rows = tested.syncer.connection(connector, 'acme').stream('rows');
    script.pages = [Array.from({ length: 10 }, (_, i) => row(`r${i}`, `2025-01-01T00:00:0${i}Z`))];
    await rows.sync();
    script.pages = [];
    const ids = async () => (await collect(rows.records())).map(({ id }) => id);
    return { ...tested, script, remote, rows, ids };
  }

  test('asks for every stored key after the records of each run, and deletes what is gone', async () => {
    const { remote, rows, ids, told } = await begin();
    remote.gone.add('r3');
    expect((await rows.sync()).counts.deleted).toBe(1);
    expect(remote.asked.map((keys) => keys.length)).toEqual([10, 10]);
    expect(await ids()).not.toContain('r3');
    await rows.sync();
    expect(remote.asked.at(-1)).toHaveLength(9);
    expect(told('deletion.applied')).toMatchObject([{ kind: 'probe', deleted: 1 }]);
  });

  test('is due as often as `every` says', async () => {
    const { remote, rows, clock } = await begin({ every: '1h' });
    expect(remote.asked).toHaveLength(1);
    clock.skip(HOUR - 1);
    await rows.sync();
    expect(remote.asked).toHaveLength(1);
    clock.skip(1);
    await rows.sync();
    expect(remote.asked).toHaveLength(2);
  });

  test('too much that is gone is held until it is approved', async () => {
    const { remote, rows, ids, told } = await begin({ maxDeleteRatio: 0.3 });
    for (const id of ['r0', 'r1', 'r2', 'r3']) remote.gone.add(id);
    expect((await rows.sync()).counts.deleted).toBe(0);
    expect(told('deletion.guarded')).toMatchObject([
      { kind: 'probe', reason: 'ratio', judged: 10, missing: 4, held: true },
    ]);
    expect(await ids()).toHaveLength(10);
    expect(await rows.approveDeletions()).toBe(4);
    expect(await ids()).toHaveLength(6);
  });

  test('one that fails fails the run, deletes nothing, and is due again', async () => {
    const { remote, rows, ids, clock } = await begin({ every: '1h' });
    remote.gone.add('r3');
    remote.fails = true;
    clock.skip(HOUR);
    await expect(rows.sync()).rejects.toThrow('the probe is down');
    expect(await ids()).toHaveLength(10);
    remote.fails = false;
    expect((await rows.sync()).counts.deleted).toBe(1);
  });

  test('what comes while it asks is not deleted', async () => {
    const { remote, rows, ids, script } = await begin();
    remote.gone.add('r3');
    await rows.sync();
    // It is there again, and the probe asks for what is stored then.
    remote.gone.delete('r3');
    script.pages = [[row('r3', '2025-01-02T00:00:00Z')]];
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, deleted: 0 });
    expect(await ids()).toHaveLength(10);
  });
});
