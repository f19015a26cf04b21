import assert from 'node:assert/strict';
import type { StreamRef } from '../contract.js';
import { oddTexts, record, records, remove } from './world.js';
import type { ContractTests, World } from './world.js';

export const recordTests: ContractTests = {
  'records are listed by the bytes of their keys, in pages, without tombstones': async (world) => {
    const ref = await world.stream();
    const even = oddTexts.filter((_, i) => i % 2 === 0);
    await world.commit(ref, records(...[...even].reverse(), 'gone', 'a0'));
    assert.equal((await world.keys(ref)).length, even.length + 2);
    await world.commit(ref, records(...[...oddTexts].reverse(), 'zz'));
    await world.commit(
      ref,
      ['gone', 'a0', 'zz'].map((key) => remove(key)),
    );
    for (const limit of [1, 4, 1_000]) {
      const seen: string[] = [];
      let after: string | undefined;
      for (;;) {
        const from = after === undefined ? {} : { after };
        const page = await world.store.listRecords({ ref, ...from, limit });
        seen.push(...page.map(({ key }) => key));
        if (page.length < limit) break;
        after = page.at(-1)?.key;
      }
      assert.deepEqual(seen, oddTexts);
    }
    const [first] = await world.store.listRecords({ ref, after: 'Z', limit: 1 });
    assert.deepEqual(first, await world.get(ref, '["a","b"]'));
    assert.equal(await world.store.countRecords({ ref }), oddTexts.length);
  },

  'a listing goes on where it was while others write': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('a', 'c', 'e'));
    const [first] = await world.store.listRecords({ ref, limit: 1 });
    await world.commit(ref, [...records('b', 'd'), remove('c'), remove('a')], {}, world.other);
    const rest = await world.store.listRecords({ ref, after: first?.key ?? '', limit: 10 });
    assert.deepEqual(
      rest.map(({ key }) => key),
      ['b', 'd', 'e'],
    );
  },

  'what is not there is empty': async ({ store }) => {
    const ref: StreamRef = { connector: 'x', connection: 'y', stream: 'z' };
    assert.equal(await store.getRecord({ ref, key: 'a' }), undefined);
    assert.deepEqual(await store.listRecords({ ref, limit: 10 }), []);
    assert.equal(await store.countRecords({ ref }), 0);
    assert.deepEqual(await store.listRejected({ ref, limit: 10 }), []);
    assert.deepEqual(await store.readFeed({ ...ref, after: 0, limit: 10 }), {
      ...{ rows: [], upTo: 0, pruned: 0 },
    });
  },

  'the count follows every life and death': async (world) => {
    const ref = await world.stream();
    const counts: number[] = [];
    for (const items of [
      records('a', 'b', 'c'),
      [remove('a'), remove('none')],
      [remove('a'), ...records('d')],
      records('a', 'd'),
      [remove('a'), remove('b'), remove('c'), remove('d')],
    ]) {
      await world.commit(ref, items);
      counts.push(await world.other.countRecords({ ref }));
    }
    assert.deepEqual(counts, [3, 2, 3, 4, 0]);
  },
};

