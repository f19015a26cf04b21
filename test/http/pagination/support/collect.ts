import type { HttpClient, HttpPage, PagesOptions } from '../../../../src/connector/http.js';
import { ownValue } from '../../../../src/core/json.js';
import { pageOrigin } from '../../../../src/connector/page.js';

/** All pages, and the error that the list ended with, if any. */
export async function collect(
  http: HttpClient,
  path: string | URL,
  options: PagesOptions<unknown>,
): Promise<{ readonly pages: readonly HttpPage<unknown>[]; readonly error: unknown }> {
  const pages: HttpPage<unknown>[] = [];
  try {
    for await (const page of http.pages(path, options)) pages.push(page);
  } catch (error) {
    return { pages, error };
  }
  return { pages, error: undefined };
}

export function idsOf(pages: readonly HttpPage<unknown>[]): readonly unknown[] {
  return pages.flatMap(({ records }) => records.map((record) => ownValue(record, 'id')));
}

export function originOf(page: object | undefined): unknown {
  return page === undefined ? undefined : Object.getOwnPropertyDescriptor(page, pageOrigin)?.value;
}
