import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { StoreError } from 'syncline/adapter';
import { sqlite } from 'syncline/sqlite';
import type { SqliteHandle, Store } from 'syncline/sqlite';
import { acme, leaseOf, page, realEnvironment, ref, testDirectory } from './environment.js';

/** A handle that tells at each transaction how durable it will be, and after each statement what it was. */
function watched(handle: Database.Database, levels: unknown[]): SqliteHandle {
  return {
    get open() {
      return handle.open;
    },
    get inTransaction() {
      return handle.inTransaction;
    },
    prepare: (sql) => {
      const statement = handle.prepare(sql);
      if (sql !== 'BEGIN IMMEDIATE') return statement;
      return {
        ...{ get: () => undefined, all: () => [] },
        raw() {
          return this;
        },
        pluck() {
          return this;
        },
        safeIntegers() {
          return this;
        },
        run: () => {
          levels.push(handle.pragma('synchronous', { simple: true }));
          return statement.run();
        },
      };
    },
    exec: (sql) => handle.exec(sql),
    pragma: (sql, options) => handle.pragma(sql, options),
    close: () => handle.close(),
  };
}

const NORMAL = 1;
const FULL = 2;

test('a power cut may cost logs and heartbeats, and nothing else', async () => {
  const levels: unknown[] = [];
  const handle = new Database(join(await testDirectory(), 'sync.db'));
  const store = sqlite(watched(handle, levels));
  await store.open(realEnvironment);
  const levelOf = async (verb: (store: Store) => Promise<unknown>) => {
    levels.length = 0;
    await verb(store);
    return levels;
  };
  const row = { ...acme, version: 2 };
  const place = { connector: 'github', stream: 'issues' };
  const claim = { owner: 'a', now: 1, leaseMs: 1 };
  const consumer = { ...place, name: 'c', startAt: 0, ...claim };
  const result = { counts: {}, cursor: null, error: null };

  expect(await levelOf((s) => s.createConnection({ row: acme }))).toEqual([FULL]);
  expect(await levelOf((s) => s.updateConnection({ row, expectedVersion: 1 }))).toEqual([FULL]);
  expect(await levelOf((s) => s.requestRun({ ref, id: 'r', mode: 'full', now: 1 }))).toEqual([
    FULL,
  ]);
  expect(await levelOf((s) => s.claimRun({ run: 'r', ...claim }))).toEqual([NORMAL]);
  const lease = { ref, run: 'r', token: 1 };
  expect(await levelOf((s) => s.renewLease({ lease, now: 1, leaseMs: 1 }))).toEqual([NORMAL]);
  expect(await levelOf((s) => s.markWaiting({ lease, waiting: true }))).toEqual([NORMAL]);
  expect(await levelOf((s) => s.commit(page([['a', '{}']], { lease })))).toEqual([FULL]);
  expect(await levelOf((s) => s.openPass({ lease, pass: 'p' }))).toEqual([FULL]);
  expect(await levelOf((s) => s.markSeen({ lease, pass: 'p', keys: ['a'] }))).toEqual([FULL]);
  expect(await levelOf((s) => s.holdPass({ lease, pass: 'p' }))).toEqual([FULL]);
  expect(await levelOf((s) => s.dropPass({ ref, lease, pass: 'p' }))).toEqual([FULL]);
  expect(await levelOf((s) => s.appendLogs({ rows: [] }))).toEqual([NORMAL]);
  expect(
    await levelOf((s) => s.finishRun({ run: 'r', lease, status: 'succeeded', now: 1, ...result })),
  ).toEqual([FULL]);
  expect(
    await levelOf((s) => s.requestCancel({ connector: 'x', connection: 'y', now: 1 })),
  ).toEqual([FULL]);
  expect(await levelOf((s) => s.claimConsumer(consumer))).toEqual([FULL]);
  expect(await levelOf((s) => s.claimConsumer(consumer))).toEqual([NORMAL]);
  expect(await levelOf((s) => s.moveConsumer({ name: 'c', token: 1, offset: 1 }))).toEqual([FULL]);
  const deletion = await levelOf((s) => s.deleteConnection({ connector: 'github', id: 'acme' }));
  expect(deletion.filter((level) => level === FULL)).toHaveLength(1);
  handle.close();
});

test('without a write-ahead log everything is written at FULL', async () => {
  const levels: unknown[] = [];
  const handle = new Database(':memory:');
  const store = sqlite(watched(handle, levels));
  await store.open(realEnvironment);
  await store.appendLogs({ rows: [] });
  expect(levels).toEqual([FULL]);
});

describe('a full disk', () => {
  async function full() {
    const handle = new Database(join(await testDirectory(), 'sync.db'));
    const store = sqlite(handle);
    await store.open(realEnvironment);
    await store.createConnection({ row: acme });
    const lease = await leaseOf(store);
    await store.commit(page([['a', '{}']], { lease, state: 'before' }));
    const pages = Number(handle.pragma('page_count', { simple: true }));
    handle.pragma(`max_page_count = ${pages + 20}`);
    return { handle, store, lease };
  }
  const large = Array.from({ length: 100 }, (_, i) => [`k${i}`, 'x'.repeat(5_000)] as const);

  test('refuses the commit as a whole, and keeps what was there', async () => {
    const { handle, store, lease } = await full();
    const error = await store
      .commit(page(large, { lease, state: 'after' }))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ retryable: true, context: { sqlite: 'SQLITE_FULL' } });
    expect((error as Error).message).toMatch(/commit failed.*full.*Free some space/);
    expect(handle.inTransaction).toBe(false);
    expect(await store.countRecords({ ref })).toBe(1);
    expect(await store.getStreamState({ ref })).toBe('before');
    expect((await store.getRun({ run: lease.run }))?.counts.inserted).toBe(1);
    handle.close();
  });

  test('is over when there is room again', async () => {
    const { handle, store, lease } = await full();
    await expect(store.commit(page(large, { lease }))).rejects.toThrow(StoreError);
    handle.pragma('max_page_count = 100000');
    expect((await store.commit(page(large, { lease }))).inserted).toBe(100);
    expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
    handle.close();
  });
});

test('a driver that fails in the middle leaves nothing of the commit', async () => {
  const handle = new Database(':memory:');
  const store = sqlite(handle);
  await store.open(realEnvironment);
  await store.createConnection({ row: acme });
  handle.exec(
    "CREATE TEMP TRIGGER fails BEFORE INSERT ON records WHEN NEW.key = 'c' BEGIN SELECT raise(ABORT, 'no'); END",
  );
  const items = ['a', 'b', 'c', 'd'].map((key) => [key, '{}'] as const);
  await expect(store.commit(page(items))).rejects.toThrow(/SQLITE_CONSTRAINT/);
  expect(await store.countRecords({ ref })).toBe(0);
  expect((await store.readFeed({ ...ref, after: 0, limit: 9 })).upTo).toBe(0);
  handle.close();
});
