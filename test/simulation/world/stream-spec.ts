import type { FakeListOptions, FakePaging, StampKind } from 'syncline/testing';

/** A stream of a simulated world: what the API does, and what the connector says of it. */
export interface StreamSpec {
  readonly name: string;
  /** What the connector declares. */
  readonly cursor: 'ascending' | 'unordered' | 'token' | 'none';
  /** How the API sorts; `key` under an `ascending` cursor is an API that does not keep its order. */
  readonly order: 'ascending' | 'key';
  readonly stamps: StampKind;
  readonly paging: FakePaging;
  readonly pageSize: number;
  /** Milliseconds for instants, else a number. Undefined: the default. */
  readonly overlap?: number;
  /** How it is found out that records are gone; empty: not at all. */
  readonly deletions: readonly DeletionKind[];
  /** Whether the deletions feed tells when they were made. */
  readonly dated?: boolean;
  readonly maxDeleteRatio?: number;
  /** Whether missing keys are confirmed by asking the API for them. */
  readonly confirm?: boolean;
  readonly every?: string;
  readonly invalid?: 'quarantine' | 'fail' | { readonly maxRatio: number };
  readonly after?: readonly string[];
  /** Whether records come twice now and then. */
  readonly repeats?: boolean;
  /** Whether the date of a record without a cursor tells which of two versions is newer. */
  readonly modified?: boolean;
  /** Whether only `name` counts as content: the other fields are declared volatile. */
  readonly volatile?: boolean;
  /** Whether every version is kept. */
  readonly history?: boolean;
  /** How often everything is read again, in milliseconds: records are computed anew without another date. */
  readonly fullEveryMs?: number;
  /** From when on each release reads, in milliseconds before the world's beginning. */
  readonly starts?: Readonly<Record<Release, number>>;
  /** What the stream is read by; undefined: it is one list. */
  readonly partitions?: PartitionSpec;
}

/** What is deployed, from the beginning of a world to its end. */
export type Release = 'first' | 'second' | 'last';

export type DeletionKind = 'flag' | 'feed' | 'snapshot' | 'probe';

export interface PartitionSpec {
  readonly names: readonly string[];
  /** How many are read at a time. Undefined: the default. */
  readonly concurrency?: number;
  /** Whether the API says when something has changed in one. */
  readonly modified?: boolean;
}

/** Whether a page is found by counting, so that what moves shifts others over its border. */
export function countsItems({ paging }: StreamSpec): boolean {
  return paging === 'offset' || paging === 'page';
}

export function isInstant({ stamps }: Pick<StreamSpec, 'stamps'>): boolean {
  return stamps !== 'number' && stamps !== 'text';
}

/** How far before its cursor a stream is read again. */
export function overlapOf(spec: StreamSpec): number {
  return spec.cursor === 'token' ? 0 : (spec.overlap ?? (isInstant(spec) ? 60_000 : 0));
}

/** The list that the API has for a stream of one connection. */
export function listOptions(spec: StreamSpec, repeats: () => boolean): FakeListOptions {
  return {
    order: spec.order,
    stamps: spec.stamps,
    paging: spec.paging,
    pageSize: spec.pageSize,
    tombstones: spec.deletions.includes('flag'),
    ...(spec.repeats === true ? { repeats } : {}),
  };
}

/** The instant from which on a release reads a stream; undefined: from the very beginning. */
export function startOf({ starts }: StreamSpec, release: Release): number | undefined {
  return starts && BEGINNING - starts[release];
}

/** When virtual time begins. */
const BEGINNING = Date.UTC(2026, 0, 1);
