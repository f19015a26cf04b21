import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sqlite, StoreError } from 'syncline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row } from '../support/by-hand.js';
import { settle, until } from '../support/clock.js';
import { shop } from '../support/shop.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, tempDir, tempFile, testSyncer } from '../support/syncer.js';

noStrays();

const plain = byHand(async function* () {
  yield [row('1', null)];
});

/** A database that a syncer has made and filled. */
async function filled(file: string): Promise<void> {
  const { syncer } = testSyncer([plain], { store: sqlite(file) });
  await syncer.connections.create(plain, { id: 'acme' });
  await syncer.connection(plain, 'acme').stream('rows').sync();
  await syncer.stop();
}

function opened(file: string, options?: Database.Options): Database.Database {
  const handle = new Database(file, options);
  onTestFinished(() => {
    handle.close();
  });
  return handle;
}

const atFirst: readonly (readonly [string, (dir: string) => string | Promise<string>, RegExp])[] = [
  [
    'a file of text',
    (dir) => wrote(dir, 'this is a letter, not a database\n'.repeat(500)),
    /not a SQLite database/,
  ],
  [
    'a picture',
    (dir) => wrote(dir, Buffer.from('89504e470d0a1a0a'.repeat(1_000), 'hex')),
    /not a SQLite database/,
  ],
  ['a directory', (dir) => dir, /cannot be opened|directory/],
  [
    'a directory that does not exist',
    (dir) => join(dir, 'no', 'such', 'sync.db'),
    /directory does not exist/,
  ],
  ['a database of a newer version', newer, /newer/],
  ["another program's database", foreign, /./],
];

function wrote(dir: string, content: string | Buffer): string {
  const file = join(dir, 'sync.db');
  writeFileSync(file, content);
  return file;
}

async function newer(dir: string): Promise<string> {
  const file = join(dir, 'sync.db');
  await filled(file);
  const handle = new Database(file);
  const version = Number(handle.pragma('user_version', { simple: true }));
  handle.pragma(`user_version = ${version + 1_000}`);
  handle.close();
  return file;
}

function foreign(dir: string): string {
  const file = join(dir, 'sync.db');
  const handle = new Database(file);
  handle.exec(
    'CREATE TABLE records (mine TEXT); INSERT INTO records VALUES (1); CREATE TABLE runs (x)',
  );
  handle.close();
  return file;
}

describe('found at the first use', () => {
  test.each(atFirst)(
    '%s is refused with a StoreError, and not touched',
    async (_name, make, message) => {
      const path = await make(tempDir());
      const before = contentOf(path);
      const { syncer } = testSyncer([plain], { store: sqlite(path) });
      for (const work of [
        () => syncer.connections.create(plain, { id: 'acme' }),
        () => syncer.connection(plain, 'acme').stream('rows').sync(),
        () => collect(syncer.runs()),
        () => collect(syncer.logs()),
        () => collect(syncer.connections.list()),
      ]) {
        const error = await rejection(work());
        expect(error).toBeInstanceOf(StoreError);
        expect((error as Error).message).toMatch(message);
        expect((error as Error).message).toContain(path);
      }
      await syncer.stop();
      expect(contentOf(path)).toEqual(before);
    },
  );
});

function contentOf(path: string): Buffer | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path)
    : undefined;
}

test('a damaged database: an error that says so, or what is not damaged; never another exception', async () => {
  const file = tempFile();
  const many = byHand(async function* () {
    yield Array.from({ length: 400 }, (_, i) => row(`r${i}`, null, { text: 'x'.repeat(500) }));
  });
  const first = testSyncer([many], { store: sqlite(file) });
  await first.syncer.connections.create(many, { id: 'acme' });
  await first.syncer.connection(many, 'acme').stream('rows').sync();
  await first.syncer.stop();
  const size = statSync(file).size;
  truncateSync(file, Math.floor(size / 2));
  const { syncer } = testSyncer([many], { store: sqlite(file) });
  const error = await rejection(
    (async () => {
      const rows = syncer.connection(many, 'acme').stream('rows');
      await collect(rows.records());
      await rows.sync();
    })(),
  );
  expect(error).toBeInstanceOf(StoreError);
});

test('a handle that is read-only', async () => {
  const file = tempFile();
  await filled(file);
  const { syncer } = testSyncer([plain], { store: sqlite(opened(file, { readonly: true })) });
  const error = await rejection(syncer.connection(plain, 'acme').stream('rows').sync());
  expect(error).toBeInstanceOf(StoreError);
  expect((error as Error).message).toContain('read-only');
});

test.skipIf(process.getuid?.() === 0)('a file that may not be written', async () => {
  const dir = tempDir();
  const file = join(dir, 'data', 'sync.db');
  mkdirSync(join(dir, 'data'));
  await filled(file);
  chmodSync(file, 0o444);
  chmodSync(join(dir, 'data'), 0o555);
  onTestFinished(() => {
    chmodSync(join(dir, 'data'), 0o755);
  });
  const { syncer } = testSyncer([plain], { store: sqlite(file) });
  expect(await rejection(syncer.connection(plain, 'acme').stream('rows').sync())).toBeInstanceOf(
    StoreError,
  );
});

