import assert from 'node:assert/strict';
import type { Lease, StreamRef } from '../contract.js';
import type { CommitParams } from '../commits.js';
import { oddTexts, record, records, refused, refusedAsLost, rejected, remove } from './world.js';
import type { ContractTests, World } from './world.js';

export const passTests: ContractTests = {
  'a pass judges what was live when it was opened': async (world) => {
    const { ref, lease } = await begun(world, 'a', 'b', 'gone');
    await world.commit(ref, [remove('gone')]);
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, records('new', 'gone'));
    assert.deepEqual(await count(world, ref), { judged: 2, missing: 2 });
    assert.deepEqual(await world.missing(ref, 'p'), ['a', 'b']);
    await world.commit(ref, [remove('a')]);
    assert.deepEqual(await count(world, ref), { judged: 1, missing: 1 });
    await world.commit(ref, records('a'));
    assert.deepEqual(await count(world, ref), { judged: 1, missing: 1 }, 'born again, not judged');
    assert.deepEqual(await world.missing(ref, 'p'), ['b']);
  },

  'every commit marks what it meets, whoever brings it and whatever becomes of it': async (
    world,
  ) => {
    const keys = ['unchanged', 'update', 'refresh', 'stale', 'delivery', 'write', 'replay'];
    const { ref, lease } = await begun(world, ...keys, 'rejected', 'ignored', 'missing');
    await world.store.openPass({ lease, pass: 'p' });
    const see = async (item: CommitParams['items'][number], more: Partial<CommitParams> = {}) => {
      const before = (await world.missing(ref, 'p')).length;
      await world.commit(ref, [item], more, world.other);
      assert.deepEqual((await world.missing(ref, 'p')).length, before - 1, item.key);
    };
    await see(record('unchanged'), { lease });
    await see(record('update', '2'), { lease });
    await see(record('refresh', '2'), { lease, decide: () => 'refresh' });
    await see(record('stale', '2'), { lease, decide: () => 'stale' });
    for (const origin of ['delivery', 'write', 'replay'] as const) {
      await see(record(origin), { origin });
    }
    await see(remove('ignored'), { decide: () => 'ignore' });
    await world.commit(ref, [], { rejected: [rejected('rejected', '{}'), rejected(null, '{}')] });
    assert.deepEqual(await world.missing(ref, 'p'), ['missing']);
    assert.deepEqual(await count(world, ref), { judged: 10, missing: 1 });
    await world.commit(ref, records(...keys), { lease });
    assert.deepEqual(await count(world, ref), { judged: 10, missing: 1 }, 'twice counts once');
  },

  'what other streams and connections commit marks nothing': async (world) => {
    const { ref, lease } = await begun(world, 'a');
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit({ ...ref, stream: 'pulls' }, records('a'));
    await world.commit(await world.stream('other'), records('a'));
    assert.deepEqual(await world.missing(ref, 'p'), ['a']);
  },

  'a rejected record that is not stored marks nothing, now or later': async (world) => {
    const { ref, lease } = await begun(world, 'a');
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, [], { rejected: [rejected('b', '{}')] });
    assert.deepEqual(await count(world, ref), { judged: 1, missing: 1 });
  },

  'both lists are ordered by key, by bytes, and read in pages': async (world) => {
    const keys = [...oddTexts, 'seen1', 'seen2'];
    const { ref, lease } = await begun(world, ...[...keys].reverse());
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, [record('seen1', '{}', 9), ...records('seen2', 'new')]);
    for (const missing of [true, false]) {
      const seen: string[] = [];
      let after: string | undefined;
      for (;;) {
        const from = after === undefined ? {} : { after };
        const page = await world.store.readPass({ ref, pass: 'p', missing, ...from, limit: 3 });
        seen.push(...page.map(({ key }) => key));
        if (page.length < 3) break;
        after = page.at(-1)?.key;
      }
      assert.deepEqual([...seen].sort(), [...(missing ? oddTexts : keys)].sort());
      assert.deepEqual(
        seen.filter((key) => !key.startsWith('seen')),
        oddTexts,
      );
    }
    const rows = await world.store.readPass({ ref, pass: 'p', missing: false, limit: 100 });
    assert.deepEqual(
      rows.find(({ key }) => key === 'seen1'),
      { key: 'seen1', version: 9 },
    );
    assert.deepEqual(
      rows.find(({ key }) => key === 'a'),
      { key: 'a', version: null },
    );
  },

  'keys can be counted as seen without a commit': async (world) => {
    const { ref, lease } = await begun(world, 'a', 'b', 'c');
    await world.store.openPass({ lease, pass: 'p' });
    await world.store.markSeen({ lease, pass: 'p', keys: ['a', 'c', 'a', 'none'] });
    assert.deepEqual(await count(world, ref), { judged: 3, missing: 1 });
    assert.deepEqual(await world.missing(ref, 'p'), ['b']);
    const before = await world.feed(ref);
    await world.commit(ref, [remove('a', 'p'), remove('b', 'p')], { lease });
    assert.deepEqual((await world.get(ref, 'a')).deleted, false);
    assert.deepEqual((await world.get(ref, 'b')).deleted, true);
    assert.equal(before.length, 3);
    await refused(world.store.markSeen({ lease, pass: 'q', keys: ['a'] }), /'q'/);
  },

  'a pass survives the run that began it, and a second process counts on in it': async (world) => {
    const { ref, lease } = await begun(world, 'a', 'b', 'c');
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, records('a'), { lease });
    await world.store.releaseRun({ lease, now: world.now });
    const next = await world.claim(lease.run, 'b', world.other);
    await world.commit(ref, records('b'), { lease: next }, world.other);
    assert.deepEqual(await world.missing(ref, 'p'), ['c']);
  },

  'counts and lists agree over thousands of rows': async (world) => {
    const keys = Array.from({ length: 9_000 }, (_, i) => `k${String(i).padStart(5, '0')}`);
    const { ref, lease } = await begun(world);
    for (let i = 0; i < keys.length; i += 500) {
      await world.commit(ref, records(...keys.slice(i, i + 500)));
    }
    await world.store.openPass({ lease, pass: 'p' });
    const seen = keys.filter((_, i) => i % 3 !== 0);
    for (let i = 0; i < seen.length; i += 500) {
      await world.commit(ref, records(...seen.slice(i, i + 500)));
    }
    assert.deepEqual(await count(world, ref), { judged: 9_000, missing: 3_000 });
    assert.deepEqual(
      await world.missing(ref, 'p'),
      keys.filter((_, i) => i % 3 === 0),
    );
  },
};

