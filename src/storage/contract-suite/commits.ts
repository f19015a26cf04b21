import assert from 'node:assert/strict';
import { noCounts } from '../counts.js';
import type { Decide, VersionValue } from '../commits.js';
import { byData, oddTexts, record, records, rejected, remove } from './world.js';
import type { ContractTests, World } from './world.js';

export const commitTests: ContractTests = {
  'each change has a number of its own, higher than all before, over the whole store': async (
    world,
  ) => {
    const issues = await world.stream();
    const pulls = { ...issues, stream: 'pulls' };
    const numbers: number[] = [];
    for (let round = 0; round < 5; round++) {
      for (const [ref, store] of [[issues, world.store] as const, [pulls, world.other] as const]) {
        const items = Array.from({ length: 3 }, (_, i) => record(`k${i}`, `{"r":${round}}`));
        const { seq } = await world.commit(ref, items, {}, store);
        for (const row of await world.feed(ref, numbers.at(-1) ?? 0)) numbers.push(row.seq);
        assert.equal(numbers.at(-1), seq);
      }
    }
    assert.equal(numbers.length, 30);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  },

  'a commit that changes nothing uses no numbers': async (world) => {
    const ref = await world.stream();
    const { seq } = await world.commit(ref, records('a', 'b'));
    const again = await world.commit(ref, records('a', 'b'));
    assert.deepEqual([again.seq, again.unchanged], [seq, 2]);
    assert.equal((await world.commit(ref, [])).seq, seq);
  },

  'a decide that throws leaves nothing of its commit': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, records('a', 'b'), {
      ...{ lease, state: 'before', rejected: [rejected('bad', '{}')] },
    });
    await world.store.openPass({ lease, pass: 'p' });
    const before = await everything(world, lease.run);
    const fault = new Error('decide failed');
    const fails: Decide = (incoming, stored) => {
      if (incoming.key === 'last') throw fault;
      return byData(incoming, stored);
    };
    const attempt = world.commit(
      ref,
      [record('new'), record('a', '2'), remove('b'), record('bad'), record('last')],
      {
        ...{ lease, state: 'after', positions: [{ partition: 'x', position: 1 }], decide: fails },
        ...{ rejected: [rejected('worse', '{}')], counts: { pages: 1 } },
      },
    );
    await assert.rejects(attempt, (error) => error === fault);
    assert.deepEqual(await everything(world, lease.run), before);
    assert.equal((await world.commit(ref, records('a'))).unchanged, 1);
  },

  'the run counts what its commits did': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, records('a', 'b', 'c', 'd'), {
      ...{ lease, counts: { pages: 1, read: 4 } },
    });
    const decide: Decide = (incoming, stored) =>
      incoming.key === 'd' ? 'stale' : incoming.key === 'c' ? 'refresh' : byData(incoming, stored);
    const items = [record('a', '2'), remove('b'), record('c'), record('d'), remove('none')];
    const result = await world.commit(ref, items, {
      ...{ lease, decide, counts: { pages: 1, read: 4, rejected: 1, requests: 2, retries: 1 } },
      rejected: [rejected('e', '{}')],
    });
    assert.deepEqual(result, {
      ...{ inserted: 0, updated: 1, deleted: 1, unchanged: 1, stale: 1, staleKeys: ['d'] },
      seq: result.seq,
    });
    assert.deepEqual((await world.store.getRun({ run: lease.run }))?.counts, {
      ...noCounts,
      ...{ pages: 2, read: 8, inserted: 4, updated: 1, deleted: 1, unchanged: 1, stale: 1 },
      ...{ rejected: 1, requests: 2, retries: 1 },
    });
  },

  'order values keep their type and every digit': async (world) => {
    const ref = await world.stream();
    const versions: readonly VersionValue[] = [
      ...['007', '1e5', '7', '7.0', ' 7', '0x10', '9'.repeat(60), '-0', '', 'null', '2020-01-01'],
      ...[0, -1, 7, 7.5, 1e21, 2 ** 53, -(2 ** 53), 1_700_000_000_000, 1e-7, null],
    ];
    const items = versions.map((version, index) => record(`k${index}`, '{}', version));
    await world.commit(ref, items);
    for (const [index, version] of versions.entries()) {
      assert.strictEqual((await world.get(ref, `k${index}`)).version, version);
    }
    await world.commit(ref, [record('k0', '{"v":2}', 7), record('k13', '{"v":2}', '007')]);
    assert.strictEqual((await world.get(ref, 'k0')).version, 7);
    assert.strictEqual((await world.get(ref, 'k13')).version, '007');
  },

  'of many records in one commit each is stored as it would be alone, under numbers in their order':
    async (world) => {
      const ref = await world.stream();
      const versions: readonly VersionValue[] = ['007', 7, 1_700_000_000_000, null, '2020-01-01'];
      const items = Array.from({ length: 730 }, (_, i) =>
        record(`k${i}`, JSON.stringify({ text: 'é'.repeat(i) }), versions[i % 5]),
      );
      const before = items.filter((_, i) => i % 7 === 0);
      await world.commit(ref, [...before.map(({ key }) => record(key)), record('gone')]);
      const { seq } = await world.commit(ref, [...items, remove('gone')], {
        partition: 'p',
        now: 5,
      });
      const feed = await world.feed(ref, seq - 731);
      assert.deepEqual(
        feed.map((row) => row.key),
        [...items.map(({ key }) => key), 'gone'],
      );
      for (const [i, { key, data, version }] of items.entries()) {
        const isNew = i % 7 !== 0;
        const row = await world.get(ref, key);
        assert.deepEqual(
          [row.data, row.version, row.partition, row.deleted],
          [data, version, 'p', false],
        );
        assert.equal(row.bornSeq === row.seq, isNew);
        assert.deepEqual([feed[i]?.changedAt, feed[i]?.firstSeq === row.seq], [5, isNew]);
      }
    },

  'a clock may tell parts of milliseconds': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a')], { now: 5.75, receivedAt: 3.25 });
    const [row] = await world.feed(ref);
    assert.deepEqual(
      [row?.origin, row?.deleted, Math.floor(row?.changedAt ?? 0)],
      ['pull', false, 5],
    );
    const again = await world.commit(ref, [record('a', '{"v":2}')], { now: 6.5 });
    assert.equal(again.updated, 1);
  },

  'keys and partitions hold any characters': async (world) => {
    const ref = await world.stream();
    for (const text of oddTexts) {
      await world.commit(ref, [record(text, JSON.stringify(text))], { partition: text });
    }
    const long = '😀'.repeat(256);
    await world.commit(ref, [record(long)]);
    for (const text of oddTexts) {
      const row = await world.get(ref, text);
      assert.deepEqual([row.key, row.partition, JSON.parse(row.data)], [text, text, text]);
    }
    assert.equal((await world.get(ref, long)).key, long);
    const again = await world.commit(
      ref,
      oddTexts.map((text) => record(text, JSON.stringify(text))),
    );
    assert.equal(again.unchanged, oddTexts.length);
  },

  'a record of five megabytes, and one nested a hundred thousand deep, are stored as they are':
    async (world) => {
      const ref = await world.stream();
      const large = JSON.stringify({ text: 'ä😀'.repeat(800_000) });
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      await world.commit(ref, [record('large', large), record('deep', deep)], {
        rejected: [rejected('raw', deep), rejected(null, large, 'f')],
      });
      assert.equal((await world.get(ref, 'large')).data, large);
      assert.equal((await world.get(ref, 'deep')).data, deep);
      const raws = (await world.store.listRejected({ ref, limit: 9 })).map(({ raw }) => raw);
      assert.deepEqual(raws, [deep, large]);
    },

  'a full slice is one commit': async (world) => {
    const ref = await world.stream();
    const keys = Array.from({ length: 500 }, (_, i) => `key-${String(i).padStart(4, '0')}`);
    assert.equal((await world.commit(ref, records(...keys))).inserted, 500);
    const changed = keys.map((key, i) => (i % 7 === 0 ? record(key, '{"v":2}') : record(key)));
    const result = await world.commit(ref, changed.reverse());
    assert.deepEqual([result.updated, result.unchanged], [72, 428]);
    assert.deepEqual(await world.keys(ref), keys);
  },

  'numbers that were taken by a failed commit are not skipped over by readers': async (world) => {
    const ref = await world.stream();
    const { seq } = await world.commit(ref, records('a'));
    const fails: Decide = (incoming, stored) => {
      if (incoming.key === 'z') throw new Error('no');
      return byData(incoming, stored);
    };
    await assert.rejects(world.commit(ref, records('b', 'z'), { decide: fails }));
    const after = await world.store.readFeed({ ...ref, after: 0, limit: 10 });
    assert.equal(after.upTo, seq);
    await world.commit(ref, records('c'));
    assert.deepEqual(
      (await world.feed(ref, after.upTo)).map(({ key }) => key),
      ['c'],
    );
  },
};

/** All that a commit could have touched. */
async function everything(world: World, run: string): Promise<unknown> {
  const { store } = world;
  const ref = (await store.getRun({ run }))?.ref;
  assert.ok(ref);
  return {
    feed: await world.feed(ref),
    keys: await world.keys(ref),
    count: await store.countRecords({ ref }),
    upTo: (await store.readFeed({ ...ref, after: 0, limit: 1_000 })).upTo,
    state: await store.getStreamState({ ref }),
    positions: await store.listPositions({ ref, limit: 10 }),
    rejected: await store.listRejected({ ref, limit: 10 }),
    run: await store.getRun({ run }),
    pass: await store.countPass({ ref, pass: 'p' }),
    missing: await world.missing(ref, 'p'),
  };
}
