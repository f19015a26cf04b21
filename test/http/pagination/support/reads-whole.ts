import { describe, expect, test } from 'vitest';
import type { HttpPage } from '../../../../src/connector/http.js';
import type { JsonValue } from '../../../../src/core/json.js';
import { toJson } from '../../../../src/http/pagination/list-request.js';
import { clientFor } from '../../support/client.js';
import { loopback } from '../../support/loopback.js';
import { idOf, type StyleCase } from './style-case.js';

/** Reads each list as a whole, and broken off after each page. */
export function readsWhole(cases: readonly StyleCase[]): void {
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
}

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
