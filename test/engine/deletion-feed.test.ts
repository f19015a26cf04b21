import { CursorExpiredError, type FeedPage, type JsonValue } from 'syncline';
import { describe, expect, test } from 'vitest';
import { byHand, row, scripted } from '../support/by-hand.js';
import { collect, rejection, storeKinds, testSyncer } from '../support/syncer.js';

const at = (n: number): string => `2025-01-0${n}T00:00:00Z`;

describe.each(storeKinds)('a feed of deletions, in %s', (store) => {
  async function begin(cursor = true) {
    const script = scripted();
    const feed = {
      pages: [] as readonly FeedPage[],
      asked: [] as (JsonValue | undefined)[],
      fails: (): Error | undefined => undefined,
    };
    const order: string[] = [];
    const connector = byHand(
      async function* (ctx) {
        order.push('records');
        yield* script.pull(ctx);
      },
      {
        ...(cursor ? { cursor: { field: 'updated', order: 'ascending', overlap: 0 } } : {}),
        deletions: {
          kind: 'feed',
          async *pull(ctx) {
            order.push('feed');
            feed.asked.push(ctx.cursor);
            for (const page of feed.pages) yield await Promise.resolve(page);
            const error = feed.fails();
            if (error) throw error;
          },
        },
      },
    );
    const tested = testSyncer([connector], { store });
    await tested.syncer.connections.create(connector, { id: 'acme' });
    const rows = tested.syncer.connection(connector, 'acme').stream('rows');
    const ids = async () => (await collect(rows.records())).map(({ id }) => id);
    return { ...tested, script, feed, order, rows, ids };
  }

  test('is read before the records of each run, from the token that it gave last', async () => {
    const { script, feed, order, rows, ids } = await begin();
    script.pages = [[row('a', at(1)), row('b', at(1)), row('c', at(1))]];
    feed.pages = [{ deletes: [], cursor: 0 }];
    await rows.sync();
    script.pages = [];
    feed.pages = [{ deletes: ['a'] }, { deletes: [{ key: 'b', at: at(2) }], cursor: { n: 7 } }];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 2, read: 0 });
    feed.pages = [];
    await rows.sync();
    expect(feed.asked).toEqual([undefined, 0, { n: 7 }]);
    expect(order).toEqual(['feed', 'records', 'feed', 'records', 'feed', 'records']);
    expect(await ids()).toEqual(['c']);
  });

  test('a deletion that is older than the row is dropped, one of an unknown key does nothing', async () => {
    const { script, feed, rows, ids } = await begin();
    script.pages = [[row('a', at(5)), row('b', at(3))]];
    await rows.sync();
    script.pages = [];
    feed.pages = [
      {
        deletes: [
          { key: 'a', at: at(4) },
          { key: 'b', at: at(4) },
          { key: 'nobody', at: at(9) },
        ],
      },
    ];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 1, stale: 1 });
    expect(await ids()).toEqual(['a']);
  });

  test('a record that comes back after its deletion is an insert; its old page does not bring it back', async () => {
    const { script, feed, rows, ids } = await begin();
    script.pages = [[row('a', at(1))]];
    await rows.sync();
    feed.pages = [{ deletes: [{ key: 'a', at: at(2) }] }];
    // The page still shows what was deleted meanwhile.
    await rows.sync();
    expect(await ids()).toEqual([]);
    feed.pages = [];
    script.pages = [[row('a', at(3))]];
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1 });
    expect(await ids()).toEqual(['a']);
  });

  test('what it told before it failed stays, its token with it', async () => {
    const { script, feed, rows, ids } = await begin();
    script.pages = [[row('a', at(1)), row('b', at(1))]];
    await rows.sync();
    feed.pages = [{ deletes: ['a'], cursor: 1 }];
    feed.fails = () => new Error('the feed broke off');
    await expect(rows.sync()).rejects.toThrow('the feed broke off');
    script.pages = [];
    feed.fails = () => undefined;
    feed.pages = [{ deletes: ['b'], cursor: 2 }];
    await rows.sync();
    expect(feed.asked).toEqual([undefined, undefined, 1]);
    expect(await ids()).toEqual([]);
  });

  test('a token that has expired leads to a pass: what it would have told is found by reading everything', async () => {
    const { script, feed, rows, ids, told } = await begin();
    script.pages = [
      [
        row('a', at(1)),
        row('b', at(1)),
        row('c', at(1)),
        row('d', at(1)),
        row('e', at(1)),
        row('f', at(1)),
      ],
    ];
    feed.pages = [{ deletes: [], cursor: 'old' }];
    await rows.sync();
    let expired = false;
    feed.fails = () => {
      if (expired || feed.asked.at(-1) !== 'old') return undefined;
      expired = true;
      return new CursorExpiredError('the token is too old');
    };
    feed.pages = [];
    script.pages = [
      [row('a', at(1)), row('b', at(1)), row('c', at(1)), row('d', at(1)), row('e', at(1))],
    ];
    const result = await rows.sync();
    expect(told('cursor.expired')).toMatchObject([{ dropped: 'cursor' }]);
    expect(feed.asked).toEqual([undefined, 'old', undefined]);
    expect(result.counts.deleted).toBe(1);
    expect(await ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('of several deletions of a key the newest counts, in whatever order they come', async () => {
    const { script, feed, rows, ids } = await begin();
    script.pages = [[row('a', at(3)), row('b', at(3))]];
    await rows.sync();
    script.pages = [];
    const [old, late] = [at(2), at(4)];
    feed.pages = [
      {
        deletes: [
          { key: 'a', at: late },
          { key: 'a', at: old },
          { key: 'b', at: old },
          { key: 'b', at: late },
        ],
      },
    ];
    expect((await rows.sync()).counts).toMatchObject({ deleted: 2, stale: 0 });
    expect(await ids()).toEqual([]);
  });

  test('a date that cannot be read fails the run and says which', async () => {
    const { script, feed, rows, ids } = await begin();
    script.pages = [[row('a', at(3))]];
    await rows.sync();
    feed.pages = [{ deletes: [{ key: 'a', at: 'yesterday' }], cursor: 'lost' }];
    script.pages = [[row('b', at(4))]];
    const error = await rejection(rows.sync());
    expect(error).toMatchObject({ code: 'VALIDATION' });
    expect(String(error)).toContain('dates the deletion of a by "yesterday"');
    // The records are read all the same, and the deletion is asked for again.
    expect(await ids()).toEqual(['a', 'b']);
    feed.pages = [];
    await rows.sync();
    expect(feed.asked).toEqual([undefined, undefined, undefined]);
  });

  test('a key that cannot be one fails the run', async () => {
    const { feed, rows } = await begin();
    feed.pages = [{ deletes: [''] }];
    expect(await rejection(rows.sync())).toMatchObject({ code: 'VALIDATION' });
  });
});
