import assert from 'node:assert/strict';
import { LeaseLostError, StoreError } from '../../core/errors.js';
import type {
  CommitParams,
  CommitResult,
  Decide,
  IncomingDelete,
  IncomingRecord,
  IncomingRejected,
  StoredRecord,
  VersionValue,
} from '../commits.js';
import type { ConnectionRow } from '../connections.js';
import type { Lease, Store, StreamRef } from '../contract.js';
import type { FeedRow } from '../records.js';
import type { RunMode, RunRow } from '../runs.js';

/** What an adapter hands over for each test. */
export interface ContractStore {
  /** Opened and empty. */
  readonly store: Store;
  /** Opens a further store on the same data, as another process would. Left out where there is no such thing. */
  readonly another?: () => Promise<Store>;
  /** Closes everything and removes the data. */
  readonly dispose: () => Promise<void>;
}

export type ContractTest = (world: World) => Promise<void>;
/** Tests by what they say of the store. */
export type ContractTests = Readonly<Record<string, ContractTest>>;

export const LEASE_MS = 15_000;

/** One store under test, with the verbs as short as tests like them. */
export class World {
  readonly store: Store;
  /** The same data through another store, where the adapter can; else the same store. */
  readonly other: Store;
  now = 1_000;
  #runs = 0;

  constructor(store: Store, other: Store) {
    this.store = store;
    this.other = other;
  }

  /** A stream of a connection that is there. */
  async stream(connection = 'acme', stream = 'issues', connector = 'github'): Promise<StreamRef> {
    await this.store.createConnection({ row: connectionRow({ connector, id: connection }) });
    return { connector, connection, stream };
  }

  async request(ref: StreamRef, mode: RunMode = 'full', id?: string): Promise<RunRow> {
    const run = id ?? `run-${++this.#runs}`;
    return (await this.store.requestRun({ ref, id: run, mode, now: this.now })).run;
  }

  /** A run that is claimed, with its lease. */
  async lease(ref: StreamRef, owner = 'a', store = this.store): Promise<Lease> {
    const run = await this.request(ref);
    return this.claim(run.id, owner, store);
  }

  async claim(run: string, owner = 'a', store = this.store): Promise<Lease> {
    const claimed = await store.claimRun({ run, owner, now: this.now, leaseMs: LEASE_MS });
    assert.ok(claimed.kind === 'claimed', `run ${run} is free to be claimed`);
    return claimed.lease;
  }

  /** Commits without a lease, unless one is given. */
  commit(
    ref: StreamRef,
    items: CommitParams['items'],
    more: Partial<CommitParams> = {},
    store = this.store,
  ): Promise<CommitResult> {
    return store.commit({ ...commitParams(ref, this.now), items, ...more });
  }

  async get(ref: StreamRef, key: string): Promise<StoredRecord> {
    const row = await this.store.getRecord({ ref, key });
    assert.ok(row, `record ${key} is there`);
    return row;
  }

  async keys(ref: StreamRef): Promise<readonly string[]> {
    return (await this.store.listRecords({ ref, limit: 10_000 })).map(({ key }) => key);
  }

  async feed(
    ref: Pick<StreamRef, 'connector' | 'stream'> & { readonly connection?: string },
    after = 0,
  ): Promise<readonly FeedRow[]> {
    const { connector, stream, connection } = ref;
    const one = connection === undefined ? {} : { connection };
    return (await this.store.readFeed({ connector, stream, ...one, after, limit: 10_000 })).rows;
  }

  async missing(ref: StreamRef, pass: string): Promise<readonly string[]> {
    const rows = await this.store.readPass({ ref, pass, missing: true, limit: 10_000 });
    return rows.map(({ key }) => key);
  }
}

export function connectionRow(row: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    connector: 'github',
    id: 'acme',
    config: {},
    account: null,
    sealed: null,
    tags: {},
    status: 'active',
    version: 1,
    createdAt: 1_000,
    updatedAt: 1_000,
    ...row,
  };
}

export function commitParams(ref: StreamRef, now: number): CommitParams {
  return {
    ref,
    lease: null,
    now,
    origin: 'pull',
    receivedAt: now,
    partition: '',
    schemaVersion: 1,
    items: [],
    rejected: [],
    decide: byData,
    counts: {},
  };
}

/** The plainest of rules: what differs is a change. */
export const byData: Decide = (incoming, stored) => {
  const live = stored !== undefined && !stored.deleted;
  if (incoming.kind === 'delete') return live ? 'delete' : 'ignore';
  if (!live) return 'insert';
  return stored.data === incoming.data ? 'unchanged' : 'update';
};

export function record(
  key: string,
  data = `{"v":1}`,
  version: VersionValue = null,
): IncomingRecord {
  return { kind: 'record', key, data, version };
}

export function records(...keys: readonly string[]): readonly IncomingRecord[] {
  return keys.map((key) => record(key));
}

export function remove(key: string, unseenIn?: string): IncomingDelete {
  const pass = unseenIn === undefined ? {} : { unseenIn };
  return { kind: 'delete', key, version: null, ...pass };
}

export function rejected(key: string | null, raw: string, fingerprint = raw): IncomingRejected {
  return { key, fingerprint, raw, issues: [{ message: 'wrong', path: ['a', 0] }], version: null };
}

export async function refusedAsLost(verb: Promise<unknown>): Promise<void> {
  await assert.rejects(verb, (error) => {
    assert.ok(error instanceof LeaseLostError, `a LeaseLostError, not ${String(error)}`);
    return true;
  });
}

export async function refused(verb: Promise<unknown>, says?: RegExp): Promise<void> {
  await assert.rejects(verb, (error) => {
    assert.ok(error instanceof StoreError, `a StoreError, not ${String(error)}`);
    if (says) assert.match(error.message, says);
    return true;
  });
}

/** Texts that SQL, JSON and JavaScript each have their troubles with, in the order of their bytes. */
export const oddTexts: readonly string[] = [
  '\u0001',
  '\n',
  ' ',
  ' a',
  '"',
  '%',
  "'",
  "'; DROP TABLE records; --",
  '0',
  '007',
  '1e5',
  '42',
  'A',
  'Z',
  '["a","b"]',
  '\\',
  '__proto__',
  'a',
  'a\tb',
  'constructor',
  'null',
  'toString',
  'é',
  'ü',
  '中',
  '\ue000',
  '\uffee',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
];

/** A small seeded generator (mulberry32): the suite draws the same every time. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
