import { systemBreathe } from './system.js';

/** A long list in batches, up to the first one that is not full. The event loop turns between two of them: who iterates does not hold it. */
export async function* batches<Row>(
  read: (last: Row | undefined) => Promise<readonly Row[]>,
  size: number,
): AsyncGenerator<readonly Row[], void, undefined> {
  for (let last: Row | undefined; ;) {
    const rows = await read(last);
    yield rows;
    if (rows.length < size) return;
    last = rows.at(-1);
    await systemBreathe();
  }
}
