import { CursorExpiredError } from '../core/errors.js';
import type { Origin } from '../storage/commits.js';
import type { Store } from '../storage/contract.js';
import type { FeedRow } from '../storage/records.js';

/** What happened to a record since the reader's position: always its latest state. */
export interface Change<Record> {
  /** Rises with each commit over the whole store; read on with `after: seq`. */
  readonly seq: number;
  /** Relative to the reader's position: `insert` if the record's present life began after it, `delete` if it is gone. */
  readonly kind: 'insert' | 'update' | 'delete';
  /** The key as it is stored: text, a list key as a JSON list. */
  readonly key: string;
  /** The record; of a deleted one its last live version. */
  readonly record: Record;
  readonly origin: Origin;
  /** When it was committed. */
  readonly at: Date;
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
}

/** Whose changes are read: of one connection, or of all of a stream. */
export interface Feed {
  readonly connector: string;
  readonly stream: string;
  readonly connection?: string;
}

/** Changes after a number, and up to where they were looked for. */
export interface ChangeBatch<Record> {
  readonly changes: readonly Change<Record>[];
  readonly upTo: number;
  /** Whether the reader has missed deletions, since their tombstones are gone. */
  readonly pruned: boolean;
}

/**
 * Reads a part of the feed. `since` is where the reader began: what was born after it is an insert, and what was born and died after `after` is
 * not shown, since the reader cannot have seen it.
 */
export async function readChanges<Record>(
  store: Store,
  feed: Feed,
  {
    after,
    since,
    limit,
  }: { readonly after: number; readonly since: number; readonly limit: number },
): Promise<ChangeBatch<Record>> {
  const { rows, upTo, pruned } = await store.readFeed({ ...feed, after, limit });
  const shown = rows.filter((row) => !(row.deleted && row.bornSeq > after));
  return {
    changes: shown.map((row) => toChange<Record>(row, feed, since)),
    upTo,
    pruned: after > 0 && after < pruned,
  };
}

/** The changes of a feed from a number on, to its end. @throws {CursorExpiredError} when tombstones after that number are gone */
export async function* iterateChanges<Record>(
  store: Store,
  feed: Feed,
  after: number,
  batch: number,
): AsyncGenerator<Change<Record>, void, undefined> {
  for (let position = after; ;) {
    const { changes, upTo, pruned } = await readChanges<Record>(store, feed, {
      after: position,
      since: after,
      limit: batch,
    });
    if (pruned) {
      throw new CursorExpiredError(
        `${feed.connector}/${feed.stream}: deletions after ${position} are no longer kept; read everything again from 0, and treat what is not there as deleted`,
        { context: { ...feed } },
      );
    }
    yield* changes;
    if (upTo <= position) return;
    position = upTo;
  }
}

function toChange<Record>(
  row: FeedRow,
  { connector, stream }: Feed,
  since: number,
): Change<Record> {
  return {
    seq: row.seq,
    kind: row.deleted ? 'delete' : row.bornSeq > since ? 'insert' : 'update',
    key: row.key,
    record: JSON.parse(row.data) as Record,
    origin: row.origin,
    at: new Date(row.changedAt),
    connector,
    connection: row.connection,
    stream,
  };
}
