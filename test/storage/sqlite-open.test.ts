import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { StoreError } from 'syncline/adapter';
import { sqlite } from 'syncline/sqlite';
import type { SqliteHandle } from 'syncline/sqlite';
import { acme, page, realEnvironment, ref, testDirectory } from './environment.js';

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

const open = async (target: Parameters<typeof sqlite>[0]) => {
  const store = sqlite(target);
  await store.open(realEnvironment);
  return store;
};

describe('what sqlite() refuses to open, it does not touch', () => {
  test('a directory that does not exist', async () => {
    const path = join(await testDirectory(), 'none', 'sync.db');
    const error = await failure(open(path));
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/Create the directory/);
  });

  test('a path that is a directory', async () => {
    const error = await failure(open(await testDirectory()));
    expect(error.message).toMatch(/cannot be opened.*not a directory/);
  });

  test.each([
    ['a text file', 'hello '.repeat(1_000)],
    ['a few bytes', 'hello'],
  ])('%s', async (_, content) => {
    const path = join(await testDirectory(), 'notes.txt');
    await writeFile(path, content);
    const error = await failure(open(path));
    expect(error.message).toMatch(/not a SQLite database/);
    expect(error.context).toMatchObject({ sqlite: 'SQLITE_NOTADB' });
    expect(error.retryable).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  test("another program's database", async () => {
    const path = join(await testDirectory(), 'app.db');
    new Database(path).exec('CREATE TABLE users (id)').close();
    const before = await readFile(path);
    const error = await failure(open(path));
    expect(error.message).toMatch(/belongs to another program/);
    expect(await readFile(path)).toEqual(before);
  });

  test('a file of a newer version', async () => {
    const path = join(await testDirectory(), 'sync.db');
    await (await open(path)).close();
    const handle = new Database(path);
    handle.pragma('user_version = 99');
    handle.close();
    const error = await failure(open(path));
    expect(error.message).toMatch(/newer version of Syncline \(layout 99/);
    expect(new Database(path).pragma('user_version', { simple: true })).toBe(99);
  });

  test('a damaged file, which says so when the damage is met', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const store = await open(path);
    await store.createConnection({ row: acme });
    const rows = Array.from({ length: 500 }, (_, i) => [`k${i}`, 'x'.repeat(500)] as const);
    await store.commit(page(rows));
    await store.close();
    const bytes = await readFile(path);
    bytes.fill(0xa5, 3 * 8_192, bytes.length - 8_192);
    await writeFile(path, bytes);
    const damaged = await open(path).catch((reason: unknown) => reason);
    const error =
      damaged instanceof StoreError
        ? damaged
        : await failure(
            sqlite(path)
              .open(realEnvironment)
              .then(() => readAll(path)),
          );
    expect(error.message).toMatch(/damaged.*backup/);
  });

  test('a file that may not be written, by a process without the right', async () => {
    const directory = await testDirectory();
    const path = join(directory, 'sync.db');
    await (await open(path)).close();
    await chmod(directory, 0o555);
    await chmod(path, 0o444);
    const output = await asNobody(path);
    expect(output).toMatch(/StoreError.*read-only.*right to write/s);
  });

  async function readAll(path: string): Promise<void> {
    const store = await open(path);
    await store.listRecords({ ref, limit: 1_000 });
    await store.commit(page([['new', '{}']]));
  }
});

/** Opens the store in another process, which is not root. */
async function asNobody(path: string): Promise<string> {
  const script = join(import.meta.dirname, 'committer.ts');
  const root = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(process.execPath, ['--import', 'tsx', script, 'once', path], {
    ...root,
    env: { ...process.env, TSX_DISABLE_CACHE: '1', HOME: '/tmp' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return output;
}

describe('opening', () => {
  test('makes a file with a write-ahead log that says whose it is', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const store = await open(path);
    const other = new Database(path);
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(other.pragma('application_id', { simple: true })).toBe(0x53796e63);
    expect(other.pragma('user_version', { simple: true })).toBeGreaterThan(0);
    other.close();
    await store.close();
  });

  test('takes an empty file, and a database in memory', async () => {
    const path = join(await testDirectory(), 'sync.db');
    await writeFile(path, '');
    for (const target of [path, ':memory:']) {
      const store = await open(target);
      await store.createConnection({ row: acme });
      expect((await store.commit(page([['a', '{}']]))).inserted).toBe(1);
      await store.close();
    }
  });

  test('can be tried again after it failed', async () => {
    const directory = join(await testDirectory(), 'later');
    const store = sqlite(join(directory, 'sync.db'));
    await failure(store.open(realEnvironment));
    await failure(store.countRecords({ ref }));
    await mkdir(directory);
    await store.open(realEnvironment);
    expect(await store.countRecords({ ref })).toBe(0);
    await store.close();
  });

  test('a store that was not opened says so', async () => {
    const error = await failure(sqlite(':memory:').countRecords({ ref }));
    expect(error.message).toMatch(/not open yet/);
  });

  test('several at once, and closing meanwhile, end well', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const store = sqlite(path);
    const opening = [store.open(realEnvironment), store.open(realEnvironment)];
    const closing = store.close();
    await Promise.allSettled(opening);
    await closing;
    await failure(store.countRecords({ ref }));
    expect((await stat(path)).size).toBeGreaterThan(0);
  });

  test('removes what a deletion left that was cut short', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const store = await open(path);
    await store.createConnection({ row: acme });
    const rows = Array.from({ length: 1_200 }, (_, i) => [`k${i}`, '{}'] as const);
    await store.commit(page(rows));
    await store.close();
    const handle = new Database(path);
    handle.exec('UPDATE streams SET connector = NULL, connection = NULL; DELETE FROM connections');
    await (await open(path)).close();
    for (const table of ['records', 'streams', 'runs', 'rejected', 'positions', 'passes', 'seen']) {
      expect(handle.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
    }
    handle.close();
  });

  test('the driver is loaded with the first open(), not with the import', async () => {
    const script = `
      const loaded = () => process.report.getReport().sharedObjects.some((name) => name.includes('better_sqlite3'));
      const { sqlite } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/sqlite.ts'))});
      const store = sqlite(':memory:');
      const before = loaded();
      await store.open({ clock: { now: Date.now, monotonic: Date.now, sleep: async () => {} }, random: Math.random });
      console.log(before, loaded());`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(output.trim()).toBe('false true');
  });
});

describe('a handle that was handed over', () => {
  test('stays open when the store is closed, as it was before', async () => {
    const handle = new Database(join(await testDirectory(), 'sync.db'), { timeout: 1_234 });
    handle.pragma('synchronous = EXTRA');
    const store = await open(handle);
    await store.createConnection({ row: acme });
    expect(handle.pragma('busy_timeout', { simple: true })).toBe(0);
    await store.appendLogs({ rows: [] });
    await store.close();
    expect(handle.open).toBe(true);
    expect(handle.pragma('busy_timeout', { simple: true })).toBe(1_234);
    expect(handle.pragma('synchronous', { simple: true })).toBe(3);
    const again = await open(handle);
    expect(await again.getConnection({ connector: 'github', id: 'acme' })).toEqual(acme);
    handle.close();
  });

  test('that is read-only reads, and says why it does not write', async () => {
    const path = join(await testDirectory(), 'sync.db');
    const store = await open(path);
    await store.createConnection({ row: acme });
    await store.commit(page([['a', '{}']]));
    await store.close();
    const handle = new Database(path, { readonly: true });
    const readonly = await open(handle);
    expect(await readonly.countRecords({ ref })).toBe(1);
    const error = await failure(readonly.commit(page([['b', '{}']])));
    expect(error.message).toMatch(/commit failed.*read-only/);
    await readonly.close();
    handle.close();
  });

  test('that is read-only cannot become a store', async () => {
    const path = join(await testDirectory(), 'empty.db');
    await writeFile(path, '');
    const handle = new Database(path, { readonly: true });
    expect((await failure(open(handle))).message).toMatch(/read-only/);
    expect(handle.open).toBe(true);
    handle.close();
  });

  test('that its owner closed says so', async () => {
    const handle = new Database(':memory:');
    const store = await open(handle);
    handle.close();
    expect((await failure(store.countRecords({ ref }))).message).toMatch(/has been closed/);
    await store.close();
    expect((await failure(open(handle))).message).toMatch(/has been closed/);
  });

  test('that is in a transaction of its owner is not written to', async () => {
    const handle = new Database(':memory:');
    const store = await open(handle);
    await store.createConnection({ row: acme });
    handle.exec('BEGIN');
    expect((await failure(store.commit(page([['a', '{}']])))).message).toMatch(/transaction/);
    expect((await failure(store.countRecords({ ref }))).message).toMatch(/transaction/);
    expect(handle.inTransaction).toBe(true);
    handle.exec('ROLLBACK');
    await store.commit(page([['a', '{}']]));
    expect(await store.countRecords({ ref })).toBe(1);
  });

  test('may give integers as bigint', async () => {
    const handle = new Database(':memory:');
    handle.defaultSafeIntegers(true);
    const store = await open(handle);
    await store.createConnection({ row: acme });
    const { seq } = await store.commit(page([['a', '{}']]));
    expect(seq).toBe(1);
    expect((await store.getConnection({ connector: 'github', id: 'acme' }))?.version).toBe(1);
  });
});

test("a file that another process makes while it is looked at is nobody else's", async () => {
  const directory = await testDirectory();
  const model = new Database(join(directory, 'model.db'));
  const finished = await open(model);
  await finished.close();
  const path = join(directory, 'sync.db');
  const handle = new Database(path);
  let made: string | undefined;
  /** All that another process writes when it opens a new file, in one transaction; it would wait while the file is locked. */
  const makeFile = (): string => {
    const other = new Database(path, { timeout: 0 });
    try {
      other.exec('BEGIN IMMEDIATE');
      for (const sql of schemaOf(model)) other.exec(sql);
      for (const name of ['application_id', 'user_version'])
        other.pragma(`${name} = ${String(model.pragma(name, { simple: true }))}`);
      other.exec('COMMIT');
      return 'made';
    } catch (error) {
      return (error as { readonly code: string }).code;
    } finally {
      other.close();
    }
  };
  const interrupted: SqliteHandle = {
    get open() {
      return handle.open;
    },
    get inTransaction() {
      return handle.inTransaction;
    },
    prepare: (sql) => handle.prepare(sql),
    exec: (sql) => handle.exec(sql),
    pragma: (sql, options) => {
      const value: unknown = handle.pragma(sql, options);
      if (sql === 'application_id') made ??= makeFile();
      return value;
    },
    close: () => handle.close(),
  };
  const store = await open(interrupted);
  await store.createConnection({ row: acme });
  await store.close();
  expect(made).toBe('SQLITE_BUSY');
});

function schemaOf(db: Database.Database): readonly string[] {
  const rows = db
    .prepare<[], { readonly sql: string }>(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  return rows.map(({ sql }) => sql);
}
