import { ValidationError } from '../core/errors.js';
import type { OrderValue } from '../core/order-value.js';
import type { AnyStream } from '../connector/connector.js';
import type { Key } from '../connector/page.js';
import type { IncomingDelete } from '../storage/commits.js';
import { readRaw, type RawRecord } from './incoming.js';
import type { OrderField } from './order-field.js';
import { storedKey } from './record-key.js';

/** A page's records, read but not yet validated: what is to be committed, and what the page shows about the reading. */
export interface PageRecords {
  /** In page order; of a key that comes twice only the last, and none that the page deletes. */
  readonly records: readonly RawRecord[];
  readonly deletes: readonly IncomingDelete[];
  /** Every record of the page in its order, also those that a later one replaces. */
  readonly seen: readonly { readonly key: string | null; readonly version: OrderValue | null }[];
}

/** Reads keys and order values of a page, and settles what it says twice: the last record of a key counts, and a deletion beats a record. */
export function readPageRecords(
  page: { readonly records: readonly unknown[]; readonly deletes: readonly Key[] },
  stream: AnyStream,
  order: OrderField,
): PageRecords {
  const all: RawRecord[] = [];
  const last = new Map<string, RawRecord>();
  let keyed = 0;
  // Holes in the list are records too, such as they are.
  for (const raw of page.records) {
    const record = readRaw(raw, stream, order);
    all.push(record);
    if (record.key === null) continue;
    keyed += 1;
    last.set(record.key, record);
  }
  const deleted = new Map<string, IncomingDelete>();
  for (const named of page.deletes) {
    const key = storedKey(named, stream.key);
    if ('problem' in key)
      throw new ValidationError(
        `a page names a key in 'deletes' that cannot be one: ${key.problem}`,
      );
    deleted.set(key.key, { kind: 'delete', key: key.key, version: null });
  }
  const isSettled = last.size === keyed && deleted.size === 0;
  const records = isSettled ? all : all.filter((record) => isKept(record, last, deleted));
  return { records, deletes: [...deleted.values()], seen: all };
}

function isKept(
  record: RawRecord,
  last: ReadonlyMap<string, RawRecord>,
  deleted: ReadonlyMap<string, IncomingDelete>,
): boolean {
  const { key } = record;
  return key === null || (last.get(key) === record && !deleted.has(key));
}
