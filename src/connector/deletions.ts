import type { Duration } from '../core/duration.js';
import type { JsonValue } from '../core/json.js';
import type { StreamContext } from './context.js';
import type { Key } from './page.js';

/** Records that say by themselves that they are gone: `status: 'cancelled'`, `archived: true`. They need not satisfy the schema. */
export interface FlagDeletions<Input> {
  readonly kind: 'flag';
  readonly when: (raw: Input) => boolean;
}

/** Deletions that the API lists on their own. Pulled before the records of each run. */
export interface FeedDeletions<Config, Account> {
  readonly kind: 'feed';
  readonly pull: (ctx: FeedContext<Config, Account>) => AsyncIterable<FeedPage>;
}

/** What a deletions feed's `pull` gets. */
export interface FeedContext<Config, Account> extends AnyStreamContext<Config, Account> {
  /** The newest `cursor` that the feed has yielded; undefined at first. */
  readonly cursor: JsonValue | undefined;
}

/** A page of a deletions feed. */
export interface FeedPage {
  /** Keys, or keys with the time of their deletion: a value of the cursor field's kind. */
  readonly deletes: readonly (Key | { readonly key: Key; readonly at: unknown })[];
  readonly cursor?: JsonValue | undefined;
}

/** Deletions found by reading everything and looking at what is missing. */
export interface SnapshotDeletions<Config, Account> {
  readonly kind: 'snapshot';
  /** How often `sync()` without a mode reads everything to look for deletions. Default: only full runs do, and runs of streams without a cursor. */
  readonly every?: Duration;
  /** The largest share of the judged records that is deleted without approval. Default 0.2. */
  readonly maxDeleteRatio?: number;
  /** Asks the API which of the missing keys are really gone; without it, a second reading confirms. */
  readonly confirm?: MissingKeys<Config, Account>;
  /** Whether a deletion cannot shift a live record over a page border, so that one reading is enough. Default: as the pagination allows. */
  readonly stable?: boolean;
}

/** Deletions found by asking for each stored key. */
export interface ProbeDeletions<Config, Account> {
  readonly kind: 'probe';
  /** How often. Default: in every run. */
  readonly every?: Duration;
  /** As in {@link SnapshotDeletions}. Default 0.2. */
  readonly maxDeleteRatio?: number;
  readonly check: MissingKeys<Config, Account>;
}

/** Says which of the keys are no longer there. Keys are in their stored form. */
export type MissingKeys<Config, Account> = (
  ctx: AnyStreamContext<Config, Account>,
  keys: readonly string[],
) => Promise<readonly string[]> | readonly string[];

/** A way to find out what is gone. */
export type Deletions<Input, Config, Account> =
  | FlagDeletions<Input>
  | FeedDeletions<Config, Account>
  | SnapshotDeletions<Config, Account>
  | ProbeDeletions<Config, Account>;

type AnyStreamContext<Config, Account> = StreamContext<
  Config,
  Account,
  Readonly<Record<string, unknown>>
>;