test('a database that is full: the run fails, what was committed stays, and all goes on when there is room', async () => {
  const file = tempFile();
  const handle = opened(file);
  const api = await testApi();
  for (let i = 0; i < 60; i++)
    api.put(`r${String(i).padStart(2, '0')}`, { text: 'x'.repeat(20_000) }, api.now() - 60_000 + i);
  const connector = shop(api, {
    limit: 10,
    style: 'cursor',
    cursor: { order: 'ascending', overlap: 0 },
  });
  const { syncer } = testSyncer([connector], { store: sqlite(handle) });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  const pages = Number(handle.pragma('page_count', { simple: true }));
  handle.pragma(`max_page_count = ${pages + 90}`);
  const error = await rejection(rows.sync());
  expect(error).toBeInstanceOf(StoreError);
  expect((error as Error).message).toMatch(/full/);
  const stored = await rows.count();
  expect(stored % 10).toBe(0);
  expect(stored).toBeLessThan(60);

  handle.pragma('max_page_count = 1000000');
  const again = await rows.sync({ throws: false });
  // The run that could not even be ended may have to be waited for.
  expect(['succeeded', 'failed']).toContain(again.status);
  if (again.status === 'failed') await rows.sync();
  expect((await collect(rows.records())).map(({ id }) => id)).toEqual([...api.rows.keys()]);
  expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('a database that is locked: waited for, and given up after its time', async () => {
  const file = tempFile();
  await filled(file);
  const blocker = opened(file);
  const { syncer, clock } = testSyncer([plain], { store: sqlite(file) });
  const rows = syncer.connection(plain, 'acme').stream('rows');
  expect(await rows.count()).toBe(1);

  blocker.exec('BEGIN IMMEDIATE');
  const failing = rejection(rows.sync());
  await clock.advance(4_000);
  let ended = false;
  void failing.then(() => (ended = true));
  await settle();
  expect(ended).toBe(false);
  // What only reads is not held up.
  expect(await rows.count()).toBe(1);
  await clock.advance(2_000);
  const error = await failing;
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ retryable: true });
  expect((error as Error).message).toContain('locked');

  const waiting = rows.sync();
  await clock.advance(1_000);
  blocker.exec('ROLLBACK');
  await clock.advance(1_000);
  expect((await waiting).status).toBe('succeeded');
});

test('a database that is locked in mid-run: the run goes on where it was', async () => {
  const file = tempFile();
  const api = await testApi();
  api.fill(9);
  const connector = shop(api, { limit: 3, style: 'next', cursor: { order: 'ascending' } });
  const { syncer, clock } = testSyncer([connector], { store: sqlite(file) });
  await syncer.connections.create(connector, { id: 'acme' });
  const blocker = opened(file);
  api.intercept = ({ index }) => {
    if (index === 1) blocker.exec('BEGIN IMMEDIATE');
    return undefined;
  };
  const run = syncer.connection(connector, 'acme').stream('rows').sync();
  await until(() => api.asked.length === 2);
  await clock.advance(3_000);
  expect(api.asked).toHaveLength(2);
  blocker.exec('ROLLBACK');
  await clock.advance(500);
  expect((await run).counts).toMatchObject({ inserted: 9, pages: 3 });
});

test('a handle that is closed under the syncer', async () => {
  const file = tempFile();
  const handle = new Database(file);
  const { syncer } = testSyncer([plain], { store: sqlite(handle) });
  await syncer.connections.create(plain, { id: 'acme' });
  handle.close();
  expect(await rejection(syncer.connection(plain, 'acme').stream('rows').sync())).toBeInstanceOf(
    StoreError,
  );
});

test("a handle in somebody's transaction", async () => {
  const handle = opened(tempFile());
  const { syncer } = testSyncer([plain], { store: sqlite(handle) });
  await syncer.connections.create(plain, { id: 'acme' });
  const rows = syncer.connection(plain, 'acme').stream('rows');
  handle.exec('BEGIN');
  expect(await rejection(rows.sync())).toBeInstanceOf(StoreError);
  handle.exec('ROLLBACK');
  expect((await rows.sync()).status).toBe('succeeded');
});

describe('the store fails while', () => {
  test.each([
    'requestRun',
    'claimRun',
    'commit',
    'finishRun',
    'getStreamState',
    'renewLease',
  ] as const)('%s: sync() rejects with its error, and the next run succeeds', async (verb) => {
    const inner = sqlite(tempFile());
    let failing = false;
    const store = new Proxy(inner, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (name !== verb || typeof method !== 'function') return method;
        return async (params: unknown): Promise<unknown> => {
          if (failing) throw new StoreError('the disk is gone');
          return Reflect.apply(method, target, [params]) as Promise<unknown>;
        };
      },
    });
    const { syncer, clock } = testSyncer([plain], { store });
    await syncer.connections.create(plain, { id: 'acme' });
    const rows = syncer.connection(plain, 'acme').stream('rows');
    failing = true;
    const first = await rows.sync({ throws: false }).catch((error: unknown) => error);
    if (verb !== 'renewLease') {
      const error = first instanceof Error ? first : (first as { readonly error?: Error }).error;
      expect(error).toBeInstanceOf(StoreError);
    }
    failing = false;
    // A run that could not be ended is free once its lease is over.
    clock.skip(20_000);
    expect((await rows.sync()).status).toBe('succeeded');
    expect(await rows.count()).toBe(1);
  });
});
