import type { JsonValue } from '../core/json.js';
import type { Failure, PartitionScope, RunScope, StreamScope } from './event-base.js';
import type { RunEventCounts } from './run-events.js';

/** What became of the records of one page. */
export type PageEventCounts = Pick<
  RunEventCounts,
  'read' | 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'stale' | 'rejected'
>;

/** Pages and their records: `page.*`, `record.*`. */
export interface PageEvents {
  /** A page is committed in full: its records, deletions and rejected records, cursor and resume token. */
  'page.committed': RunScope &
    PartitionScope &
    PageEventCounts & {
      /** The committed cursor afterwards, in the field's own format; null when there is none. */
      readonly cursor: JsonValue;
      /** The highest sequence number of the store after the commit: a change feed read up to it holds this page. */
      readonly seq: number;
    };

  /**
   * The list moved while it was read, or its sort is not total: a key came twice with the same cursor value, or a page asked one item
   * early did not begin where the last one ended. The cursor stays where the run began and the pass does not judge.
   */
  'page.drift': RunScope &
    PartitionScope & {
      /** The key that showed it; null when it has none that can be read. */
      readonly key: string | null;
    };

  /** A record failed validation. It is kept raw with its reasons, see `rejected()`. One event per record. */
  'record.rejected': StreamScope &
    PartitionScope & {
      /** The record's key; null when it cannot be read. */
      readonly key: string | null;
      /** Why: the first reasons, each with its place in the record, as `user.email: expected string`. */
      readonly issues: readonly string[];
      /** How the record came in. */
      readonly origin: 'pull' | 'delivery' | 'write' | 'replay';
    };

  /** Rejected records were validated again: `replayRejected()`. */
  'record.replayed': StreamScope & {
    /** How many were valid now and are stored, or were older than what is stored. */
    readonly settled: number;
    /** How many are still rejected. */
    readonly rejected: number;
  };
}

/** How far a stream has been read: `cursor.*`. Values are in the field's own format. */
export interface CursorEvents {
  /** The committed cursor moved. */
  'cursor.moved': StreamScope &
    PartitionScope & { readonly from: JsonValue; readonly to: JsonValue };

  /**
   * A stream declared `ascending` brought a record older than one before it. Its cursor went back to where the run began, and the stream
   * is read as `unordered` until it is defined anew.
   */
  'cursor.unordered': RunScope &
    PartitionScope & {
      /** What the cursor was set back to; null: none. */
      readonly cursor: JsonValue;
    };

  /**
   * The API no longer accepts where to go on from. `resume`: the page token is dropped and the run goes on from the cursor.
   * `cursor`: the cursor is dropped too and everything is read again, in the same run.
   */
  'cursor.expired': RunScope & PartitionScope & { readonly dropped: 'resume' | 'cursor' } & Failure;

  /** Records of a page had no cursor value that can be read. They are stored (or rejected by the schema); the cursor is unharmed. */
  'cursor.unreadable': RunScope &
    PartitionScope & {
      /** How many of the page's records. */
      readonly count: number;
      /** The key of the first of them; null when it cannot be read either. */
      readonly key: string | null;
    };

  /** A record was dated later than the server's own time. It is stored, and the cursor moves only to the server's time. */
  'cursor.future': RunScope &
    PartitionScope & {
      readonly key: string | null;
      readonly value: JsonValue;
      /** When the page was requested, by the server's clock. */
      readonly serverTime: Date;
    };

  /** A cursor was set from outside. */
  'cursor.reset': StreamScope & {
    /** `reset`: by `reset()` · `config`: the connection's config changed · `start`: the stream's `start` was moved earlier. */
    readonly reason: 'reset' | 'config' | 'start';
    /** The new value; null: none, and everything is read again. */
    readonly cursor: JsonValue;
  };
}

/** The shape of records: `schema.*`. */
export interface SchemaEvents {
  /** Records look otherwise than before: the customer's own fields changed, or what the API sends. Names are paths by dots. */
  'schema.drift': StreamScope & {
    /** `fields`: what the stream's `fields` returned · `records`: what pages brought. */
    readonly source: 'fields' | 'records';
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Fields whose type is another one. */
    readonly changed: readonly string[];
  };

  /** Stored records were brought to the stream's present `version`. */
  'schema.migrated': StreamScope & {
    /** The lowest version met. */
    readonly from: number;
    readonly to: number;
    /** How many records. */
    readonly records: number;
  };

  /** A stored record could not be brought up to date: the original is kept, and is not shown until a migration succeeds. */
  'schema.migration_failed': StreamScope &
    Failure & {
      readonly key: string;
      readonly from: number;
      readonly to: number;
    };
}
