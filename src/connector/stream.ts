import type { Duration } from '../core/duration.js';
import type { JsonValue } from '../core/json.js';
import type { PullContext, StreamContext } from './context.js';
import type { Deletions } from './deletions.js';
import type { Page } from './page.js';
import type { InputOf, OutputOf, Schema } from './schema.js';

/** The names of an object type's fields; of a union, those of all its members. */
export type FieldOf<T> = T extends unknown ? keyof T & string : never;

/** How a field's values are read and compared. `epoch-*` must be declared: a text or number of digits is taken as a number. */
export type CursorType = 'iso' | 'epoch-s' | 'epoch-ms' | 'number' | 'string';

/** A cursor that is tracked from a field of the records. */
export interface FieldCursor<Input, Config = unknown, Account = unknown> {
  /** The field, or how to read it from the raw record. */
  readonly field: FieldOf<Input> | ((raw: Input) => unknown);
  /** Default: taken from the first value that is seen, and then fixed. */
  readonly type?: CursorType;
  /**
   * `'ascending'`: the API returns records oldest change first, so the cursor moves with each page. Default `'unordered'`: it moves when the
   * whole reading has succeeded.
   */
  readonly order?: 'ascending' | 'unordered';
  /** How far before the cursor to read again, for records that become visible late: default `'1m'` for instants, 0 for numbers, refused for texts. */
  readonly overlap?: Duration;
  /** Where a first reading begins; nothing before it is judged by deletion passes. */
  readonly start?:
    | string
    | number
    | ((ctx: { readonly config: Config; readonly account: Account }) => string | number);
  /** Whether an error of `pull` means that the API no longer accepts the cursor or page token. Default: 410, and 400 on the first request after a resume. */
  readonly expired?: (error: unknown) => boolean;
}

/** A cursor that the API makes: a delta token or sequence, yielded in `page.cursor`. */
export interface TokenCursor {
  readonly type: 'token';
  /** As in {@link FieldCursor.expired}. */
  readonly expired?: (error: unknown) => boolean;
}

/** What `ctx.cursor` holds for a stream's `cursor` definition; where that cannot be told apart (`start` as a function), any cursor value. */
export type CursorValue<Input, Cursor> = unknown extends Cursor
  ? string | number | undefined
  : Cursor extends 'token'
    ? JsonValue | undefined
    : 'token' extends Option<Cursor, 'type'>
      ? JsonValue | undefined
      : 'field' extends keyof Cursor
        ? Cursor['field'] extends keyof Input
          ? NonNullable<Input[Cursor['field']]> | undefined
          : string | number | undefined
        : undefined;

/** By its name: `Cursor extends { field: … }` is refused to a literal that has other fields too. */
type Option<Cursor, Name> = Name extends keyof Cursor ? Cursor[Name] : never;

/** When a stream is due. A stream without a schedule runs only when asked. */
export type Schedule =
  | { readonly every: Duration; readonly jitter?: Duration }
  | { readonly cron: string; readonly timezone?: string; readonly jitter?: Duration };

/** What to do with records that fail validation: keep them and go on (default), fail the run at the first, or fail it above a share of what it read. */
export type InvalidPolicy = 'quarantine' | 'fail' | { readonly maxRatio: number };

