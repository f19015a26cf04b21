import assert from 'node:assert/strict';
import { oddTexts, record, records, rejected, remove } from './world.js';
import type { ContractTests } from './world.js';

const NOTHING = { records: 0, tombstones: 0, versions: 0, rejected: 0, bytes: 0 };

export const statsTests: ContractTests = {
  'live, deleted and rejected records are counted, with the bytes of their JSON': async (world) => {
    const ref = await world.stream();
    const elsewhere = { ...ref, stream: 'pulls' };
    const data = JSON.stringify({ name: 'Ĝardeno 🌱' });
    await world.commit(ref, [record('a', data), record('b', data), record('c', '{}')]);
    await world.commit(ref, [remove('b')]);
    await world.commit(ref, [], { rejected: [rejected('d', '{"ü":1}'), rejected(null, '[]')] });
    await world.commit(elsewhere, records('a'));
    const bytes = 2 * Buffer.byteLength(data) + 2 + Buffer.byteLength('{"ü":1}') + 2;
    assert.deepEqual(await world.other.measureStream({ ref }), {
      ...{ records: 2, tombstones: 1, versions: 0, rejected: 2, bytes },
    });
    await world.commit(ref, [record('c', '{"n":2}')], { history: true });
    assert.deepEqual(await world.other.measureStream({ ref }), {
      ...{ records: 2, tombstones: 1, versions: 1, rejected: 2, bytes: bytes + 7 },
    });
  },

  'more than one piece of a stream': async (world) => {
    const ref = await world.stream();
    const keys = Array.from({ length: 2_500 }, (_, i) => `k${i}`);
    for (let from = 0; from < keys.length; from += 500) {
      await world.commit(ref, records(...oddTexts, ...keys.slice(from, from + 500)));
    }
    const { records: live } = await world.store.measureStream({ ref });
    assert.equal(live, keys.length + oddTexts.length);
  },

  'what is not there takes nothing': async (world) => {
    const ref = await world.stream();
    assert.deepEqual(await world.store.measureStream({ ref }), NOTHING);
    assert.deepEqual(await world.store.listStreams({ limit: 10 }), []);
  },

  'streams are listed in order, in pages, by connector and connection': async (world) => {
    const connections = ['a', 'b', 'é', 'z'];
    const expected = [];
    for (const connector of ['hub', 'lab']) {
      for (const connection of connections) {
        const ref = await world.stream(connection, 'issues', connector);
        for (const stream of ['pulls', 'issues']) {
          await world.commit({ ...ref, stream }, records('x'));
        }
        expected.push({ ...ref, stream: 'issues' }, { ...ref, stream: 'pulls' });
      }
    }
    // By bytes: the two of é come after 0x7a.
    const order = ['a', 'b', 'z', 'é'];
    expected.sort(
      (one, other) =>
        Number(one.connector > other.connector) - Number(one.connector < other.connector) ||
        order.indexOf(one.connection) - order.indexOf(other.connection),
    );
    const seen = [];
    for (let after; ;) {
      const from = after === undefined ? {} : { after };
      const page = await world.store.listStreams({ ...from, limit: 3 });
      seen.push(...page);
      if (page.length < 3) break;
      after = page.at(-1);
    }
    assert.deepEqual(seen, expected);
    const { store } = world;
    const lab = await store.listStreams({ connector: 'lab', limit: 100 });
    assert.deepEqual(lab, expected.slice(8));
    const one = await store.listStreams({ connector: 'lab', connection: 'b', limit: 100 });
    assert.deepEqual(one, expected.slice(10, 12));
  },

  'a connection that was deleted is not listed any more': async (world) => {
    const ref = await world.stream();
    await world.commit(ref, records('a'));
    await world.store.deleteConnection({ connector: ref.connector, id: ref.connection });
    assert.deepEqual(await world.store.listStreams({ limit: 10 }), []);
    assert.deepEqual(await world.store.measureStream({ ref }), NOTHING);
  },

  'the whole store has a size, or cannot tell': async ({ store }) => {
    const bytes = await store.storeBytes();
    assert.ok(bytes === null || bytes > 0);
  },
};
