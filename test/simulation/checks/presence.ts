import type { FakeList, FakeVersion } from 'syncline/testing';
import type { Raw } from '../world/connector.js';
import { type Mirror, revOf } from './mirror.js';

/** Why a version that the API served is not kept: undefined when it is, in that or a newer version, live, deleted or rejected. */
export function lossOf(version: FakeVersion, mirror: Mirror, list: FakeList): string | undefined {
  const { key, seq, removed } = version;
  const row = mirror.rows.get(key);
  const rejected = mirror.rejected.get(key);
  if (removed) {
    if (rejected && rejected.rev < seq) return `${key} is gone since ${seq}, but kept as rejected`;
    const isGone = !row || row.deleted || revOf(row) > seq;
    return isGone ? undefined : `${key} is gone since ${seq}, but stored as of ${revOf(row)}`;
  }
  if (rejected && rejected.rev >= seq) return undefined;
  const isRemoved = list.versions(key).some((later) => later.removed && later.seq > seq);
  if (!row) return isRemoved ? undefined : `${key} as of ${seq} is not stored`;
  if (row.deleted) return isRemoved ? undefined : `${key} as of ${seq} is a tombstone`;
  const stored = revOf(row);
  return stored >= seq ? undefined : `${key} as of ${seq} is stored as of ${stored} only`;
}

/** What a list shows of a record, as the connector gets it. */
export function rawOf({ shown }: FakeVersion): Raw | undefined {
  return shown as unknown as Raw | undefined;
}
