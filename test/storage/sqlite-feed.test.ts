import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { sqlite } from 'syncline/sqlite';
import { acme, page, realEnvironment, ref } from './environment.js';

const other = { ...ref, connection: 'other' };

async function world() {
  const handle = new Database(':memory:');
  const store = sqlite(handle);
  await store.open(realEnvironment);
  await store.createConnection({ row: acme });
  await store.createConnection({ row: { ...acme, id: 'other' } });
  return { handle, store };
}

test('a batch of one connection is full, however much of others lies between', async () => {
  const { handle, store } = await world();
  await store.commit(page([['first', '{}']]));
  for (let i = 0; i < 45; i++) {
    const items = Array.from({ length: 500 }, (_, n) => [`${i}-${n}`, '{}'] as const);
    await store.commit(page(items, { ref: other }));
  }
  const { seq } = await store.commit(page([['last', '{}']]));
  const { rows, upTo } = await store.readFeed({ ...ref, after: 0, limit: 3 });
  expect(rows.map(({ key }) => key)).toEqual(['first', 'last']);
  expect(upTo).toBe(seq);
  handle.close();
});

test.each([
  ['of another connection', other],
  ['of another stream', { ...ref, stream: 'pulls' }],
])('nothing is passed over behind a long stretch %s', async (_, between) => {
  const { handle, store } = await world();
  const { seq: after } = await store.commit(page([['first', '{}']]));
  for (let i = 0; i < 50; i++) {
    const items = Array.from({ length: 500 }, (_, n) => [`${i}-${n}`, '{}'] as const);
    await store.commit(page(items, { ref: between }));
  }
  const { seq } = await store.commit(page([['middle', '{}']]));
  await store.commit(page([['beside', '{}']], { ref: between }));
  await store.commit(page([['last', '{}']]));
  const { rows, upTo } = await store.readFeed({ ...ref, after, limit: 1 });
  expect(rows.map(({ key }) => key)).toEqual(['middle']);
  expect(upTo).toBe(seq);
  const rest = await store.readFeed({ ...ref, after: upTo, limit: 9 });
  expect(rest.rows.map(({ key }) => key)).toEqual(['last']);
  handle.close();
});

test('rows of a connection that is being removed are not told, and do not end a batch', async () => {
  const { handle, store } = await world();
  for (let i = 0; i < 6; i++) {
    await store.commit(page([[`k${i}`, '{}']], { ref: i % 3 === 2 ? ref : other }));
  }
  // As a deletion leaves it that is cut short after its first step.
  handle.exec(
    "UPDATE streams SET connector = NULL, connection = NULL WHERE connection = 'other'; DELETE FROM connections WHERE id = 'other'",
  );
  const { rows } = await store.readFeed({
    connector: 'github',
    stream: 'issues',
    after: 0,
    limit: 2,
  });
  expect(rows.map(({ key }) => key)).toEqual(['k2', 'k5']);
  handle.close();
});
