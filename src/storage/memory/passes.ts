import type { StoreError } from '../../core/errors.js';
import { leaseLost, misuse } from '../refusals.js';
import type { PassStore } from '../passes.js';
import type { StoredRecord } from '../commits.js';
import type { StreamRef } from '../stream-ref.js';
import type { MemoryPass, Tables } from './tables.js';

export function passVerbs(tables: Tables): PassStore {
  return {
    openPass: ({ lease, pass }) =>
      tables.work(() => {
        const { stream } = tables.leased(lease, 'openPass');
        if (stream.held?.name === pass) {
          throw misuse(`openPass: pass '${pass}' is held already; take another name.`, {
            ...lease.ref,
            pass,
          });
        }
        stream.open = { name: pass, seq: tables.seq, seen: new Set() };
      }),

    countPass: ({ ref, pass }) =>
      tables.work(() => {
        const found = findPass(tables, ref, pass);
        let judged = 0;
        let missing = 0;
        for (const row of tables.stream(ref)?.records.values() ?? []) {
          if (judges(found, row)) judged += 1;
          if (missed(found, row)) missing += 1;
        }
        return { judged, missing };
      }),

    readPass: (params) => tables.work(() => readPass(tables, params)),

    markSeen: ({ lease, pass, keys }) =>
      tables.work(() => {
        const { stream } = tables.leased(lease, 'markSeen');
        const found = findPass(tables, lease.ref, pass);
        for (const key of keys) if (stream.records.has(key)) found.seen.add(key);
      }),

    holdPass: ({ lease, pass }) =>
      tables.work(() => {
        const { stream } = tables.leased(lease, 'holdPass');
        if (stream.held?.name === pass) return;
        if (stream.open?.name !== pass) throw noPass(lease.ref, pass);
        stream.held = stream.open;
        stream.open = undefined;
      }),

    dropPass: ({ ref, lease, pass }) =>
      tables.work(() => {
        const stream = lease ? tables.leased(lease, 'dropPass').stream : tables.stream(ref);
        if (!stream) return;
        if (stream.held?.name === pass) stream.held = undefined;
        if (stream.open?.name !== pass) return;
        if (!lease) throw leaseLost({ ref, run: '(none)', token: 0 }, 'dropPass without a lease');
        stream.open = undefined;
      }),

    heldPass: ({ ref }) => tables.work(() => tables.stream(ref)?.held?.name),
  };
}

function readPass(
  tables: Tables,
  { ref, pass, missing, after, limit }: Parameters<PassStore['readPass']>[0],
): Awaited<ReturnType<PassStore['readPass']>> {
  const found = findPass(tables, ref, pass);
  const stream = tables.stream(ref);
  const page: { key: string; version: StoredRecord['version'] }[] = [];
  if (!stream) return page;
  const { keys, start } = stream.keys.from(after);
  for (let i = start; i < keys.length && page.length < limit; i++) {
    const row = stream.records.get(keys[i] ?? '');
    if (row && (missing ? missed(found, row) : judges(found, row))) {
      page.push({ key: row.key, version: row.version });
    }
  }
  return page;
}

/** Whether the pass judges the row and has not seen it. */
export function missed(pass: MemoryPass, row: StoredRecord): boolean {
  return judges(pass, row) && !pass.seen.has(row.key);
}

function judges(pass: MemoryPass, row: StoredRecord): boolean {
  return !row.deleted && row.bornSeq <= pass.seq;
}

function findPass(tables: Tables, ref: StreamRef, pass: string): MemoryPass {
  const stream = tables.stream(ref);
  const found = [stream?.open, stream?.held].find((each) => each?.name === pass);
  if (!found) throw noPass(ref, pass);
  return found;
}

function noPass(ref: StreamRef, pass: string): StoreError {
  return misuse(
    `There is no open or held pass '${pass}' of stream '${ref.stream}' of ${ref.connector}/${ref.connection}. ` +
      'It was dropped or replaced; open a new one.',
    { ...ref, pass },
  );
}
