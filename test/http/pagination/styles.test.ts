import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownValue } from '../../../src/core/json.js';
import { clientFor } from '../support/client.js';
import { loopback } from '../support/loopback.js';
import { addressCases } from './support/address-cases.js';
import { cursorCases } from './support/cursor-cases.js';
import { numberCases } from './support/number-cases.js';
import { oddCases } from './support/odd-cases.js';
import { readsWhole } from './support/reads-whole.js';

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

readsWhole(cases);

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

/** The fields of a body by their paths, list positions left out. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => pathsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    `${path}.${name}`,
    ...pathsOf(inner, `${path}.${name}`),
  ]);
}
