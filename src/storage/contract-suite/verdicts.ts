import assert from 'node:assert/strict';
import type { Decide, StoredRecord, Verdict } from '../commits.js';
import type { FeedRow } from '../records.js';
import { byData, record, records, refused, remove } from './world.js';
import type { ContractTests } from './world.js';

const always =
  (verdict: Verdict): Decide =>
  () =>
    verdict;

/** A row as the feed tells it; a store may hand out more. */
function told({ key, data, deleted, origin, seq, bornSeq, ...rest }: FeedRow): FeedRow {
  const { firstSeq, connection, changedAt } = rest;
  return { key, data, deleted, origin, seq, bornSeq, firstSeq, connection, changedAt };
}

/** All that a decision can read of a row: a store may get it only when it is read. */
function readAll(row: StoredRecord): StoredRecord {
  const { key, data, version, deleted, origin } = row;
  const { receivedAt, schemaVersion, seq, bornSeq, partition } = row;
  return {
    key,
    data,
    version,
    deleted,
    origin,
    receivedAt,
    schemaVersion,
    seq,
    bornSeq,
    partition,
  };
}

export const verdictTests: ContractTests = {
  'insert writes the record with all that was brought': async (world) => {
    const ref = await world.stream();
    const result = await world.commit(ref, [record('a', '{"x":1}', '2020')], {
      ...{ now: 5_000, receivedAt: 4_000, origin: 'delivery', partition: 'p', schemaVersion: 3 },
    });
    assert.deepEqual(result, {
      ...{ inserted: 1, updated: 0, deleted: 0, unchanged: 0, stale: 0, staleKeys: [] },
      seq: result.seq,
    });
    const row: StoredRecord = {
      ...{ key: 'a', data: '{"x":1}', version: '2020', deleted: false, origin: 'delivery' },
      ...{ receivedAt: 4_000, schemaVersion: 3, seq: result.seq, bornSeq: result.seq },
      partition: 'p',
    };
    assert.deepEqual(await world.other.getRecord({ ref, key: 'a' }), row);
    const rest = { connection: 'acme', firstSeq: result.seq, changedAt: 5_000 };
    assert.deepEqual((await world.feed(ref)).map(told), [told({ ...row, ...rest })]);
  },

  'update writes all of it under a new number, and the life goes on': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', 1)]);
    const born = await world.get(ref, 'a');
    const { seq } = await world.commit(ref, [record('a', '{"x":2}', null)], {
      ...{ now: 9, receivedAt: 8, origin: 'write', partition: 'q', schemaVersion: 2 },
    });
    const row: StoredRecord = {
      ...{ key: 'a', data: '{"x":2}', version: null, deleted: false, origin: 'write' },
      ...{ receivedAt: 8, schemaVersion: 2, seq, bornSeq: born.seq, partition: 'q' },
    };
    assert.deepEqual(await world.get(ref, 'a'), row);
    const rest = { connection: 'acme', firstSeq: born.seq, changedAt: 9 };
    assert.deepEqual((await world.feed(ref)).map(told), [told({ ...row, ...rest })]);
    assert.ok(seq > born.seq);
  },

  'refresh writes the record and is no change': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', 1), record('b')]);
    const before = await world.get(ref, 'a');
    const fed = (await world.feed(ref)).map(told);
    const result = await world.commit(ref, [record('a', '{"x":2}', 2)], {
      ...{ now: 9, receivedAt: 8, origin: 'write', partition: 'q', schemaVersion: 2 },
      decide: always('refresh'),
    });
    assert.deepEqual([result.unchanged, result.updated], [1, 0]);
    const written = { data: '{"x":2}', origin: 'write' } as const;
    const unseen = { version: 2, receivedAt: 8, partition: 'q', schemaVersion: 2 };
    assert.deepEqual(await world.get(ref, 'a'), { ...before, ...written, ...unseen });
    const [first, second] = fed;
    assert.deepEqual((await world.feed(ref)).map(told), [{ ...first, ...written }, second]);
    assert.deepEqual(await world.feed(ref, result.seq), []);
  },

  'unchanged and stale write nothing': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', 1), record('b'), record('c')]);
    const before = await world.feed(ref);
    const result = await world.commit(
      ref,
      [record('b', '2'), record('a', '{"x":2}', 2), record('c', '3')],
      {
        ...{ now: 9, receivedAt: 8, origin: 'write', partition: 'q', schemaVersion: 2 },
        decide: ({ key }) => (key === 'a' ? 'unchanged' : 'stale'),
      },
    );
    assert.deepEqual([result.unchanged, result.stale, result.updated], [1, 2, 0]);
    assert.deepEqual(result.staleKeys, ['b', 'c']);
    assert.deepEqual(await world.feed(ref), before);
  },

  'delete leaves a tombstone that keeps the last live version': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', 1)], { partition: 'p', schemaVersion: 4 });
    const live = await world.get(ref, 'a');
    const result = await world.commit(ref, [remove('a')], {
      ...{ now: 9, receivedAt: 8, origin: 'delivery', partition: 'q', schemaVersion: 5 },
    });
    assert.equal(result.deleted, 1);
    const tombstone: StoredRecord = {
      ...live,
      deleted: true,
      seq: result.seq,
      receivedAt: 8,
      origin: 'delivery',
    };
    assert.deepEqual(await world.get(ref, 'a'), tombstone);
    const rest = { connection: 'acme', firstSeq: live.seq, changedAt: 9 };
    assert.deepEqual((await world.feed(ref)).map(told), [told({ ...tombstone, ...rest })]);
    assert.deepEqual(await world.keys(ref), []);
    assert.equal(await world.store.countRecords({ ref }), 0);
  },

  'a dated delete dates the tombstone, and a refresh dates it anew': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', 1)]);
    const { seq } = await world.commit(ref, [{ kind: 'delete', key: 'a', version: 7 }]);
    assert.equal((await world.get(ref, 'a')).version, 7);
    await world.commit(ref, [{ kind: 'delete', key: 'a', version: 8 }], {
      ...{ decide: always('refresh'), receivedAt: 99, origin: 'delivery' },
    });
    const { data, version, deleted, receivedAt, origin, seq: same } = await world.get(ref, 'a');
    assert.deepEqual([data, version, deleted], ['{"x":1}', 8, true]);
    assert.deepEqual([receivedAt, origin, same], [99, 'delivery', seq]);
  },

  'a record that comes back begins a new life': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}')]);
    const first = await world.get(ref, 'a');
    await world.commit(ref, [remove('a')]);
    const { seq, inserted } = await world.commit(ref, [record('a', '{"x":2}')]);
    const { deleted, data, bornSeq, seq: last } = await world.get(ref, 'a');
    assert.deepEqual([inserted, deleted, data, bornSeq, last], [1, false, '{"x":2}', seq, seq]);
    assert.ok(bornSeq > first.bornSeq);
    assert.deepEqual(await world.keys(ref), ['a']);
  },

  'ignore does nothing': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('a'));
    const before = await world.feed(ref);
    const result = await world.commit(ref, [remove('a'), remove('b')], {
      decide: always('ignore'),
    });
    assert.deepEqual([result.deleted, result.unchanged, result.stale], [0, 0, 0]);
    assert.deepEqual(await world.feed(ref), before);
  },

  'a verdict without meaning is refused, and nothing is stored': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('live', 'dead'));
    await world.commit(ref, [remove('dead')]);
    const before = await world.feed(ref);
    const senseless: readonly (readonly [Verdict, 'record' | 'delete', string])[] = [
      ['insert', 'record', 'live'],
      ['update', 'record', 'dead'],
      ['update', 'record', 'new'],
      ['unchanged', 'record', 'new'],
      ['refresh', 'record', 'dead'],
      ['delete', 'record', 'live'],
      ['ignore', 'record', 'live'],
      ['stale', 'record', 'new'],
      ['insert', 'delete', 'new'],
      ['delete', 'delete', 'dead'],
      ['delete', 'delete', 'new'],
      ['refresh', 'delete', 'live'],
    ];
    for (const [verdict, kind, key] of senseless) {
      const item = kind === 'record' ? record(key) : remove(key);
      const decide: Decide = (incoming, stored) =>
        incoming.key === key ? verdict : byData(incoming, stored);
      await refused(world.commit(ref, [record('other'), item], { decide }), /decide/);
    }
    assert.deepEqual(await world.feed(ref), before);
  },

  'decide sees each item with the row that it meets, tombstones too': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, [record('a', '{"x":1}', '1'), record('b')], {
      ...{ partition: 'p', origin: 'write', schemaVersion: 2 ** 53 - 1, receivedAt: 7 },
    });
    await world.commit(ref, [remove('b')], { partition: 'p', origin: 'replay' });
    const rows = [await world.get(ref, 'a'), await world.get(ref, 'b')];
    const items = [record('b', '2'), remove('c'), record('a', '3')];
    for (const [partition, schemaVersion] of [
      ['p', 2 ** 53 - 1],
      ['q', 2],
      [null, 1],
    ] as const) {
      const met: unknown[] = [];
      const decide: Decide = (incoming, stored) => {
        if (met.length < items.length) met.push([incoming, stored && readAll(stored)]);
        return stored ? 'stale' : 'ignore';
      };
      await world.commit(ref, items, { partition, schemaVersion, decide });
      assert.deepEqual(met, [
        [items[0], rows[1]],
        [items[1], undefined],
        [items[2], rows[0]],
      ]);
    }
  },
};
