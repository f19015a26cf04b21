import { defineConnector, HttpError, type JsonValue } from 'syncline';
import { describe, expect, test } from 'vitest';
import { type ApiOptions, testApi } from '../support/api.js';
import { START, TestClock } from '../support/clock.js';
import { answerTagged, type TagOptions } from '../support/etags.js';
import { rowSchema, shop, type ShopOptions } from '../support/shop.js';
import { collect, testSyncer } from '../support/syncer.js';

const HOUR = 3_600_000;

/** A stream that asks with conditions, and the statuses of what it was answered. */
async function stream(options: ShopOptions & TagOptions & ApiOptions = {}) {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now(), ...options });
  const connector = shop(api, { cursor: false, limit: 2, conditional: true, ...options });
  const tested = testSyncer([connector], { clock });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  const { statuses } = answerTagged(api, options);
  const ids = async (): Promise<readonly string[]> =>
    (await collect(rows.records())).map(({ id }) => id);
  return { ...tested, api, rows, statuses, ids, clock };
}

const times = (count: number, status: number): readonly number[] =>
  Array.from({ length: count }, () => status);

describe.each(['link', 'next', 'cursor', 'offset', 'page'] as const)('by %s', (style) => {
  test('what is unchanged costs no full answer, a changed page among unchanged ones is read', async () => {
    const { api, rows, statuses, ids } = await stream({ style, sort: 'id' });
    api.fill(7);
    await rows.sync();
    const pages = statuses();
    expect(new Set(pages)).toEqual(new Set([200]));

    const unchanged = await rows.sync();
    expect(statuses()).toEqual(times(pages.length, 304));
    expect(unchanged.counts).toMatchObject({ pages: pages.length, read: 0, updated: 0 });

    api.put('r4', { title: 'edited' });
    const { counts } = await rows.sync();
    const changed = statuses();
    expect(changed[0]).toBe(304);
    expect(changed).toContain(200);
    expect(counts).toMatchObject({ inserted: 0, updated: 1 });
    expect((await rows.get('r4'))?.title).toBe('edited');

    api.put('r8', {});
    await rows.sync();
    expect(await ids()).toHaveLength(8);
    statuses();
    await rows.sync();
    expect(new Set(statuses())).toContain(304);
  });
});

test('with a cursor, the third reading asks what the second one asked, and costs nothing', async () => {
  const cursor = { order: 'ascending' } as const;
  const { api, rows, statuses, clock } = await stream({ cursor, limit: 100 });
  api.fill(7);
  const first = await rows.sync();
  await rows.sync();
  statuses();
  clock.skip(HOUR);
  const third = await rows.sync();
  expect(statuses()).toEqual([304]);
  expect(third.cursor).toBe(first.cursor);
  api.put('new');
  await rows.sync();
  expect(statuses()).toEqual([200]);
  expect(await rows.count()).toBe(8);
});

test('an empty reading moves the cursor, one of unchanged pages does not', async () => {
  const { api, rows, statuses, clock } = await stream({ cursor: { overlap: 0 } });
  api.fill(1, START - HOUR);
  const first = await rows.sync();
  await rows.sync();
  clock.skip(HOUR);
  expect((await rows.sync()).cursor).toBe(first.cursor);
  expect(statuses()).toEqual([200, 200, 304]);
  api.delete('r1');
  const empty = await rows.sync();
  expect(empty.cursor).not.toBe(first.cursor);
});

test('a full last page is asked for in full: only its headers would tell of the next one', async () => {
  const { api, rows, statuses, ids } = await stream();
  api.fill(4, START - HOUR);
  await rows.sync();
  await rows.sync();
  expect(statuses()).toEqual([200, 200, 304, 200]);
  api.put('r5');
  await rows.sync();
  expect(await ids()).toHaveLength(5);
});

test('what a 304 says of the next page goes before what is remembered', async () => {
  const answer: TagOptions['answer'] = (asked) => {
    const { headers = {}, body = null } = api.answer(asked);
    const link = [headers['link'], '</link>; rel="first"'].filter(Boolean).join(', ');
    return { headers: { link }, body };
  };
  const { api, rows, statuses } = await stream({ repeats: ['link'], answer });
  api.fill(5, START - HOUR);
  await rows.sync();
  api.delete('r5');
  statuses();
  await rows.sync();
  expect(statuses()).toEqual([304, 304]);
});

