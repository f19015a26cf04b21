import { defineConnector, HttpError, type Store, sqlite } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { type TestApi, testApi } from '../support/api.js';
import { instantKinds, numberKinds } from '../support/cursor-kinds.js';
import { rowSchema } from '../support/shop.js';
import { collect, tempFile, testSyncer } from '../support/syncer.js';

const DAY = 24 * 60 * 60_000;
const orders = ['ascending', 'unordered'] as const;
const cases = [...instantKinds, ...numberKinds].flatMap((kind) =>
  orders.map((order, i) => ({
    kind,
    order,
    open: i === 0 ? () => memory() : () => sqlite(tempFile()),
    name: `${kind.name}, ${order}`,
  })),
);

interface Read {
  readonly cursor: string | number | null | undefined;
  readonly until: string | number | null | undefined;
  readonly resumed: boolean;
}

/** A deployment that begins at `start`, and what each of its readings was asked for. */
async function deployment(
  api: TestApi,
  store: Store,
  start: string | number | undefined,
  order: (typeof orders)[number] = 'ascending',
  partitions: readonly string[] = [],
) {
  const reads: Read[] = [];
  const { type } = api.kind;
  const connector = defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: {
          field: 'updated',
          order,
          overlap: 0,
          ...(type === undefined ? {} : { type }),
          ...(start === undefined ? {} : { start }),
        },
        ...(partitions.length === 0
          ? {}
          : {
              async *partitions() {
                await Promise.resolve();
                yield* partitions.map((key) => ({ key, modified: 'never' }));
              },
            }),
        async *pull(ctx) {
          reads.push({ cursor: ctx.cursor, until: ctx.until, resumed: ctx.resume !== undefined });
          const searchParams = { since: ctx.cursor ?? undefined, limit: 2 };
          yield* ctx.http.pages('cursor', {
            searchParams,
            items: 'items',
            pagination: { cursor: 'next', param: 'after' },
          });
        },
      },
    },
  });
  const tested = testSyncer([connector], { store });
  if (!(await tested.syncer.connections.get(connector, 'acme')))
    await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, rows, reads };
}

test.each(cases)(
  'scenario 15: the start date is moved earlier, and only the new stretch is read ($name)',
  async ({ kind, order, open }) => {
    const api = await testApi({ kind });
    const at = (days: number): string | number => kind.write(api.now() - days * DAY);
    for (let days = 1; days <= 9; days++) api.put(`d${days}`, {}, api.now() - days * DAY);
    const store = open();
    const first = await deployment(api, store, at(4), order);
    expect((await first.rows.sync()).counts.inserted).toBe(4);

    const second = await deployment(api, store, at(7), order);
    const before = api.asked.length;
    const result = await second.rows.sync();
    expect(result).toMatchObject({ mode: 'incremental', cursor: at(1) });
    expect(second.reads).toEqual([
      { cursor: at(1), until: undefined, resumed: false },
      { cursor: at(7), until: at(4), resumed: false },
    ]);
    expect(result.counts.inserted).toBe(3);
    // Days 7 to 4, two a page; where the order says that there is nothing more, nothing more is asked for.
    expect(api.asked.length - before).toBe(order === 'ascending' ? 1 + 3 : 1 + 4);
    expect(second.told('cursor.reset')).toMatchObject([{ reason: 'start', cursor: at(7) }]);

    const again = await second.rows.sync();
    expect(again.counts).toMatchObject({ read: 1, unchanged: 1 });
    expect(second.reads).toHaveLength(3);
  },
);

test('scenario 15: without any start from now on, everything before the old one is read', async () => {
  const api = await testApi();
  const at = (days: number): string => new Date(api.now() - days * DAY).toISOString();
  for (let days = 1; days <= 5; days++) api.put(`d${days}`, {}, api.now() - days * DAY);
  const store = memory();
  await (await deployment(api, store, at(2))).rows.sync();
  const second = await deployment(api, store, undefined);
  expect((await second.rows.sync()).counts.inserted).toBe(3);
  expect(second.reads[1]).toEqual({ cursor: undefined, until: at(2), resumed: false });
  // Later, and back again: nothing is missing.
  const third = await deployment(api, store, at(1));
  await third.rows.sync();
  expect(third.reads).toHaveLength(1);
  await (await deployment(api, store, undefined)).rows.sync();
  expect(await third.rows.count()).toBe(5);
});

test('scenario 15: the stretch that was cut short goes on where it was, and begins again when its token has expired', async () => {
  const api = await testApi();
  const at = (days: number): string => new Date(api.now() - days * DAY).toISOString();
  for (let days = 1; days <= 9; days++) api.put(`d${days}`, {}, api.now() - days * DAY);
  const store = sqlite(tempFile());
  await (await deployment(api, store, at(2))).rows.sync();
  const { rows, reads, told } = await deployment(api, store, at(9));
  api.intercept = ({ params }) => (params['after'] ? { status: 403 } : undefined);
  await expect(rows.sync()).rejects.toThrow(HttpError);
  expect(await rows.count()).toBe(4);
  let refused = 0;
  api.intercept = () =>
    reads.at(-1)?.resumed === true && refused++ === 0 ? { status: 410 } : undefined;
  expect((await rows.sync()).status).toBe('succeeded');
  expect(reads.map(({ until, resumed }) => [until, resumed])).toEqual([
    [undefined, false],
    [at(2), false],
    [undefined, false],
    [at(2), true],
    [at(2), false],
  ]);
  expect(told('cursor.expired')).toMatchObject([{ dropped: 'resume' }]);
  expect((await collect(rows.records())).map(({ id }) => id)).toHaveLength(9);
});

test('scenario 15: a partition that has not been modified reads its new stretch too, once', async () => {
  const api = await testApi();
  const at = (days: number): string => new Date(api.now() - days * DAY).toISOString();
  for (let days = 1; days <= 4; days++) api.put(`d${days}`, {}, api.now() - days * DAY);
  const store = memory();
  await (await deployment(api, store, at(2), 'ascending', ['a', 'b'])).rows.sync();
  const { rows, reads } = await deployment(api, store, at(4), 'ascending', ['a', 'b']);
  expect((await rows.sync()).counts.inserted).toBe(2);
  expect(reads.filter(({ until }) => until === at(2))).toHaveLength(2);
  await rows.sync();
  expect(reads).toHaveLength(4);
});
