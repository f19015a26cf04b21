import { throwIfAborted } from '../core/abortable.js';
import type { EngineEnvironment } from '../engine/environment.js';
import { type FieldQuality, Profile } from '../quality/profile.js';
import type { StreamRef } from '../storage/contract.js';
import { rejectedRows, toIssues } from './rejected.js';

/** What the stored and the rejected records of a stream are like. */
export interface StreamQuality {
  /** How many live records were looked at. */
  readonly records: number;
  /** How many rejected records. */
  readonly rejected: number;
  /** Every field that was met, ordered by path; 500 at most. */
  readonly fields: readonly FieldQuality[];
  /** False when there are more than 500 fields, or a record was too large or too deep (5,000 values, 32 levels) to be looked at in full. */
  readonly complete: boolean;
}

const BATCH = 200;
/** How long the event loop is held at a time, in milliseconds. */
const PIECE_MS = 8;

/** Looks at all records of a stream, as they are stored now. */
export async function qualityOf(
  { store, clock, breathe }: EngineEnvironment,
  ref: StreamRef,
  signal: AbortSignal | undefined,
): Promise<StreamQuality> {
  const profile = new Profile();
  const what = `${ref.connector}/${ref.connection}/${ref.stream}: quality()`;
  let records = 0;
  let rejected = 0;
  let began = clock.monotonic();
  const pause = async (isDue: boolean): Promise<void> => {
    if (!isDue && clock.monotonic() - began < PIECE_MS) return;
    await breathe();
    throwIfAborted(signal, what);
    began = clock.monotonic();
  };
  for (let after: string | undefined; ;) {
    const from = after === undefined ? {} : { after };
    const rows = await store.listRecords({ ref, ...from, limit: BATCH });
    for (const { key, data, receivedAt } of rows) {
      profile.record(JSON.parse(data), { at: receivedAt, key });
      records += 1;
      await pause(false);
    }
    if (rows.length < BATCH) break;
    after = rows.at(-1)?.key;
    await pause(true);
  }
  for await (const { key, raw, issues, at } of rejectedRows(store, ref)) {
    profile.rejected(JSON.parse(raw), toIssues(issues), { at, key });
    rejected += 1;
    await pause(rejected % BATCH === 0);
  }
  return { records, rejected, fields: profile.fields(), complete: profile.complete };
}
