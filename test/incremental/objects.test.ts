import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loopback } from '../http/support/loopback.js';
import { TestClock } from '../support/clock.js';
import { collect, testSyncer } from '../support/syncer.js';
import { objectConnector } from './support/object-connector.js';
import { ObjectServer } from './support/object-server.js';
import { objects, type RemoteObject } from './support/objects.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface CorpusRow {
  readonly api: string;
  readonly object: string;
}

test('every object of the corpus is tested', () => {
  const file = new URL('./fixtures/incremental-and-deletes.json', import.meta.url);
  const corpus = JSON.parse(readFileSync(file, 'utf8')) as readonly CorpusRow[];
  expect(corpus).toHaveLength(41);
  expect(objects.map(({ row }) => row)).toEqual(
    corpus.map(({ api, object }) => `${api}: ${object}`),
  );
});

describe.each(objects)('$row', (object) => {
  test('to what the API has, through a first load, changes, ties and deletions', async () => {
    const { api, clock, expectSynced } = await opened(object);
    const ids = Array.from({ length: 11 }, (_, i) => `r${String(i + 1).padStart(2, '0')}`);
    for (const [i, id] of ids.entries()) {
      api.put(id, `Record ${id}`);
      // Some at the same instant, some in the same second.
      if (i % 3 === 0) clock.skip(i % 2 === 0 ? 1_300 : 200);
    }
    await expectSynced();

    // At the very instant of the newest record that was read: an edit, and a new one.
    api.put(ids[10]!, 'Edited at once');
    api.put('r12', 'Born at once');
    await expectSynced();

    clock.skip(HOUR);
    api.put(ids[2]!, 'Edited');
    api.put(ids[7]!, 'Moved', 'archive');
    api.put('r13', 'New');
    await expectSynced();
    // Nothing new; then one more.
    await expectSynced();
    api.put('r13', 'Newer');
    await expectSynced();

    clock.skip(DAY + HOUR);
    if (object.gone !== 'never') {
      api.delete(ids[4]!);
      api.delete(ids[7]!);
    }
    api.put(ids[5]!, 'Edited at last');
    await expectSynced();
    api.put(ids[4]!, 'Back again');
    clock.skip(HOUR);
    await expectSynced();
  });

  test('asks only for what is new', async () => {
    const { api, clock, expectSynced } = await opened(object);
    for (let i = 0; i < 9; i++) {
      api.put(`r${i}`, `Record ${i}`);
      clock.skip(HOUR);
    }
    clock.skip(DAY);
    api.put('r9', 'Record 9');
    await expectSynced();
    const before = api.asked.length;
    clock.skip(60_000);
    await expectSynced();
    const asked = api.asked.slice(before);
    const all = object.news === 'nothing';
    if (all || object.news === 'watermark') expect(asked).toHaveLength(all ? 4 : 1);
    else expect(asked.every(({ since, token }) => (since ?? token) !== undefined)).toBe(true);
  });
});

async function opened(object: RemoteObject) {
  const clock = new TestClock();
  const api = new ObjectServer(object, clock);
  const { origin } = await loopback((got) => ({
    ...api.answer(got),
    headers: { date: new Date(clock.now()).toUTCString() },
  }));
  const connector = objectConnector(object, origin);
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const records = syncer.connection(connector, 'acme').stream('records');
  const known = new Map<string, unknown>();
  let seen = 0;
  return {
    api,
    clock,
    /** After a sync the store has what the API has, and so has who follows the feed. */
    async expectSynced() {
      const { counts } = await records.sync();
      expect(counts.rejected).toBe(0);
      const remote = [...api.truth()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
      expect(await collect(records.records())).toEqual(remote);
      for await (const change of records.changes({ after: seen })) {
        seen = change.seq;
        if (change.kind === 'delete') expect(known.delete(change.key)).toBe(true);
        else known.set(change.key, change.record);
      }
      expect([...known.keys()].sort()).toEqual(remote.map(({ id }) => id));
    },
  };
}