test('of a long list the first fifty pages are remembered', async () => {
  const { api, rows, statuses } = await stream({ style: 'cursor', limit: 1 });
  api.fill(60);
  await rows.sync();
  statuses();
  await rows.sync();
  expect(statuses()).toEqual([...times(50, 304), ...times(10, 200)]);
});

describe('everything is read', () => {
  test('in a pass, which judges what it meets', async () => {
    const snapshot = { kind: 'snapshot', every: '1d', maxDeleteRatio: 1 } as const;
    const options = { cursor: {}, deletions: snapshot, limit: 100 };
    const { api, rows, statuses, ids, clock } = await stream(options);
    api.fill(6);
    for (let i = 0; i < 3; i++) await rows.sync();
    expect(statuses().at(-1)).toBe(304);
    api.delete('r1');
    clock.skip(25 * HOUR);
    await rows.sync();
    expect(new Set(statuses())).toEqual(new Set([200]));
    expect(await ids()).toEqual(['r2', 'r3', 'r4', 'r5', 'r6']);
  });

  test('in a full reading that is asked for', async () => {
    const { api, rows, statuses } = await stream({ cursor: {}, limit: 100 });
    api.fill(3);
    for (let i = 0; i < 2; i++) await rows.sync({ mode: 'full' });
    expect(statuses()).toEqual([200, 200]);
  });

  test('in each reading of a stream whose readings are all passes', async () => {
    const { api, rows, statuses } = await stream({ deletions: { kind: 'snapshot' } });
    api.fill(3);
    for (let i = 0; i < 2; i++) await rows.sync();
    expect(statuses()).not.toContain(304);
  });

  test('after a feed has deleted what a page may still have', async () => {
    let gone: readonly string[] = [];
    const feed = {
      kind: 'feed',
      async *pull() {
        yield { deletes: [...gone], cursor: gone.length };
      },
    } as const;
    const { api, rows, ids } = await stream({ deletions: feed });
    api.fill(3);
    await rows.sync();
    gone = ['r1'];
    // The API has taken it back before anybody saw the list without it.
    await rows.sync();
    expect(await ids()).toEqual(['r1', 'r2', 'r3']);
  });
});

test('where an unchanged page led is gone: the list is read from its beginning, in the same run', async () => {
  let moved = false;
  const { api, rows, statuses, told, ids } = await stream({
    style: 'next',
    answer: ({ params }) =>
      moved && params['after'] !== undefined && !params['after'].includes('!')
        ? { status: 404, body: { error: 'no such page' } }
        : undefined,
    // The tag says nothing of the address of the next page.
    tag: (body) => ({ etag: `"${JSON.stringify((body as { items?: JsonValue }).items)}"` }),
  });
  api.fill(3);
  await rows.sync();
  moved = true;
  statuses();
  const { error } = await rows.sync({ throws: false });
  expect(statuses()).toEqual([304, 404, 200, 404]);
  expect(error).toBeInstanceOf(HttpError);
  expect(told('cursor.expired')).toMatchObject([{ dropped: 'resume' }]);
  moved = false;
  await rows.sync();
  expect(await ids()).toHaveLength(3);
});

test('each partition has its own', async () => {
  const clock = new TestClock();
  const api = await testApi({ now: () => clock.now() });
  const connector = defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        async *partitions() {
          yield* [{ key: 'a' }, { key: 'b' }];
        },
        async *pull(ctx) {
          const pages = ctx.http.pages('cursor', {
            searchParams: { room: ctx.partition.key },
            items: 'items',
            pagination: { cursor: 'next', param: 'after' },
            conditional: true,
          });
          yield* pages;
        },
      },
    },
  });
  let titles: Readonly<Record<string, string>> = { a: 'one', b: 'one' };
  const { statuses } = answerTagged(api, {
    answer: ({ params: { room = '' } }) => ({
      body: { items: [{ id: room, title: titles[room] ?? '' }], next: null },
    }),
  });
  const { syncer } = testSyncer([connector], { clock });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  titles = { a: 'one', b: 'two' };
  await rows.sync();
  expect([...statuses()].sort()).toEqual([200, 200, 200, 304]);
  expect((await rows.get('b'))?.title).toBe('two');
});
