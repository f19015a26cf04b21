import type { ZodType } from 'zod';

/** The phases, in the order in which they run on one database. */
export const phases = [
  'load',
  'unchanged',
  'one-percent',
  'all',
  'pass',
  'feed',
  'feed-singly',
] as const;

export type Phase = (typeof phases)[number];

/** The floor; Syncline from the same page bodies; Syncline with its HTTP client before it. */
export const contestantNames = ['floor', 'syncline', 'http'] as const;

export type ContestantName = (typeof contestantNames)[number];

/** What a phase did to the records. */
export interface Outcome {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** One way from page bodies to a committed feed. Both ways must come to the same outcomes and the same feed. */
export interface Contestant {
  /** Opens its database, or opens it anew: who looks for deletions has another connector, and then both begin with a fresh log. */
  open(looksForDeletions: boolean): Promise<void>;
  /** Reads the whole list once and commits it. */
  read(): Promise<Outcome>;
  /** Reads the whole list, and deletes what it no longer has. */
  pass(): Promise<Outcome>;
  /** Reads all changes after a number, in lists or `singly`; returns how many there are, and a checksum of what they say. */
  feed(after: number, singly: boolean): Promise<Feed>;
  close(): Promise<void>;
}

export interface Feed {
  readonly changes: number;
  readonly last: number;
  readonly kinds: { readonly insert: number; readonly update: number; readonly delete: number };
  /** Of the keys and records that are there, in order. */
  readonly checksum: number;
}

/** Adds up a feed: cheap, the same for all contestants. */
export class FeedSum {
  #changes = 0;
  #last = 0;
  #checksum = 0;
  readonly #kinds = { insert: 0, update: 0, delete: 0 };

  add(seq: number, kind: 'insert' | 'update' | 'delete', key: string, record: Versioned): void {
    this.#changes += 1;
    this.#last = seq;
    this.#kinds[kind] += 1;
    if (kind !== 'delete')
      this.#checksum = (this.#checksum * 31 + Number(key) + record.version) % 1_000_000_007;
  }

  get feed(): Feed {
    return {
      changes: this.#changes,
      last: this.#last,
      kinds: { ...this.#kinds },
      checksum: this.#checksum,
    };
  }
}

/** What every record of the benchmark has. */
export interface Versioned {
  readonly id: number;
  readonly version: number;
  readonly updated_at: string;
}

export type RecordSchema = ZodType<Versioned, Versioned>;
