import { describe, expect, test } from 'vitest';
import type { HttpClient, HttpPage } from '../../../src/connector/http.js';
import type { JsonValue } from '../../../src/core/json.js';
import { ownValue } from '../../../src/core/json.js';
import { toJson } from '../../../src/http/pagination/list-request.js';
import { answering } from '../support/answering.js';
import { clientFor } from '../support/client.js';
import { collect, idsOf } from './support/collect.js';

const BASE = 'https://api.example.com/v1';

/** Projects 1 to 5 in pages of two, and for each three tasks in pages of two, all by cursor. */
function api() {
  const lists: Record<string, readonly number[]> = { projects: [1, 2, 3, 4, 5] };
  for (const id of [1, 2, 3, 4, 5])
    lists[`projects/${id}/tasks`] = [id * 10 + 1, id * 10 + 2, id * 10 + 3];
  return answering((request) => {
    const url = new URL(request.url);
    const list = lists[url.pathname.replace('/v1/', '')] ?? [];
    const start = Number(url.searchParams.get('after') ?? 0);
    const next = start + 2 < list.length ? start + 2 : null;
    return { items: list.slice(start, start + 2).map((id) => ({ id })), next };
  });
}

const pages = (http: HttpClient, path: string) =>
  http.pages(path, { items: 'items', pagination: { cursor: 'next', param: 'after' } });

async function* nested(http: HttpClient): AsyncGenerator<HttpPage<unknown>> {
  for await (const projects of pages(http, 'projects')) {
    for (const project of projects.records)
      yield* pages(http, `projects/${String(ownValue(project, 'id'))}/tasks`);
  }
}

async function* inTurn(http: HttpClient): AsyncGenerator<HttpPage<unknown>> {
  yield* pages(http, 'projects');
  yield* pages(http, 'projects/1/tasks');
  yield* pages(http, 'projects');
}

async function take(
  pull: (http: HttpClient) => AsyncGenerator<HttpPage<unknown>>,
  resume: JsonValue | undefined,
  limit: number,
) {
  const fetch = api();
  const taken: HttpPage<unknown>[] = [];
  for await (const page of pull(
    clientFor(BASE, { fetch, resume: resume === undefined ? undefined : toJson(resume) }),
  )) {
    taken.push(page);
    if (taken.length === limit) break;
  }
  return { taken, ids: idsOf(taken), resume: taken.at(-1)?.resume, requests: fetch.urls.length };
}

describe.each([
  ['lists in turn', inTurn],
  ['a list within a list', nested],
])('%s', (_, pull) => {
  test('go on after any page with exactly the rest', async () => {
    const whole = await take(pull, undefined, Infinity);
    for (let count = 1; count <= whole.taken.length; count++) {
      const before = await take(pull, undefined, count);
      const after = await take(pull, before.resume, Infinity);
      expect([...before.ids, ...after.ids]).toEqual(whole.ids);
    }
  });

  test('go on after every single page, killed each time', async () => {
    const whole = await take(pull, undefined, Infinity);
    const ids: unknown[] = [];
    for (let resume: JsonValue | undefined, count = 0; count < whole.taken.length; count++) {
      const next = await take(pull, resume, 1);
      ids.push(...next.ids);
      resume = next.resume;
    }
    expect(ids).toEqual(whole.ids);
  });
});

test('a page of an outer list is read again as long as its inner lists are not', async () => {
  const before = await take(nested, undefined, 3);
  const { requests } = await take(nested, before.resume, 1);
  // The projects' first page, and the second page of project 2: project 1 is done.
  expect(requests).toBe(2);
});

test('an inner list that is the same for every outer page is read for each of them', async () => {
  async function* shared(http: HttpClient): AsyncGenerator<HttpPage<unknown>> {
    for await (const projects of pages(http, 'projects')) {
      expect(projects.records.length).toBeGreaterThan(0);
      yield* pages(http, 'projects/1/tasks');
    }
  }
  const whole = await take(shared, undefined, Infinity);
  for (let count = 1; count <= whole.taken.length; count++) {
    const before = await take(shared, undefined, count);
    const after = await take(shared, before.resume, Infinity);
    expect([...before.ids, ...after.ids]).toEqual(whole.ids);
  }
});

