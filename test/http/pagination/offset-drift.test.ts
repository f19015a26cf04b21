import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { JsonValue } from '../../../src/core/json.js';
import type { HttpClientOptions } from '../../../src/http/client-options.js';
import { answering } from '../support/answering.js';
import { clientFor } from '../support/client.js';
import { collect, idsOf, originOf } from './support/collect.js';

const BASE = 'https://api.example.com';
const PAGINATION = { offset: 'offset', limit: ['limit', 3] as const };

interface Row {
  readonly id: number;
  readonly title?: string;
}

/** A list that changes before a request is answered. */
function movingList(rows: Row[], change: (rows: Row[], request: number) => void) {
  return answering((request, count) => {
    change(rows, count);
    const { searchParams } = new URL(request.url);
    const offset = Number(searchParams.get('offset'));
    return rows.slice(offset, offset + Number(searchParams.get('limit')));
  });
}

const rows = (count: number): Row[] => Array.from({ length: count }, (_, i) => ({ id: i + 1 }));

async function readList(fetch: typeof globalThis.fetch, options: Partial<HttpClientOptions> = {}) {
  const { pages, error } = await collect(clientFor(BASE, { fetch, ...options }), 'list', {
    pagination: PAGINATION,
  });
  expect(error).toBeUndefined();
  return {
    pages,
    ids: idsOf(pages),
    drifts: pages.map((page) => (originOf(page) as { drift?: boolean }).drift),
  };
}

describe('offsets', () => {
  test('a list at rest is read once, in order, and is known not to have moved', async () => {
    const fetch = movingList(rows(8), () => undefined);
    const { ids, drifts } = await readList(fetch);
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(drifts.every((drift) => drift === undefined)).toBe(true);
    expect(fetch.urls.map((url) => new URL(url).searchParams.get('offset'))).toEqual([
      '0',
      '2',
      '4',
      '6',
      '8',
    ]);
  });

  test('a row that shifts over the page border is read, and the page says that the list moved', async () => {
    const { ids, drifts } = await readList(
      movingList(rows(8), (list, request) => {
        if (request === 2) list.shift();
      }),
    );
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(drifts[1]).toBe(true);
  });

  test('an item that is inserted before the border is drift, and nothing is read twice', async () => {
    const { ids, drifts } = await readList(
      movingList(rows(8), (list, request) => {
        if (request === 2) list.unshift({ id: 100 });
      }),
    );
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(drifts[1]).toBe(true);
  });

  test('an edit of the item at the border is no drift, and its new version is read', async () => {
    const { pages, drifts } = await readList(
      movingList(rows(5), (list, request) => {
        if (request === 2) list[2] = { id: 3, title: 'edited' };
      }),
    );
    expect(pages[1]?.records).toEqual([{ id: 3, title: 'edited' }, { id: 4 }, { id: 5 }]);
    expect(drifts[1]).toBeUndefined();
    // In a list by date it has moved, and may stand there again by chance.
    expect((originOf(pages[1]) as { unsure?: boolean }).unsure).toBe(true);
  });

  test("an item is known by the stream's own key", async () => {
    const uuid = (list: Row[]) => list.map(({ id, title }) => ({ uuid: `u${id}`, title }));
    const list = rows(5);
    const fetch = answering((request, count) => {
      if (count === 2) list[2] = { id: 3, title: 'edited' };
      const offset = Number(new URL(request.url).searchParams.get('offset'));
      return uuid(list.slice(offset, offset + 3));
    });
    const { drifts } = await readList(fetch, { keyOf: (item) => (item as { uuid: string }).uuid });
    expect(drifts[1]).toBeUndefined();
  });

  test('a list that shrinks under the reader is drift', async () => {
    const { drifts } = await readList(
      movingList(rows(6), (list, request) => {
        if (request === 3) list.splice(0);
      }),
    );
    expect(drifts.at(-1)).toBe(true);
  });

  test('a page that the API cuts short without a word moves the offset by what came', async () => {
    const fetch = answering((request) => {
      const offset = Number(new URL(request.url).searchParams.get('offset'));
      return rows(7).slice(offset, offset + 2);
    });
    const { ids } = await readList(fetch);
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('the total ends the list without another request', async () => {
    const fetch = answering((request) => {
      const offset = Number(new URL(request.url).searchParams.get('offset'));
      return { total: '5', items: rows(5).slice(offset, offset + 3) };
    });
    const { pages } = await collect(clientFor(BASE, { fetch }), 'list', {
      items: 'items',
      pagination: { ...PAGINATION, total: 'total' },
    });
    expect(idsOf(pages)).toEqual([1, 2, 3, 4, 5]);
    expect(pages.map(({ total }) => total)).toEqual([5, 5]);
    expect(fetch.urls).toHaveLength(2);
  });

  test('the list begins at the offset that the connector gives', async () => {
    const fetch = movingList(rows(6), () => undefined);
    const { pages } = await collect(clientFor(BASE, { fetch }), 'list', {
      searchParams: { offset: 4 },
      pagination: PAGINATION,
    });
    expect(idsOf(pages)).toEqual([5, 6]);
  });

  test('one deletion anywhere at any time never loses a row, resumed at any page or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 20 }),
        fc.nat(19),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        async (count, victim, when, stopAfter) => {
          let requests = 0;
          const list = rows(count);
          const victimId = list[victim % count]?.id;
          const fetch = answering((request) => {
            if (++requests === when)
              list.splice(
                list.findIndex(({ id }) => id === victimId),
                1,
              );
            const offset = Number(new URL(request.url).searchParams.get('offset'));
            return list.slice(offset, offset + 3);
          });
          const read: unknown[] = [];
          let resume: JsonValue | undefined;
          for (let part = 0; part < 2; part++) {
            let taken = 0;
            for await (const page of clientFor(BASE, { fetch, resume }).pages('list', {
              pagination: PAGINATION,
            })) {
              read.push(...idsOf([page]));
              resume = page.resume;
              if (part === 0 && ++taken === stopAfter) break;
            }
          }
          const expected = rows(count)
            .map(({ id }) => id)
            .filter((id) => id !== victimId);
          expect(expected.filter((id) => !read.includes(id))).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
