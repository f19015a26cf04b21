import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { StoreError } from 'syncline/adapter';
import { sqlite } from 'syncline/sqlite';
import { acme, leaseOf, page, ref, testDirectory, VirtualClock } from './environment.js';

/** A store on a virtual clock, and another connection that can lock its file. */
async function world() {
  const path = join(await testDirectory(), 'sync.db');
  const clock = new VirtualClock();
  const store = sqlite(path);
  await store.open(clock.environment);
  await store.createConnection({ row: acme });
  clock.sleeps.length = 0;
  const other = new Database(path, { timeout: 0 });
  return { path, clock, store, other, lock: () => other.exec('BEGIN IMMEDIATE') };
}

describe('while another process writes', () => {
  test('a verb waits by the clock and goes on when the lock is gone', async () => {
    const { clock, store, other, lock } = await world();
    lock();
    clock.whileAsleep = () => {
      if (clock.sleeps.length === 5) other.exec('COMMIT');
    };
    const { inserted } = await store.commit(page([['a', '{}']]));
    expect(inserted).toBe(1);
    expect(clock.sleeps).toHaveLength(5);
    expect(clock.sleeps).toEqual([...clock.sleeps].sort((a, b) => a - b));
  });

  test('it gives up after five seconds, and says what to look for', async () => {
    const { clock, store, lock } = await world();
    lock();
    const began = performance.now();
    const error = await store.commit(page([['a', '{}']])).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ retryable: true, context: { verb: 'commit' } });
    expect((error as Error).message).toMatch(/locked by another process/);
    expect(clock.time).toBe(5_000);
    expect(clock.sleeps.length).toBeGreaterThan(40);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(100);
    // Waiting inside SQLite would have held the event loop.
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('reading does not wait', async () => {
    const { clock, store, other, lock } = await world();
    await store.commit(page([['a', '{}']]));
    lock();
    other.exec("UPDATE records SET data = '2'");
    expect((await store.getRecord({ ref, key: 'a' }))?.data).toBe('{}');
    expect((await store.readFeed({ ...ref, after: 0, limit: 9 })).rows).toHaveLength(1);
    expect(clock.sleeps).toEqual([]);
  });

  test('the time to wait can be set', async () => {
    const { path, clock, lock } = await world();
    const store = sqlite(path, { busyTimeout: 60_000 });
    await store.open(clock.environment);
    const began = clock.time;
    lock();
    await expect(store.appendLogs({ rows: [] })).rejects.toThrow(StoreError);
    expect(clock.time - began).toBe(60_000);
  });

  test('closing ends the waiting', async () => {
    const { clock, store, lock } = await world();
    lock();
    clock.whileAsleep = () => void store.close();
    await expect(store.commit(page([['a', '{}']]))).rejects.toThrow(/closed/);
    expect(clock.sleeps).toHaveLength(1);
  });

  test('a lease that was lost meanwhile is lost', async () => {
    const { clock, store, other, lock } = await world();
    const lease = await leaseOf(store);
    lock();
    clock.whileAsleep = () => {
      if (!other.inTransaction) return;
      other.exec('UPDATE streams SET lease_token = lease_token + 1; COMMIT');
    };
    await expect(store.commit(page([['a', '{}']], { lease }))).rejects.toMatchObject({
      code: 'LEASE_LOST',
    });
    expect(await store.countRecords({ ref })).toBe(0);
  });
});

describe('opening while another process', () => {
  test('creates the same file waits, and finds it made', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const clock = new VirtualClock();
    const other = new Database(path, { timeout: 0 });
    other.exec('BEGIN EXCLUSIVE; CREATE TABLE half_done (id)');
    const first = sqlite(path);
    clock.whileAsleep = () => {
      if (clock.sleeps.length === 4) other.exec('ROLLBACK');
    };
    await first.open(clock.environment);
    expect(clock.sleeps).toHaveLength(4);
    expect(await first.countRecords({ ref })).toBe(0);
    await first.close();
    other.close();
  });

  test('holds the file for too long gives up', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const clock = new VirtualClock();
    const other = new Database(path, { timeout: 0 });
    other.exec('BEGIN EXCLUSIVE; CREATE TABLE half_done (id)');
    const store = sqlite(path);
    await expect(store.open(clock.environment)).rejects.toThrow(/open was given up.*locked/);
    other.exec('ROLLBACK');
    await store.open(clock.environment);
    expect(await store.countRecords({ ref })).toBe(0);
    await store.close();
    other.close();
  });

  test('is migrating waits', async () => {
    const { path, clock, store, other } = await world();
    await store.close();
    const version = Number(other.pragma('user_version', { simple: true }));
    other.pragma('user_version = 0');
    other.exec('BEGIN IMMEDIATE');
    clock.whileAsleep = () => {
      if (!other.inTransaction) return;
      other.pragma(`user_version = ${version}`);
      other.exec('COMMIT');
    };
    const second = sqlite(path);
    await second.open(clock.environment);
    expect(await second.getConnection({ connector: 'github', id: 'acme' })).toEqual(acme);
    await second.close();
  });
});
