import { CursorExpiredError } from '../core/errors.js';
import { type Batch, madeOf } from '../core/one-by-one.js';
import type { Origin } from '../storage/commits.js';
import type { Store } from '../storage/contract.js';
import type { FeedRow } from '../storage/records.js';

/** What happened to a record since the reader's position: its latest state, or with `history` each of its versions. */
export interface Change<Record> {
  /** Rises with each commit over the whole store; read on with `after: seq`. */
  readonly seq: number;
  /** Relative to the reader's position: `insert` if the record's present life began after it, `delete` if it is gone. With `history` the version's own kind. */
  readonly kind: 'insert' | 'update' | 'delete';
  /** The key as it is stored: text, a list key as a JSON list. */
  readonly key: string;
  /** The record; of a deleted one its last live version. */
  readonly record: Record;
  /** The version before this one, as far as it is kept: for updates and deletions of streams with `history`. */
  readonly previous?: Record;
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
  /** Whether every version is told. */
  readonly history: boolean;
}

/** Changes after a number, and up to where they were looked for. */
export interface ChangeBatch<Record> {
  readonly changes: readonly Change<Record>[];
  readonly upTo: number;
  /** Whether the reader has missed deletions, since their tombstones are gone. */
  readonly pruned: boolean;
}

/** Where a reader is in a feed. */
export interface ReadingPlace {
  /** It has been shown everything up to here. */
  readonly after: number;
  /** It began here: what was born after it is an insert. */
  readonly since: number;
  /** The store's latest number when it last began at the beginning: what was pruned up to there, it has never seen. */
  readonly anew: number;
  /** The store's latest number when it began. */
  readonly head: number;
  readonly limit: number;
}

/** Reads a part of the feed. */
export async function readChanges<Record>(
  store: Store,
  feed: Feed,
  place: ReadingPlace,
): Promise<ChangeBatch<Record>> {
  const { rows, upTo, pruned } = await readRows(store, feed, place);
  const changes = rows.map((row) => changeOf<Record>(row, feed, place.since));
  return { changes, upTo, pruned };
}

async function readRows(store: Store, feed: Feed, place: ReadingPlace) {
  const { after, anew, limit } = place;
  const { rows, upTo, pruned } = await store.readFeed({ ...feed, after, limit });
  const told = feed.history ? rows : rows.filter((row) => !row.deleted || mayHaveSeen(row, place));
  return { rows: told, upTo, pruned: Math.max(after, anew) < pruned };
}

/**
 * Whether a reader can have seen a deleted record alive. One that was deleted before the reading began, only if a life of it began before the
 * reader's own beginning: it may have died and come back since. One that was deleted since, also if it was born in what the reader has been
 * shown.
 */
function mayHaveSeen(row: FeedRow, { after, since, head }: ReadingPlace): boolean {
  return row.firstSeq <= (row.seq <= head ? since : after);
}

/** The changes of a feed from a number on, to its end, in batches. @throws {CursorExpiredError} when tombstones after that number are gone */
export async function* changeBatches<Record>(
  store: Store,
  feed: Feed,
  after: number,
  batch: number,
): AsyncGenerator<Batch<Change<Record>>, void, undefined> {
  const head = await store.latestSeq();
  const anew = after === 0 ? head : 0;
  for (let position = after; ;) {
    const { rows, upTo, pruned } = await readRows(store, feed, {
      after: position,
      since: after,
      anew,
      head,
      limit: batch,
    });
    if (pruned) {
      throw new CursorExpiredError(
        `${feed.connector}/${feed.stream}: deletions after ${position} are no longer kept; read everything again from 0, and treat what is not there as deleted`,
        { context: { connector: feed.connector, stream: feed.stream, after: position } },
      );
    }
    yield madeOf(rows, (row) => changeOf<Record>(row, feed, after));
    if (upTo <= position) return;
    position = upTo;
  }
}

/** A row as a reader is told it who began at `since`. */
function changeOf<Record>(row: FeedRow, feed: Feed, since: number): Change<Record> {
  return feed.history ? toVersion(row, feed) : new RecordChange(row, feed, since);
}

/** A version with its own kind. */
function toVersion<Record>(row: FeedRow, feed: Feed): Change<Record> {
  const change = new RecordChange<Record>(row, feed, row.seq - 1);
  return change.kind === 'insert' || row.previous === undefined
    ? change
    : Object.assign(change, { previous: JSON.parse(row.previous) as Record });
}

/**
 * A class on purpose, as a feed's rows are (`storage/sqlite/rows.ts`): those of a list live as long as the list does, and of literals V8 then makes all
 * that follow where they are seldom collected.
 */
class RecordChange<Record> implements Change<Record> {
  readonly seq: number;
  readonly kind: Change<Record>['kind'];
  readonly key: string;
  readonly record: Record;
  readonly origin: Origin;
  readonly at: Date;
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;

  constructor(row: FeedRow, { connector, stream }: Feed, since: number) {
    this.seq = row.seq;
    this.kind = row.deleted ? 'delete' : row.bornSeq > since ? 'insert' : 'update';
    this.key = row.key;
    this.record = JSON.parse(row.data) as Record;
    this.origin = row.origin;
    this.at = new Date(row.changedAt);
    this.connector = connector;
    this.connection = row.connection;
    this.stream = stream;
  }
}
