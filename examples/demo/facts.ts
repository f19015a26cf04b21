/** What the demo checks its claims against. */
import type { Change } from 'syncline';

export async function countOf(all: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of all) count += 1;
  return count;
}

export async function kindsOf(
  changes: AsyncIterable<Change<unknown>>,
): Promise<Record<Change<unknown>['kind'], number>> {
  const kinds = { insert: 0, update: 0, delete: 0 };
  for await (const { kind } of changes) kinds[kind] += 1;
  return kinds;
}

export async function sameRecords(
  a: AsyncIterable<unknown>,
  b: AsyncIterable<unknown>,
): Promise<boolean> {
  return (await textOf(a)) === (await textOf(b));
}

async function textOf(records: AsyncIterable<unknown>): Promise<string> {
  const lines: string[] = [];
  for await (const record of records) lines.push(JSON.stringify(record));
  return lines.join('\n');
}

/** The page numbers in the API's log, as of `GET /films?per_page=100&page=13 200`; the first page is asked for without a number. */
export function pagesAskedFor(log: readonly string[]): readonly number[] {
  return log
    .map((line) => new URL(line.split(' ')[1] ?? '', 'http://api').searchParams)
    .filter((parameters) => parameters.get('per_page') !== '1')
    .map((parameters) => Number(parameters.get('page') ?? 1));
}