export const feedTests: ContractTests = {
  'the feed tells the latest state of what changed, in the order of the changes': async (world) => {
    const ref = await world.stream();
    const first = await world.commit(ref, records('a', 'b', 'c', 'd'));
    await world.commit(ref, [record('b', '{"v":2}')]);
    await world.commit(ref, [remove('a')]);
    const { seq } = await world.commit(ref, [record('b', '{"v":3}')]);
    const rows = await world.feed(ref);
    assert.deepEqual(
      rows.map(({ key, deleted, data }) => [key, deleted, data]),
      [
        ['c', false, '{"v":1}'],
        ['d', false, '{"v":1}'],
        ['a', true, '{"v":1}'],
        ['b', false, '{"v":3}'],
      ],
    );
    assert.deepEqual(
      (await world.feed(ref, first.seq)).map(({ key }) => key),
      ['a', 'b'],
    );
    assert.deepEqual(await world.feed(ref, seq), []);
  },

  'a reader goes on from upTo, whatever others commit in between': async (world) => {
    const ref = await world.stream();
    const elsewhere = { ...ref, stream: 'pulls' };
    const seen: string[] = [];
    let after = 0;
    for (let i = 0; i < 60; i++) {
      await world.commit(i % 3 ? elsewhere : ref, [record(`k${i}`)], {}, world.other);
      if (i % 7 !== 0) continue;
      const batch = await world.store.readFeed({ ...ref, after, limit: 2 });
      seen.push(...batch.rows.map(({ key }) => key));
      assert.ok(batch.upTo >= (batch.rows.at(-1)?.seq ?? after));
      after = batch.upTo;
    }
    for (let rows = 1; rows > 0;) {
      const batch = await world.store.readFeed({ ...ref, after, limit: 2 });
      seen.push(...batch.rows.map(({ key }) => key));
      rows = batch.rows.length;
      after = batch.upTo;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, i) => `k${i * 3}`),
    );
  },

  'a batch is full unless everything has been looked at': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('a', 'b'));
    const noise = { ...ref, stream: 'noise' };
    for (let i = 0; i < 20; i++) {
      const keys = Array.from({ length: 100 }, (_, n) => `${i}-${n}`);
      await world.commit(noise, records(...keys));
    }
    const { seq } = await world.commit(ref, records('c', 'd', 'e'));
    const first = await world.store.readFeed({ ...ref, after: 0, limit: 3 });
    assert.deepEqual(
      first.rows.map(({ key }) => key),
      ['a', 'b', 'c'],
    );
    assert.equal(first.upTo, first.rows[2]?.seq);
    const rest = await world.store.readFeed({ ...ref, after: first.upTo, limit: 3 });
    assert.deepEqual([rest.rows.length, rest.upTo], [2, seq]);
    const later = await world.commit(noise, records('last'));
    const none = await world.store.readFeed({ ...ref, after: rest.upTo, limit: 3 });
    assert.deepEqual([none.rows.length, none.upTo], [0, later.seq]);
  },

  'the feed of all connections, and of one': async (world) => {
    const acme = await world.stream('acme');
    const other = await world.stream('other');
    const jira = await world.stream('acme', 'issues', 'jira');
    for (const key of ['a', 'b']) {
      for (const ref of [acme, other, jira]) await world.commit(ref, records(key));
    }
    const told = async (connection?: string) => {
      const one = connection === undefined ? {} : { connection };
      const rows = await world.feed({ connector: 'github', stream: 'issues', ...one });
      return rows.map((row) => `${row.connection}:${row.key}`);
    };
    assert.deepEqual(await told(), ['acme:a', 'other:a', 'acme:b', 'other:b']);
    assert.deepEqual(await told('other'), ['other:a', 'other:b']);
    assert.deepEqual(await told('nobody'), []);
  },

  'what was born and died since is told as a tombstone of that life': async (world) => {
    const ref = await world.stream();
    const { seq: after } = await world.commit(ref, records('old'));
    await world.commit(ref, records('brief'));
    await world.commit(ref, [remove('brief'), remove('old')]);
    const rows = await world.feed(ref, after);
    assert.deepEqual(
      rows.map(({ key, deleted, bornSeq }) => [key, deleted, bornSeq > after]),
      [
        ['brief', true, true],
        ['old', true, false],
      ],
    );
    await world.commit(ref, records('old'));
    const [, back] = await world.feed(ref, after);
    assert.deepEqual([back?.deleted, back && back.bornSeq === back.seq], [false, true]);
  },

  'who knows a record from an earlier life is told of the end of a later one': async (world) => {
    const ref = await world.stream();
    const { seq: first } = await world.commit(ref, records('a'));
    await world.commit(ref, [remove('a')]);
    const { seq: again } = await world.commit(ref, records('a'));
    await world.commit(ref, [remove('a')]);
    const [row] = await world.feed(ref, first);
    assert.deepEqual([row?.deleted, row?.firstSeq, row?.bornSeq], [true, first, again]);
  },

  'the latest number is that of the last change, in whatever stream': async (world) => {
    const ref = await world.stream();
    assert.equal(await world.store.latestSeq(), 0);
    await world.commit(ref, records('a', 'b'));
    const { seq } = await world.commit({ ...ref, stream: 'pulls' }, records('c'));
    assert.equal(await world.other.latestSeq(), seq);
    await world.commit(ref, records('a'));
    assert.equal(await world.store.latestSeq(), seq);
  },

  'a reader that is ahead of the store stays where it is': async (world) => {
    const ref = await world.stream();
    const { seq } = await world.commit(ref, records('a'));
    const batch = await world.store.readFeed({ ...ref, after: seq + 100, limit: 10 });
    assert.deepEqual(batch, { rows: [], upTo: seq + 100, pruned: 0 });
  },

  'many connections are read in one order, without gaps': async (world) => {
    const refs = await connections(world, 40);
    for (let round = 0; round < 5; round++) {
      for (const [index, ref] of refs.entries()) {
        if ((round + index) % 3 === 0) await world.commit(ref, [record('k', `{"r":${round}}`)]);
        else await world.commit(ref, records(`r${round}`));
      }
    }
    const seen: { readonly seq: number; readonly at: string }[] = [];
    for (let after = 0; ;) {
      const { rows, upTo } = await world.store.readFeed({
        ...{ connector: 'github', stream: 'issues', after, limit: 7 },
      });
      seen.push(...rows.map(({ seq, connection, key }) => ({ seq, at: `${connection}:${key}` })));
      if (rows.length < 7) break;
      after = upTo;
    }
    const numbers = seen.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    let stored = 0;
    for (const ref of refs) stored += await world.store.countRecords({ ref });
    assert.equal(new Set(seen.map(({ at }) => at)).size, stored);
    assert.equal(seen.length, stored);
  },
};

async function connections(world: World, many: number): Promise<readonly StreamRef[]> {
  const refs: StreamRef[] = [];
  for (let i = 0; i < many; i++) refs.push(await world.stream(`c${i}`));
  return refs;
}
