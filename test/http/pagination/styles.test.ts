import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HttpPage } from '../../../src/connector/http.js';
import type { JsonValue } from '../../../src/core/json.js';
import { ownValue } from '../../../src/core/json.js';
import { toJson } from '../../../src/http/pagination/list-request.js';
import { clientFor } from '../support/client.js';
import { loopback } from '../support/loopback.js';
import { addressCases } from './support/address-cases.js';
import { cursorCases } from './support/cursor-cases.js';
import { numberCases } from './support/number-cases.js';
import { oddCases } from './support/odd-cases.js';
import { idOf, type StyleCase } from './support/style-case.js';

const cases = [...addressCases, ...cursorCases, ...numberCases, ...oddCases];
const corpus: unknown = JSON.parse(
  readFileSync(new URL('./fixtures/pagination-styles.json', import.meta.url), 'utf8'),
);
const rows = Array.isArray(corpus) ? corpus.map((row: unknown) => row) : [];

test('every style of the corpus is tested', () => {
  const tested = new Set(cases.map(({ api }) => api));
  expect(rows).toHaveLength(38);
  expect([...tested].sort()).toEqual(rows.map((row) => ownValue(row, 'api')).sort());
});

describe.each(cases)('$api $variant', (style) => {
  const read = (record: unknown) => (style.idOf ?? idOf)(record);

  test('gives every item once, in order', async () => {
    const { origin } = await loopback(style.server());
    const pages = await readAll(origin, style);
    expect(pages.flatMap(({ records }) => records.map(read))).toEqual(style.ids);
  });

  test('goes on after any page with exactly the rest', async () => {
    const { origin } = await loopback((got) => server(got));
    let server = style.server();
    const count = (await readAll(origin, style)).length;
    for (let taken = 1; taken <= count; taken++) {
      server = style.server();
      const before = await readAll(origin, style, undefined, taken);
      const after = await readAll(origin, style, before.at(-1)?.resume);
      const ids = [...before, ...after].flatMap(({ records }) => records.map(read));
      expect({ taken, ids }).toEqual({ taken, ids: style.ids });
      expect(before.length + after.length).toBe(count);
    }
  });
});

test.each(cases.filter(({ isAside }) => isAside !== true))(
  'the server of $api answers as its row says',
  async ({ api, path, options, server }) => {
    const { origin } = await loopback(server());
    const row = rows.find((candidate) => ownValue(candidate, 'api') === api);
    for await (const { body } of clientFor(origin).pages(path, options)) {
      const known = new Set(
        ['firstPage', 'lastPage'].flatMap((page) => pathsOf(ownValue(ownValue(row, page), 'body'))),
      );
      expect(pathsOf(body).filter((place) => !known.has(place))).toEqual([]);
      break;
    }
  },
);

async function readAll(
  origin: string,
  { path, options }: StyleCase,
  resume?: JsonValue,
  limit = 100,
) {
  const pages: HttpPage<unknown>[] = [];
  const stored = resume === undefined ? undefined : toJson(resume);
  for await (const page of clientFor(`${origin}/`, { resume: stored }).pages(path, options)) {
    pages.push(page);
    if (pages.length === limit) break;
  }
  return pages;
}

/** The fields of a body by their paths, list positions left out. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => pathsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    `${path}.${name}`,
    ...pathsOf(inner, `${path}.${name}`),
  ]);
}
