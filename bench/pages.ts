import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Phase } from './contestant.js';
import type { DataSet } from './records.js';

/** Records on a page: as many as the floor writes in a transaction. */
export const PAGE = 500;

/** Where a list's page bodies are: one after the other in a file, so that making them is nobody's time and holding them nobody's memory. */
export interface PagesFile {
  readonly path: string;
  /** Where each page ends. */
  readonly ends: readonly number[];
}

/** Writes the list as it is in a phase. Returns its pages, and the bytes of its records alone. */
export function writePages(path: string, data: DataSet, phase: Phase): PagesFile {
  const file = openSync(path, 'w');
  const ends: number[] = [];
  let end = 0;
  for (let first = 0; first < data.size; first += PAGE) {
    const records: object[] = [];
    for (let index = first; index < Math.min(first + PAGE, data.size); index++) {
      const version = versionIn(phase, index);
      if (version !== undefined) records.push(data.record(index, version));
    }
    const next = first + PAGE < data.size ? String(ends.length + 1) : null;
    end += writeSync(file, JSON.stringify({ records, next }));
    ends.push(end);
  }
  closeSync(file);
  return { path, ends };
}

/** The version of a record in a phase; undefined when it is deleted by then: each hundredth, in places other than those that have changed. */
function versionIn(phase: Phase, index: number): number | undefined {
  const isHundredth = index % 100 === 37;
  switch (phase) {
    case 'load':
    case 'unchanged':
      return 0;
    case 'one-percent':
      return isHundredth ? 1 : 0;
    case 'all':
      return 2;
    case 'pass':
    case 'feed':
    case 'feed-singly':
      return index % 100 === 73 ? undefined : 2;
  }
}

/** The bodies of a list's pages. */
export class Pages {
  readonly #file: number;
  readonly #ends: readonly number[];

  constructor({ path, ends }: PagesFile) {
    this.#file = openSync(path, 'r');
    this.#ends = ends;
  }

  get count(): number {
    return this.#ends.length;
  }

  body(page: number): Uint8Array {
    const from = page === 0 ? 0 : this.#ends[page - 1]!;
    const body = Buffer.allocUnsafeSlow(this.#ends[page]! - from);
    readSync(this.#file, body, 0, body.length, from);
    return body;
  }

  close(): void {
    closeSync(this.#file);
  }
}