test('a list that was left before its end goes on at the page that was taken last', async () => {
  async function* leaving(http: HttpClient): AsyncGenerator<HttpPage<unknown>> {
    for await (const page of pages(http, 'projects/1/tasks')) {
      yield page;
      break;
    }
    yield* pages(http, 'projects/2/tasks');
  }
  const before = await take(leaving, undefined, 2);
  expect(before.ids).toEqual([11, 12, 21, 22]);
  expect((await take(leaving, before.resume, Infinity)).ids).toEqual([11, 12, 23]);
});

test('a list that has been read to its end costs no request when its run goes on', async () => {
  const { resume } = await take(
    (pull) => pages(pull, 'projects') as AsyncGenerator<HttpPage<unknown>>,
    undefined,
    Infinity,
  );
  const again = await take(
    (pull) => pages(pull, 'projects') as AsyncGenerator<HttpPage<unknown>>,
    resume,
    Infinity,
  );
  expect(again).toMatchObject({ taken: [], requests: 0 });
});

test("a token of another list, or the connector's own, is not taken", async () => {
  const { resume } = await take(inTurn, undefined, 1);
  for (const other of [
    resume,
    { cursor: 'mine' },
    'mine',
    7,
    [],
    { 'syncline.pages': 1, calls: [{ asked: 7 }, null] },
    { 'syncline.pages': 2 },
  ]) {
    const http = clientFor(BASE, { fetch: api(), resume: other });
    const { pages: read } = await collect(http, 'projects', {
      searchParams: { other: 1 },
      items: 'items',
      pagination: { cursor: 'next', param: 'after' },
    });
    expect(idsOf(read)).toEqual([1, 2, 3, 4, 5]);
  }
});

test('a token from another base URL is not taken', async () => {
  const fetch = answering((request) =>
    new URL(request.url).searchParams.get('page') === null
      ? Response.json([{ id: 1 }], { headers: { link: '<?page=2>; rel=next' } })
      : [{ id: 2 }],
  );
  const first = await collect(clientFor('https://eu.example.com', { fetch }), 'list', {
    pagination: 'link',
  });
  const { pages: read, error } = await collect(
    clientFor('https://us.example.com', { fetch, resume: first.pages[0]?.resume }),
    'list',
    { pagination: 'link' },
  );
  expect({ error, ids: idsOf(read) }).toEqual({ error: undefined, ids: [1, 2] });
});

test('a thousand inner lists make no longer token than thirty-two', async () => {
  const fetch = answering((request) => ({ items: [{ id: request.url }], next: null }));
  const http = clientFor(BASE, { fetch });
  let longest = 0;
  let last: JsonValue | undefined;
  for await (const outer of pages(http, 'outer')) {
    expect(outer.records).toHaveLength(1);
    for (let i = 0; i < 1_000; i++) {
      for await (const page of pages(http, `inner/${i}`)) {
        last = page.resume;
        longest = Math.max(longest, JSON.stringify(last).length);
      }
    }
  }
  expect(longest).toBeLessThan(2_000);
  const again = answering((request) => ({ items: [{ id: request.url }], next: null }));
  const resumed = clientFor(BASE, { fetch: again, resume: last });
  const outer = await collect(resumed, 'outer', {
    items: 'items',
    pagination: { cursor: 'next', param: 'after' },
  });
  const inner = await collect(resumed, 'inner/999', {
    items: 'items',
    pagination: { cursor: 'next', param: 'after' },
  });
  // The outer list is open at its only page; the newest inner one is done.
  expect([outer.pages.length, inner.pages.length]).toEqual([1, 0]);
});

test('what a page carries survives a spread, without its body', async () => {
  const {
    pages: [page],
  } = await collect(clientFor(BASE, { fetch: api() }), 'projects', {
    items: 'items',
    pagination: { cursor: 'next', param: 'after' },
  });
  expect(Object.keys({ ...page })).toEqual(['records', 'resume']);
  expect(Object.getOwnPropertySymbols({ ...page })).toHaveLength(1);
  expect(page?.body).toMatchObject({ next: 2 });
  expect(page?.response.status).toBe(200);
});