/** A stream: one kind of record of a connector. All types flow from `schema`; none is written by hand. */
export interface StreamDefinition<S, Config, Account, Records, Cursor, Partitioned> {
  /** What a record is: any Standard Schema. What it puts out is stored, as plain JSON. */
  readonly schema: S & StoredSchema<S>;
  /**
   * The customer's own fields, asked of the API once in each run: validated beside `schema` and merged into the record. Declare the schema loose
   * (`z.looseObject`) to have them typed `unknown`. When they differ from those of the run before, `schema.drift` tells.
   *
   * @example fields: async (ctx) => Object.fromEntries((await customFieldIds(ctx)).map((id) => [id, z.string().nullish()]))
   */
  readonly fields?: (
    ctx: StreamContext<Config, Account, Records>,
  ) => Promise<Readonly<Record<string, Schema>>> | Readonly<Record<string, Schema>>;
  /** What identifies a record, read from the raw one: a field, a list of fields, or a function. */
  readonly key:
    FieldOf<InputOf<S>> | readonly FieldOf<InputOf<S>>[] | ((raw: InputOf<S>) => string | number);
  /** Reads the records, page by page. A page is `{ records, … }` or just a list of records. */
  readonly pull: (
    ctx: PullContext<
      Config,
      Account,
      Records,
      InputOf<S>,
      CursorValue<InputOf<S>, Cursor>,
      PartitionOf<Partitioned>
    >,
  ) => AsyncIterable<Page<InputOf<S>> | readonly InputOf<S>[]>;
  /** How far the stream has been read. Left out: every run reads everything. */
  readonly cursor?: 'token' | TokenCursor | FieldCursor<InputOf<S>, Config, Account>;
  /** For streams without a cursor field: the field that says which of two versions of a record is newer. */
  readonly modified?: FieldOf<InputOf<S>> | ((raw: InputOf<S>) => unknown);
  /** How deletions are found. Left out: they are not looked for. */
  readonly deletions?:
    Deletions<InputOf<S>, Config, Account> | readonly Deletions<InputOf<S>, Config, Account>[];
  /** Reads everything now and then, though there is a cursor: for fields that change without moving it. */
  readonly full?: { readonly every: Duration };
  /**
   * Lists what the stream is read by: it is pulled once for each, with its own cursor and resume token. Keys are unique within the
   * stream; where one is left out of the list, what it brought stays until a pass judges it.
   */
  readonly partitions?: (
    ctx: StreamContext<Config, Account, Records>,
  ) => AsyncIterable<PartitionInput<Partitioned>>;
  /** The schema of a partition; it types `ctx.partition`. May be left out. */
  readonly partition?: Schema;
  /** How many partitions are read at a time. Default 4. */
  readonly partitionConcurrency?: number;
  /** Streams to be synced before this one. */
  readonly after?: readonly (keyof Records & string)[];
  readonly schedule?: Schedule;
  readonly invalid?: InvalidPolicy;
  /** Output fields whose difference alone is no change: it is stored, but no change is told. */
  readonly volatile?: readonly FieldOf<OutputOf<S>>[];
  /** The schema's version, kept with each record. Default 1. */
  readonly version?: number;
  /** Keep every version of a record: `changes` and consumers get each of them, with the one before. Default false: the latest one. */
  readonly history?: boolean;
}

/** Makes a schema whose output plain JSON cannot hold a compile error: `Date`, `Map`, `bigint`, functions and classes. */
export type PlainJson<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends bigint | symbol | ((...args: never[]) => unknown)
      ? never
      : { readonly [K in keyof T]: PlainJson<T[K]> };

/** The record types that the streams put out. */
export type RecordsOf<Schemas> = { readonly [K in keyof Schemas]: OutputOf<Schemas[K]> };

/** Complains, in the type of `schema`, about outputs that plain JSON cannot hold. */
export type StoredSchema<S> = S extends Schema
  ? OutputOf<S> extends PlainJson<OutputOf<S>>
    ? unknown
    : {
        readonly 'the schema must put out plain JSON: no Date, Map, Set, bigint, function or class': never;
      }
  : unknown;

/** A partition as a stream lists it: its key, when it last changed if the API tells, and whatever else `pull` needs. */
export interface Partition {
  readonly key: string | number;
  /** A value that differs when there is something new in the partition; only equality counts. */
  readonly modified?: string | number | null;
}

/** What `ctx.partition` is: what the stream's `partition` schema puts out; without one, what `partitions` listed. */
export type PartitionOf<S> = S extends Schema
  ? OutputOf<S>
  : Partition & Readonly<Record<string, unknown>>;

/** What `partitions` lists: what the schema accepts, with a key. */
export type PartitionInput<S> = S extends Schema ? InputOf<S> & Partition : Partition;
