import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { sqlite } from 'syncline/sqlite';
import type { Task } from './committer.js';
import { acme, leaseOf, page, realEnvironment, ref, testDirectory } from './environment.js';

type Child = ChildProcessByStdio<null, Readable, null>;

function start(task: Task, ...more: readonly string[]): Child {
  const script = join(import.meta.dirname, 'committer.ts');
  return spawn(process.execPath, ['--import', 'tsx', script, task, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The last line that a process told, when it has ended. */
async function ended(child: Child): Promise<unknown> {
  let last = 'null';
  for await (const line of createInterface({ input: child.stdout })) last = line;
  const code = child.exitCode ?? (await new Promise((resolve) => child.on('close', resolve)));
  expect(code).toBe(0);
  return JSON.parse(last);
}

async function openStore(path: string) {
  const store = sqlite(path);
  await store.open(realEnvironment);
  return store;
}

test('four processes make the same file at once', async () => {
  const path = join(await testDirectory(), 'sync.db');
  await Promise.all([1, 2, 3, 4].map(() => ended(start('once', path))));
  const store = await openStore(path);
  expect(await store.listLogs({ filter: {}, limit: 10 })).toHaveLength(4);
  await store.close();
});

test('three processes commit to the same keys, and a reader misses nothing', async () => {
  const path = join(await testDirectory(), 'sync.db');
  const store = await openStore(path);
  await store.createConnection({ row: acme });
  const workers = ['a', 'b', 'c'].map((name) => ended(start('collide', path, name, '120')));
  let running = true;
  const finished = Promise.all(workers).finally(() => (running = false));
  const replica = new Map<string, string>();
  let after = 0;
  for (let last = false; !last;) {
    last = !running;
    const { rows, upTo } = await store.readFeed({ ...ref, after, limit: 20 });
    const numbers = [after, ...rows.map(({ seq }) => seq)];
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const { key, data } of rows) replica.set(key, data);
    last &&= rows.length === 0;
    after = upTo;
    await realEnvironment.clock.sleep(1);
  }
  const told = (await finished) as { readonly changes: number }[];
  const changes = told.reduce((sum, each) => sum + each.changes, 0);
  const stored = await store.listRecords({ ref, limit: 1_000 });
  expect(Object.fromEntries(replica)).toEqual(
    Object.fromEntries(stored.map(({ key, data }) => [key, data])),
  );
  // Each change took one number, and no number was given out twice or lost.
  expect(after).toBe(changes);
  expect(new Set(stored.map(({ seq }) => seq)).size).toBe(stored.length);
  await store.close();
});

test('the lease keeps the runs of three processes apart', async () => {
  const path = join(await testDirectory(), 'sync.db');
  const store = await openStore(path);
  await store.createConnection({ row: acme });
  await Promise.all(['a', 'b', 'c'].map((name) => ended(start('count', path, name, '20'))));
  expect(await store.getStreamState({ ref })).toBe(60);
  const runs = await store.listRuns({ filter: { status: 'succeeded' }, limit: 1_000 });
  expect(runs).toHaveLength(60);
  expect(runs.every(({ counts, attempt }) => counts.pages === 1 && attempt === 1)).toBe(true);
  await store.close();
});

test('a process that is killed while it commits leaves whole pages', async () => {
  const path = join(await testDirectory(), 'sync.db');
  const store = await openStore(path);
  await store.createConnection({ row: acme });
  for (let round = 0; round < 8; round++) {
    const acknowledged = await killed(path, `run-${round}`, 5 + ((round * 37) % 60));
    const state = Number(await store.getStreamState({ ref }));
    expect(state).toBeGreaterThanOrEqual(acknowledged);
    expect(state).toBeLessThanOrEqual(acknowledged + 1);
    const rows = await store.listRecords({ ref, limit: 1_000 });
    expect(rows).toHaveLength(50);
    expect(new Set(rows.map(({ data }) => data))).toEqual(
      new Set([JSON.stringify(String(state).padEnd(300))]),
    );
    const { upTo } = await store.readFeed({ ...ref, after: 0, limit: 1_000 });
    expect(upTo).toBe(state * 50);
    const runs = await store.listRuns({ filter: {}, limit: 100 });
    expect(runs.reduce((sum, { counts }) => sum + counts.pages, 0)).toBe(state);
    const database = new Database(path);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
  }
  const lease = await leaseOf(store, 'last', Date.now() + 1_000);
  expect((await store.commit(page([['k0', 'x']], { lease }))).updated).toBe(1);
  await store.close();
});

/** Lets a process commit until it has told of some pages, and kills it a moment later. Returns the last page it told of. */
async function killed(path: string, run: string, pages: number): Promise<number> {
  const child = start('pages', path, run);
  let told = 0;
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = (JSON.parse(line) as { readonly page: number }).page;
    if (++told === pages) child.kill('SIGKILL');
  }
  return last;
}
