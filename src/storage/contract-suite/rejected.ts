import assert from 'node:assert/strict';
import type { StreamRef } from '../contract.js';
import type { Decide } from '../commits.js';
import { oddTexts, record, records, rejected, remove } from './world.js';
import type { ContractTests, World } from './world.js';

export const rejectedTests: ContractTests = {
  'a rejected record is kept with all that is known of it': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const issues = [{ message: 'no', path: ['a', 0] }];
    const raw = '{"id":1,"__proto__":{}}';
    await world.commit(ref, [], {
      ...{ lease, now: 9, receivedAt: 8, origin: 'replay', partition: 'p' },
      rejected: [{ key: 'a', fingerprint: 'f', raw, issues, version: '007' }],
    });
    const [row, ...more] = await world.other.listRejected({ ref, limit: 10 });
    assert.deepEqual(more, []);
    assert.ok(row);
    assert.deepEqual(row, {
      ...{ id: row.id, key: 'a', raw, issues, version: '007', partition: 'p', origin: 'replay' },
      ...{ receivedAt: 8, at: 9, run: lease.run },
    });
    await world.commit(ref, [], { rejected: [rejected('b', '{}')] });
    const [, other] = await world.store.listRejected({ ref, limit: 10 });
    assert.deepEqual([other?.key, other?.run], ['b', null]);
    assert.deepEqual(await keysOf(world, { ...ref, stream: 'pulls' }), []);
  },

  'a newer version of a key replaces the older one, under a new id': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [], { rejected: [rejected('a', '{"v":1}'), rejected('b', '{}')] });
    const [first] = await world.store.listRejected({ ref, limit: 10 });
    await world.commit(ref, [], { rejected: [rejected('a', '{"v":2}')], now: 9 });
    const rows = await world.store.listRejected({ ref, limit: 10 });
    assert.deepEqual(
      rows.map(({ key, raw }) => [key, raw]),
      [
        ['b', '{}'],
        ['a', '{"v":2}'],
      ],
    );
    assert.notEqual(rows[1]?.id, first?.id);
    await world.commit(ref, [], { settles: [first?.id ?? ''] });
    assert.deepEqual(await keysOf(world, ref), ['b', 'a'], 'an old id settles nothing newer');
  },

  'the same record again is kept once, in its place': async (world) => {
    const ref = await world.stream();
    const both = [rejected('a', '{"v":1}'), rejected(null, '[1]'), rejected(null, '[2]')];
    await world.commit(ref, [], { rejected: both });
    const before = await world.store.listRejected({ ref, limit: 10 });
    const changed = both.map((each) => ({ ...each, issues: ['other'] }));
    await world.commit(ref, [], { rejected: changed, now: 77, receivedAt: 66, origin: 'replay' });
    const after = await world.store.listRejected({ ref, limit: 10 });
    assert.deepEqual(
      after,
      before.map((row) => ({
        ...row,
        ...{ issues: ['other'], at: 77, receivedAt: 66, origin: 'replay' },
      })),
    );
  },

  'a key and a fingerprint of the same text are not confused': async (world) => {
    const ref = await world.stream();
    const one = rejected('same', '{}', 'same');
    await world.commit(ref, [], { rejected: [one, { ...one, key: null }] });
    await world.commit(ref, [], { rejected: [one, { ...one, key: null }] });
    assert.deepEqual(await keysOf(world, ref), ['same', null]);
    const elsewhere = { ...ref, stream: 'pulls' };
    await world.commit(elsewhere, [], { rejected: [one, { ...one, key: null }] });
    assert.deepEqual(await keysOf(world, elsewhere), ['same', null]);
  },

  'whatever stores or deletes a key answers its rejected record; what is stale does not': async (
    world,
  ) => {
    const ref = await world.stream();
    const keys = ['insert', 'update', 'refresh', 'unchanged', 'stale', 'delete', 'none', 'ignore'];
    await world.commit(ref, records(...keys.slice(1, 6), 'ignore'));
    const bad = [...keys, 'kept'].map((key) => rejected(key, '{}'));
    await world.commit(ref, [], { rejected: [...bad, rejected(null, '{}')] });
    const verdicts: Readonly<Record<string, ReturnType<Decide>>> = {
      ...{ insert: 'insert', update: 'update', refresh: 'refresh', unchanged: 'unchanged' },
      ...{ stale: 'stale', delete: 'delete', none: 'ignore', ignore: 'ignore' },
    };
    await world.commit(
      ref,
      keys.map((key) => (keys.indexOf(key) < 5 ? record(key, '{"v":2}') : remove(key))),
      { decide: ({ key }) => verdicts[key] ?? 'stale' },
    );
    // A deletion of what is there and was ignored is as if it had not come.
    assert.deepEqual(await keysOf(world, ref), ['stale', 'ignore', 'kept', null]);
  },

  'a deletion that a pass holds back answers nothing': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, [], { rejected: [rejected('a', '{}')] });
    await world.store.openPass({ lease, pass: 'p' });
    await world.commit(ref, [remove('a', 'p')], { lease });
    assert.deepEqual(await keysOf(world, ref), ['a']);
  },

  'settled ones leave, of this stream only': async (world) => {
    const ref = await world.stream();
    const elsewhere = { ...ref, stream: 'pulls' };
    for (const each of [ref, elsewhere]) {
      await world.commit(each, [], { rejected: [rejected('a', '1'), rejected(null, '2')] });
    }
    const ids = (await world.store.listRejected({ ref, limit: 10 })).map(({ id }) => id);
    await world.commit(elsewhere, [], { settles: ids });
    assert.deepEqual(await keysOf(world, elsewhere), ['a', null]);
    await world.commit(ref, [], { settles: ['', 'nonsense', "1' OR '1", ...ids.slice(1)] });
    assert.deepEqual(await keysOf(world, ref), ['a']);
  },

  'a record that is settled and rejected again in one commit stays': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [], { rejected: [rejected('a', '{}'), rejected(null, '[]')] });
    const rows = await world.store.listRejected({ ref, limit: 10 });
    await world.commit(ref, [], {
      ...{ settles: rows.map(({ id }) => id), origin: 'replay' },
      rejected: [rejected('a', '{}'), rejected(null, '[]')],
    });
    assert.deepEqual(await keysOf(world, ref), ['a', null]);
  },

  'they are listed in the order in which they were kept, in pages': async (world) => {
    const ref = await world.stream();
    const keys = [...oddTexts].reverse();
    for (const key of keys) await world.commit(ref, [], { rejected: [rejected(key, '{}')] });
    const seen: (string | null)[] = [];
    let after: string | undefined;
    for (;;) {
      const from = after === undefined ? {} : { after };
      const page = await world.store.listRejected({ ref, ...from, limit: 4 });
      seen.push(...page.map(({ key }) => key));
      if (page.length < 4) break;
      after = page.at(-1)?.id;
    }
    assert.deepEqual(seen, keys);
  },
};

async function keysOf(world: World, ref: StreamRef): Promise<readonly (string | null)[]> {
  return (await world.store.listRejected({ ref, limit: 1_000 })).map(({ key }) => key);
}