export const heldPassTests: ContractTests = {
  'a deletion that names a pass is dropped when the pass has seen the record': async (world) => {
    const { ref, lease } = await begun(world, 'seen', 'missing', 'reborn');
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, records('seen'), { origin: 'delivery' });
    await world.commit(ref, [remove('reborn')]);
    await world.commit(ref, records('reborn', 'new'));
    const items = ['seen', 'missing', 'reborn', 'new', 'none'].map((key) => remove(key, 'p'));
    let asked = 0;
    const result = await world.commit(ref, items, {
      lease,
      decide: () => {
        asked += 1;
        return 'delete';
      },
    });
    assert.deepEqual([result.deleted, result.stale, asked > 0], [1, 0, true]);
    assert.deepEqual(await world.keys(ref), ['new', 'reborn', 'seen']);
    assert.deepEqual(await count(world, ref), { judged: 1, missing: 0 });
  },

  'a deletion that names a pass that is not there is dropped': async (world) => {
    const { ref, lease } = await begun(world, 'a');
    await world.store.openPass({ lease, pass: 'p' });
    await world.store.openPass({ lease, pass: 'q' });
    await world.commit(ref, [remove('a', 'p')], { lease });
    await world.store.dropPass({ ref, lease, pass: 'q' });
    await world.commit(ref, [remove('a', 'q')], { lease });
    assert.deepEqual(await world.keys(ref), ['a']);
  },

  'opening a pass drops the open one and leaves the held one': async (world) => {
    const { ref, lease } = await begun(world, 'a', 'b');
    const { store } = world;
    await store.openPass({ lease, pass: 'held' });
    await world.commit(ref, records('a'));
    await store.holdPass({ lease, pass: 'held' });
    await store.openPass({ lease, pass: 'first' });
    await store.openPass({ lease, pass: 'second' });
    await refused(store.countPass({ ref, pass: 'first' }), /'first'/);
    await refused(store.readPass({ ref, pass: 'first', missing: true, limit: 1 }), /'first'/);
    assert.deepEqual(await world.missing(ref, 'held'), ['b']);
    assert.deepEqual(await world.missing(ref, 'second'), ['a', 'b']);
    await store.openPass({ lease, pass: 'second' });
    assert.deepEqual(await world.missing(ref, 'second'), ['a', 'b']);
    await refused(store.openPass({ lease, pass: 'held' }), /held/);
  },

  'open and held pass are both marked, each in its own way': async (world) => {
    const { ref, lease } = await begun(world, 'a', 'b', 'c');
    const { store } = world;
    await store.openPass({ lease, pass: 'held' });
    await world.commit(ref, records('a'));
    await store.holdPass({ lease, pass: 'held' });
    await world.commit(ref, records('d'));
    await store.openPass({ lease, pass: 'open' });
    await world.commit(ref, records('b'), { origin: 'delivery' });
    assert.deepEqual(await world.missing(ref, 'held'), ['c']);
    assert.deepEqual(await world.missing(ref, 'open'), ['a', 'c', 'd']);
    await world.commit(ref, [remove('c', 'held'), remove('a', 'held')]);
    assert.deepEqual(await world.keys(ref), ['a', 'b', 'd']);
    assert.deepEqual(await store.countPass({ ref, pass: 'held' }), { judged: 2, missing: 0 });
    assert.deepEqual(await world.missing(ref, 'open'), ['d'], 'a was met by the second deletion');
  },

  'holding takes the place of the held one, and can be repeated': async (world) => {
    const { ref, lease } = await begun(world, 'a');
    const { store } = world;
    assert.equal(await store.heldPass({ ref }), undefined);
    await store.openPass({ lease, pass: 'p' });
    assert.equal(await store.heldPass({ ref }), undefined);
    await store.holdPass({ lease, pass: 'p' });
    await store.holdPass({ lease, pass: 'p' });
    assert.equal(await world.other.heldPass({ ref }), 'p');
    await refused(store.holdPass({ lease, pass: 'q' }), /'q'/);
    await store.openPass({ lease, pass: 'q' });
    await store.holdPass({ lease, pass: 'q' });
    assert.equal(await store.heldPass({ ref }), 'q');
    await refused(store.countPass({ ref, pass: 'p' }), /'p'/);
  },

  'a held pass is dropped without a lease, an open one is not': async (world) => {
    const { ref, lease } = await begun(world, 'a');
    const { store } = world;
    await store.openPass({ lease, pass: 'p' });
    await refusedAsLost(store.dropPass({ ref, lease: null, pass: 'p' }));
    await store.holdPass({ lease, pass: 'p' });
    await store.dropPass({ ref, lease: null, pass: 'p' });
    assert.equal(await store.heldPass({ ref }), undefined);
    await refused(store.countPass({ ref, pass: 'p' }), /'p'/);
    await store.openPass({ lease, pass: 'q' });
    await store.dropPass({ ref, lease, pass: 'none' });
    await store.dropPass({ ref, lease, pass: 'q' });
    await store.dropPass({ ref, lease: null, pass: 'q' });
    await refused(store.countPass({ ref, pass: 'q' }), /'q'/);
    assert.equal(await store.heldPass({ ref: { ...ref, stream: 'none' } }), undefined);
  },
};

/** A stream with records, and a lease on it. */
async function begun(
  world: World,
  ...keys: readonly string[]
): Promise<{ readonly ref: StreamRef; readonly lease: Lease }> {
  const ref = await world.stream();
  await world.commit(ref, records(...keys));
  return { ref, lease: await world.lease(ref) };
}

function count(world: World, ref: StreamRef): Promise<unknown> {
  return world.store.countPass({ ref, pass: 'p' });
}
