import { compareKeys } from '../../core/key.js';
import type { StoredRecord } from '../commits.js';
import type { ConnectionRow } from '../connections.js';
import type { Lease, StreamRef } from '../stream-ref.js';
import type { LogRow } from '../logs.js';
import type { TrafficRow } from '../traffic.js';
import type { FeedRow } from '../records.js';
import { leaseLost, notOpen } from '../refusals.js';
import type { RejectedRow } from '../rejected.js';
import type { PositionState, RunRow, StreamState } from '../runs.js';

/** A row as it is stored and as the feed tells it, in one. */
export interface MemoryRecord extends StoredRecord, FeedRow {}

/** A version that a later one has superseded. */
export interface MemoryVersion extends MemoryRecord {
  readonly supersededAt: number;
}

export interface MemoryPass {
  readonly name: string;
  /** It judges what was born up to this number. */
  readonly seq: number;
  readonly seen: Set<string>;
}

export interface MemoryRejected {
  readonly row: RejectedRow;
  readonly fingerprint: string;
}

export interface MemoryStream {
  readonly ref: StreamRef;
  /** The latest token given out. */
  token: number;
  holder: { readonly run: string; readonly owner: string; readonly until: number } | null;
  state: StreamState | undefined;
  readonly positions: Map<string, PositionState>;
  /** Rows are replaced, never changed, so that they can be handed out. */
  readonly records: Map<string, MemoryRecord>;
  keys: SortedKeys;
  /** By key, in the order of their numbers. */
  readonly versions: Map<string, MemoryVersion[]>;
  live: number;
  /** Changes up to this number may be gone. */
  pruned: number;
  /** In the order in which they were kept. */
  rejected: MemoryRejected[];
  open: MemoryPass | undefined;
  held: MemoryPass | undefined;
}

export interface MemoryRun {
  row: RunRow;
  cancelRequested: boolean;
}

/** One stream over all connections. */
export interface MemoryFeed {
  readonly connector: string;
  readonly stream: string;
  /** In the order of their numbers; some have been replaced by a later row of their key. */
  rows: MemoryRecord[];
  replaced: number;
  /** Changes up to this number may be gone. */
  pruned: number;
}

export interface MemoryConsumer {
  readonly connector: string;
  readonly stream: string;
  offset: number;
  anew: number;
  reset: boolean;
  token: number;
  holder: { readonly owner: string; readonly until: number } | null;
}

/** One store's rows, and whether it may be used. */
export class Tables {
  lifecycle: 'new' | 'open' | 'closed' = 'new';
  seq = 0;
  lastRejected = 0;
  lastLog = 0;
  lastTraffic = 0;
  readonly connections = new Map<string, ConnectionRow>();
  readonly streams = new Map<string, MemoryStream>();
  /** In the order in which they were queued. */
  readonly runs = new Map<string, MemoryRun>();
  readonly feeds = new Map<string, MemoryFeed>();
  readonly consumers = new Map<string, MemoryConsumer>();
  logs: LogRow[] = [];
  traffic: TrafficRow[] = [];

  /** One verb: atomic, because nothing else runs in between. */
  async work<T>(verb: () => T): Promise<T> {
    if (this.lifecycle !== 'open') throw notOpen(this.lifecycle);
    return verb();
  }

  stream(ref: StreamRef): MemoryStream | undefined {
    return this.streams.get(streamId(ref));
  }

  /** The stream's row, made when its connection is there. */
  ensureStream(ref: StreamRef): MemoryStream | undefined {
    const existing = this.stream(ref);
    if (existing || !this.connections.has(connectionId(ref.connector, ref.connection))) {
      return existing;
    }
    const stream: MemoryStream = {
      ref: { ...ref },
      token: 0,
      holder: null,
      state: undefined,
      positions: new Map(),
      records: new Map(),
      keys: new SortedKeys(),
      versions: new Map(),
      live: 0,
      pruned: 0,
      rejected: [],
      open: undefined,
      held: undefined,
    };
    this.streams.set(streamId(ref), stream);
    return stream;
  }

  feed(connector: string, stream: string): MemoryFeed {
    const id = JSON.stringify([connector, stream]);
    const feed = this.feeds.get(id) ?? { connector, stream, rows: [], replaced: 0, pruned: 0 };
    this.feeds.set(id, feed);
    return feed;
  }

  /** The stream and run of a lease that is the latest; an expired one that nobody has taken is. */
  leased(lease: Lease, verb: string): { readonly stream: MemoryStream; readonly run: MemoryRun } {
    const stream = this.stream(lease.ref);
    const run = this.runs.get(lease.run);
    if (!stream || !run || stream.token !== lease.token || stream.holder?.run !== lease.run) {
      throw leaseLost(lease, verb);
    }
    return { stream, run };
  }
}

/** Keys in byte order; those that came since the last reading are merged in when somebody reads. */
export class SortedKeys {
  #sorted: string[] = [];
  #added: string[] = [];

  add(key: string): void {
    this.#added.push(key);
  }

  remove(key: string): void {
    this.#sorted = this.#sorted.filter((each) => each !== key);
    this.#added = this.#added.filter((each) => each !== key);
  }

  /** All keys, and the position of the first one above `after`. */
  from(after: string | undefined): { readonly keys: readonly string[]; readonly start: number } {
    if (this.#added.length > 0) {
      this.#sorted = merge(this.#sorted, this.#added.sort(compareKeys));
      this.#added = [];
    }
    const keys = this.#sorted;
    return { keys, start: after === undefined ? 0 : firstAbove(keys, after) };
  }
}

export function connectionId(connector: string, id: string): string {
  return JSON.stringify([connector, id]);
}

function streamId(ref: StreamRef): string {
  return JSON.stringify([ref.connector, ref.connection, ref.stream]);
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let i = 0;
  for (const key of b) {
    for (let next = a[i]; next !== undefined && compareKeys(next, key) < 0; next = a[i]) {
      merged.push(next);
      i++;
    }
    merged.push(key);
  }
  return merged.concat(a.slice(i));
}

function firstAbove(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
