import type { IncomingDelete, IncomingRecord, StoredRecord, Verdict } from './commits.js';
import { misuse } from './refusals.js';

/** Refuses a verdict that has no meaning for the row that it was given on, before a store acts on it. */
export function checkVerdict(
  verdict: Verdict,
  incoming: IncomingRecord | IncomingDelete,
  stored: Pick<StoredRecord, 'deleted'> | undefined,
): void {
  if (isPossible(verdict, incoming.kind === 'record', stored)) return;
  const row = !stored ? 'no row' : stored.deleted ? 'a tombstone' : 'a live row';
  throw misuse(
    `commit: decide() answered '${verdict}' for a ${incoming.kind} that meets ${row}. Nothing was stored; correct decide().`,
    { key: incoming.key, verdict },
  );
}

function isPossible(
  verdict: Verdict,
  record: boolean,
  stored: Pick<StoredRecord, 'deleted'> | undefined,
): boolean {
  const live = stored !== undefined && !stored.deleted;
  switch (verdict) {
    case 'insert':
      return record && !live;
    case 'update':
    case 'unchanged':
      return record && live;
    case 'refresh':
      return stored !== undefined && record === live;
    case 'stale':
      return stored !== undefined;
    case 'delete':
      return !record && live;
    case 'ignore':
      return !record;
  }
}
