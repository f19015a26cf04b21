import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { sqlite } from 'syncline/sqlite';
import type { SqliteHandle } from 'syncline/sqlite';
import { acme, leaseOf, page, realEnvironment, ref, testDirectory } from './environment.js';

test('records of 500 bytes take at most 1.35 times their size', async () => {
  const path = join(await testDirectory(), 'sync.db');
  const store = sqlite(path);
  await store.open(realEnvironment);
  await store.createConnection({ row: acme });
  let payload = 0;
  for (let i = 0; i < 20_000; i += 500) {
    const items = Array.from({ length: 500 }, (_, n) => {
      const key = `issue-${String(i + n).padStart(7, '0')}`;
      const version = '2026-01-01T00:00:00.000Z';
      const data = JSON.stringify({ id: key, updated_at: version, text: '' });
      payload += 500;
      return {
        kind: 'record',
        key,
        version,
        data: data.slice(0, -2) + `${'x'.repeat(500 - data.length)}"}`,
      } as const;
    });
    await store.commit(page([], { items }));
  }
  await store.close();
  expect((await stat(path)).size / payload).toBeLessThan(1.35);
});

test('no statement goes through a whole table', async () => {
  const handle = new Database(':memory:');
  const statements = new Set<string>();
  const listening: SqliteHandle = {
    ...{ open: true, inTransaction: false },
    prepare: (sql) => {
      statements.add(sql);
      return handle.prepare(sql);
    },
    exec: (sql) => handle.exec(sql),
    pragma: (sql, options) => handle.pragma(sql, options),
    close: () => handle.close(),
  };
  const store = sqlite(listening);
  await store.open(realEnvironment);
  await store.createConnection({ row: acme });
  const lease = await leaseOf(store);
  await store.commit(
    page([['a', '{}']], { lease, state: 1, positions: [{ partition: '', position: 1 }] }),
  );
  await store.openPass({ lease, pass: 'p' });
  for (const missing of [true, false]) await store.readPass({ ref, pass: 'p', missing, limit: 9 });
  await store.countPass({ ref, pass: 'p' });
  await store.listRecords({ ref, limit: 9 });
  await store.readFeed({ ...ref, after: 0, limit: 9 });
  await store.readFeed({ connector: 'github', stream: 'issues', after: 0, limit: 9 });
  await store.listPositions({ ref, after: '', limit: 9 });
  await store.listRejected({ ref, limit: 9 });
  await store.appendLogs({ rows: [] });
  await store.listLogs({ filter: { connection: 'acme' }, limit: 9 });
  await store.listRuns({ filter: {}, limit: 9 });
  await store.listRuns({ filter: { ...ref }, limit: 9 });
  await store.requestCancel({ ...ref, now: 1 });
  await store.deleteConnection({ connector: 'github', id: 'acme' });
  const scans: string[] = [];
  for (const sql of statements) {
    if (/^(BEGIN|COMMIT)/.test(sql)) continue;
    const plan = handle.prepare(`EXPLAIN QUERY PLAN ${sql}`);
    const values = sql.includes('@')
      ? [named]
      : new Array<null>(sql.split('?').length - 1).fill(null);
    for (const { detail } of plan.all(...values) as { readonly detail: string }[]) {
      // meta has one row; json_each goes through what was asked for; runs are listed along an index until there are enough;
      // common and own are the values of new rows.
      const fine =
        /^SCAN (meta|sqlite_master|json_each|wanted|tag|common|own|CONSTANT ROW|\d+-ROW VALUES|r USING INDEX runs_by_age)/.test(
          detail,
        );
      if (detail.startsWith('SCAN') && !fine) scans.push(`${detail}: ${sql}`);
    }
  }
  expect(scans).toEqual([]);
  expect(statements.size).toBeGreaterThan(40);
});

const named = { connector: '', stream: '', connection: '', after: 0, to: 0, limit: 0 };
