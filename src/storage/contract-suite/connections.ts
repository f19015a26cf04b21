import assert from 'node:assert/strict';
import type { JsonObject } from '../../core/json.js';
import {
  commitParams,
  connectionRow,
  oddTexts,
  record,
  records,
  refused,
  refusedAsLost,
  rejected,
} from './world.js';
import type { ContractTests } from './world.js';

/** Parsed, because a literal would set the prototype. */
const oddJson = JSON.parse(
  '{"__proto__":{"a":1},"constructor":null,"":[[],{}],"n":1e300,"z":-0.5,"u":"\\u0000\\ud83d\\ude00"}',
) as JsonObject;

export const connectionTests: ContractTests = {
  'a connection is read as it was created': async ({ store, other }) => {
    const row = connectionRow({
      config: oddJson,
      account: { login: 'acme', scopes: ['a'] },
      sealed: 'v1.abc',
      tags: { customer: 'acme', 'a.b"c': "it's" },
      status: 'paused',
      version: 7,
      createdAt: 12,
      updatedAt: 34,
    });
    assert.equal(await store.createConnection({ row }), true);
    for (const each of [store, other]) {
      const read = await each.getConnection({ connector: 'github', id: 'acme' });
      assert.deepEqual(read, row);
      assert.equal(JSON.stringify(read.config), JSON.stringify(oddJson));
    }
  },

  'a second one of the same name is refused and changes nothing': async ({ store }) => {
    const row = connectionRow({ config: { first: true } });
    await store.createConnection({ row });
    assert.equal(
      await store.createConnection({ row: connectionRow({ config: { first: false } }) }),
      false,
    );
    assert.deepEqual(await store.getConnection({ connector: 'github', id: 'acme' }), row);
  },

  'a connection that is not there is undefined': async ({ store }) => {
    assert.equal(await store.getConnection({ connector: 'github', id: 'acme' }), undefined);
  },

  'names with any characters are names, and are never taken for one another': async ({ store }) => {
    const rows = [
      ...oddTexts.map((id) => connectionRow({ id })),
      connectionRow({ connector: 'a', id: 'b:c' }),
      connectionRow({ connector: 'a:b', id: 'c' }),
      connectionRow({ connector: 'a","b', id: 'c' }),
    ];
    for (const row of rows) assert.equal(await store.createConnection({ row }), true);
    for (const { connector, id } of rows) {
      assert.equal((await store.getConnection({ connector, id }))?.id, id);
    }
  },

  'what is handed over and handed out are copies': async ({ store }) => {
    const config = { list: ['a'] };
    await store.createConnection({ row: connectionRow({ config }) });
    config.list.push('b');
    const read = await store.getConnection({ connector: 'github', id: 'acme' });
    assert.deepEqual(read?.config, { list: ['a'] });
    Object.assign(read, { status: 'paused' });
    assert.equal(
      (await store.getConnection({ connector: 'github', id: 'acme' }))?.status,
      'active',
    );
  },

  'lists are ordered by connector and id, by bytes, and read in pages': async ({ store }) => {
    for (const id of [...oddTexts].reverse()) {
      await store.createConnection({ row: connectionRow({ id }) });
      await store.createConnection({ row: connectionRow({ connector: 'a', id }) });
    }
    const seen: (readonly [string, string])[] = [];
    let after: { readonly connector: string; readonly id: string } | undefined;
    for (;;) {
      const page = await store.listConnections({ ...(after && { after }), limit: 7 });
      seen.push(...page.map((row) => [row.connector, row.id] as const));
      if (page.length < 7) break;
      after = page.at(-1);
    }
    const all = ['a', 'github'].flatMap((connector) => oddTexts.map((id) => [connector, id]));
    assert.deepEqual(seen, all);
    const one = await store.listConnections({ connector: 'a', limit: 100 });
    assert.equal(one.length, oddTexts.length);
  },

  'lists are filtered by tags, all of which must match': async ({ store }) => {
    const odd = JSON.parse('{"__proto__":"x","a.b\\"c":"y","":"z"}') as Record<string, string>;
    const tags = [{ plan: 'pro', eu: 'yes' }, { plan: 'pro' }, { plan: 'free', eu: 'yes' }, odd];
    for (const [index, each] of tags.entries()) {
      await store.createConnection({ row: connectionRow({ id: String(index), tags: each }) });
    }
    const found = async (wanted: Readonly<Record<string, string>>) =>
      (await store.listConnections({ tags: wanted, limit: 10 })).map(({ id }) => id);
    assert.deepEqual(await found({}), ['0', '1', '2', '3']);
    assert.deepEqual(await found({ plan: 'pro' }), ['0', '1']);
    assert.deepEqual(await found({ plan: 'pro', eu: 'yes' }), ['0']);
    assert.deepEqual(await found({ plan: 'team' }), []);
    assert.deepEqual(await found({ toString: 'x' }), []);
    for (const [name, value] of Object.entries(odd)) {
      assert.deepEqual(await found(Object.fromEntries([[name, value]])), ['3']);
    }
  },

  'an update replaces the row only at the version that it expects': async ({ store }) => {
    await store.createConnection({ row: connectionRow() });
    const row = connectionRow({
      config: { a: 2 },
      sealed: 'v2',
      tags: { plan: 'pro' },
      status: 'needs_reauth',
      version: 2,
      updatedAt: 5_000,
    });
    assert.equal(await store.updateConnection({ row, expectedVersion: 1 }), true);
    assert.deepEqual(await store.getConnection({ connector: 'github', id: 'acme' }), row);
    const late = connectionRow({ config: { lost: true }, version: 2 });
    assert.equal(await store.updateConnection({ row: late, expectedVersion: 1 }), false);
    assert.deepEqual(await store.getConnection({ connector: 'github', id: 'acme' }), row);
    const gone = connectionRow({ id: 'gone' });
    assert.equal(await store.updateConnection({ row: gone, expectedVersion: 1 }), false);
    assert.equal(await store.getConnection({ connector: 'github', id: 'gone' }), undefined);
  },

  'of two updates at the same version one wins': async ({ store, other }) => {
    await store.createConnection({ row: connectionRow() });
    const won = await Promise.all(
      [store, other].map((each, index) =>
        each.updateConnection({
          row: connectionRow({ config: { index }, version: 2 }),
          expectedVersion: 1,
        }),
      ),
    );
    assert.deepEqual(won.filter(Boolean).length, 1);
    const read = await store.getConnection({ connector: 'github', id: 'acme' });
    assert.deepEqual(read?.config, { index: won.indexOf(true) });
    assert.equal(read.version, 2);
  },

  'deleting removes all that is stored for it, and nothing else': async (world) => {
    const { store } = world;
    const kept = await world.stream('kept');
    const ref = await world.stream('acme');
    for (const each of [kept, ref]) {
      const lease = await world.lease(each);
      await store.openPass({ lease, pass: 'p' });
      await store.holdPass({ lease, pass: 'p' });
      await store.openPass({ lease, pass: 'q' });
      await world.commit(each, records('a', 'b'), {
        lease,
        state: { s: 1 },
        positions: [{ partition: 'x', position: 1 }],
        rejected: [rejected('z', '{}')],
      });
      const at = { connector: each.connector, connection: each.connection, stream: each.stream };
      const log = { time: 1, type: 'x', level: 'info' as const, run: lease.run, event: {} };
      await store.appendLogs({ rows: [{ ...log, ...at }] });
    }
    assert.equal(await store.deleteConnection({ connector: 'github', id: 'acme' }), true);
    const all = async (each: typeof ref) => ({
      connection: (await store.getConnection({ connector: 'github', id: each.connection }))?.id,
      records: await world.keys(each),
      count: await store.countRecords({ ref: each }),
      one: (await store.getRecord({ ref: each, key: 'a' }))?.key,
      feed: (await world.feed(each)).map(({ key }) => key),
      rejected: (await store.listRejected({ ref: each, limit: 9 })).length,
      state: await store.getStreamState({ ref: each }),
      position: await store.getPosition({ ref: each, partition: 'x' }),
      held: await store.heldPass({ ref: each }),
      runs: (await store.listRuns({ filter: { connection: each.connection }, limit: 9 })).length,
      logs: (await store.listLogs({ filter: { connection: each.connection }, limit: 9 })).length,
    });
    assert.deepEqual(await all(ref), {
      ...{ connection: undefined, records: [], count: 0, one: undefined, feed: [], rejected: 0 },
      ...{ state: undefined, position: undefined, held: undefined, runs: 0, logs: 0 },
    });
    assert.deepEqual(await all(kept), {
      ...{ connection: 'kept', records: ['a', 'b'], count: 2, one: 'a', feed: ['a', 'b'] },
      ...{ rejected: 1, state: { s: 1 }, position: 1, held: 'p', runs: 1, logs: 1 },
    });
    const both = await world.feed({ connector: 'github', stream: 'issues' });
    assert.deepEqual([...new Set(both.map(({ connection }) => connection))], ['kept']);
    assert.equal(await store.deleteConnection({ connector: 'github', id: 'acme' }), false);
  },

  'deleting takes the leases of its runs': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    await world.commit(ref, records('a'), { lease });
    await other.deleteConnection({ connector: 'github', id: 'acme' });
    await refusedAsLost(world.commit(ref, records('b'), { lease }));
    await refusedAsLost(store.renewLease({ lease, now: world.now, leaseMs: 1 }));
    await refusedAsLost(store.openPass({ lease, pass: 'p' }));
    await refusedAsLost(
      store.finishRun({
        ...{ run: lease.run, lease, status: 'succeeded', now: 1 },
        ...{ counts: {}, cursor: null, error: null },
      }),
    );
    assert.equal(await store.getRun({ run: lease.run }), undefined);
    await refused(world.commit(ref, records('b')), /github\/acme/);
    await refused(store.requestRun({ ref, id: 'r', mode: 'full', now: 1 }), /github\/acme/);
  },

  'one that is created again begins empty, and old leases stay lost': async (world) => {
    const { store } = world;
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const before = await world.commit(ref, records('a', 'b'), { lease, state: 1 });
    await store.deleteConnection({ connector: 'github', id: 'acme' });
    await world.stream();
    assert.deepEqual(await world.keys(ref), []);
    assert.equal(await store.getStreamState({ ref }), undefined);
    const fresh = await world.lease(ref);
    await refusedAsLost(store.commit({ ...commitParams(ref, 1), lease, items: [record('x')] }));
    const { seq } = await world.commit(ref, records('c'), { lease: fresh });
    assert.ok(seq > before.seq, 'numbers are never given out again');
    assert.deepEqual(await world.keys(ref), ['c']);
  },
};
