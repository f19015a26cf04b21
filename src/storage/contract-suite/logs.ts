import assert from 'node:assert/strict';
import type { JsonObject } from '../../core/json.js';
import type { LogFilter, LogRow } from '../logs.js';
import type { Store } from '../contract.js';
import { connectionRow } from './world.js';
import type { ContractTests } from './world.js';

function row(type: string, more: Partial<LogRow> = {}): Omit<LogRow, 'id'> {
  return {
    ...{ time: 1_000, type, level: 'info', connector: null, connection: null, stream: null },
    ...{ run: null, event: { type } },
    ...more,
  };
}

async function types(store: Store, filter: LogFilter): Promise<string> {
  const rows = await store.listLogs({ filter, limit: 1_000 });
  return rows.map(({ type }) => type).join(' ');
}

export const logTests: ContractTests = {
  'logs are read as they were written, oldest first': async ({ store, other }) => {
    const event = JSON.parse(
      '{"type":"x","__proto__":1,"tags":{"a":"b"},"n":[null]}',
    ) as JsonObject;
    const rows = [
      row('run.started', {
        ...{ time: 5, level: 'debug', connector: 'github', connection: 'acme', stream: 'issues' },
        ...{ run: 'r1', event },
      }),
      row('store.opened', { time: 3 }),
    ];
    await store.appendLogs({ rows });
    await other.appendLogs({ rows: [row('third')] });
    const read = await store.listLogs({ filter: {}, limit: 10 });
    assert.deepEqual(
      read.map(({ id, ...rest }) => rest),
      [...rows, row('third')],
    );
    assert.equal(JSON.stringify(read[0]?.event), JSON.stringify(event));
    const ids = read.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
  },

  'logs are read in pages, and a reader at the end finds what comes later': async ({ store }) => {
    const rows = Array.from({ length: 25 }, (_, i) => row(`t${i}`));
    await store.appendLogs({ rows });
    await store.appendLogs({ rows: [] });
    const seen: string[] = [];
    let after = 0;
    for (;;) {
      const page = await store.listLogs({ filter: {}, after, limit: 10 });
      seen.push(...page.map(({ type }) => type));
      after = page.at(-1)?.id ?? after;
      if (page.length < 10) break;
    }
    assert.deepEqual(
      seen,
      rows.map(({ type }) => type),
    );
    await store.appendLogs({ rows: [row('later')] });
    const later = await store.listLogs({ filter: {}, after, limit: 10 });
    assert.deepEqual(
      later.map(({ type }) => type),
      ['later'],
    );
  },

  'ids are not given out again when the latest logs are removed': async ({ store }) => {
    await store.createConnection({ row: connectionRow() });
    const place = { connector: 'github', connection: 'acme' };
    await store.appendLogs({ rows: [row('first'), row('second', place)] });
    const after = (await store.listLogs({ filter: {}, limit: 10 })).at(-1)?.id ?? 0;
    await store.deleteConnection({ connector: 'github', id: 'acme' });
    await store.appendLogs({ rows: [row('third')] });
    const later = await store.listLogs({ filter: {}, after, limit: 10 });
    assert.deepEqual(
      later.map(({ type }) => type),
      ['third'],
    );
  },

  'logs are filtered by names, families and levels': async ({ store }) => {
    const names = [
      'run',
      'run.started',
      'run.failed',
      'runner.x',
      'page.committed',
      'a%b',
      'a_b',
      'x.run.y',
    ];
    const levels = ['debug', 'info', 'warn', 'error'] as const;
    await store.appendLogs({
      rows: names.map((type, index) => row(type, { level: levels[index % 4] ?? 'info' })),
    });
    assert.equal(await types(store, { type: 'run.started' }), 'run.started');
    assert.equal(await types(store, { type: 'run.*' }), 'run.started run.failed');
    assert.equal(await types(store, { type: ['page.*', 'run', 'none'] }), 'run page.committed');
    assert.equal(await types(store, { type: 'a%b' }), 'a%b');
    assert.equal(await types(store, { type: [] }), '');
    assert.equal(await types(store, { level: 'debug' }), names.join(' '));
    assert.equal(await types(store, { level: 'warn' }), 'run.failed runner.x a_b x.run.y');
    assert.equal(await types(store, { level: 'error' }), 'runner.x x.run.y');
    assert.equal(await types(store, { level: 'warn', type: 'run.*' }), 'run.failed');
  },

  'logs are filtered by place and time': async ({ store }) => {
    await store.appendLogs({
      rows: [
        row('a', { connector: 'github', connection: 'acme', stream: 'issues', run: 'r1', time: 1 }),
        row('b', { connector: 'github', connection: 'acme', stream: 'pulls', run: 'r2', time: 2 }),
        row('c', { connector: 'jira', connection: 'acme', time: 3 }),
        row('d', { time: 4 }),
      ],
    });
    assert.equal(await types(store, { connector: 'github' }), 'a b');
    assert.equal(await types(store, { connection: 'acme' }), 'a b c');
    assert.equal(await types(store, { connector: 'jira', connection: 'acme' }), 'c');
    assert.equal(await types(store, { stream: 'pulls' }), 'b');
    assert.equal(await types(store, { run: 'r1' }), 'a');
    assert.equal(await types(store, { since: 3 }), 'c d');
    assert.equal(await types(store, { until: 3 }), 'a b');
    assert.equal(await types(store, { since: 2, until: 4, connection: 'acme' }), 'b c');
  },

  "logs are filtered by their events' tags": async ({ store }) => {
    const odd = JSON.parse('{"__proto__":"x","a.b\\"c":"it\'s","":"z"}') as Record<string, string>;
    const events: readonly (readonly [string, JsonObject])[] = [
      ['a', { tags: { plan: 'pro', eu: 'yes' } }],
      ['b', { tags: { plan: 'free', eu: 'yes' } }],
      ['c', {}],
      ['d', { tags: odd }],
      ['e', { tags: ['pro'] }],
      ['f', { tags: { plan: 1 } }],
      ['g', { tags: null, plan: 'pro' }],
    ];
    await store.appendLogs({ rows: events.map(([type, event]) => row(type, { event })) });
    assert.equal(await types(store, { tags: {} }), 'a b c d e f g');
    assert.equal(await types(store, { tags: { eu: 'yes' } }), 'a b');
    assert.equal(await types(store, { tags: { eu: 'yes', plan: 'pro' } }), 'a');
    assert.equal(await types(store, { tags: { plan: '1' } }), '');
    assert.equal(await types(store, { tags: { '0': 'pro' } }), '');
    for (const [name, value] of Object.entries(odd)) {
      const tags = Object.fromEntries([[name, value]]);
      assert.equal(await types(store, { tags }), 'd', name);
    }
  },

  'a filter finds few rows among many': async ({ store }) => {
    for (let i = 0; i < 20; i++) {
      const rows = Array.from({ length: 500 }, (_, n) =>
        row(n === 250 ? 'rare' : 'common', { time: i * 500 + n }),
      );
      await store.appendLogs({ rows });
    }
    const page = await store.listLogs({ filter: { type: 'rare' }, limit: 15 });
    assert.equal(page.length, 15);
    const rest = await store.listLogs({
      ...{ filter: { type: 'rare' }, after: page.at(-1)?.id ?? 0, limit: 15 },
    });
    assert.equal((await store.listLogs({ filter: {}, limit: 20_000 })).length, 10_000);
    assert.deepEqual(
      [...page, ...rest].map(({ time }) => time),
      Array.from({ length: 20 }, (_, i) => i * 500 + 250),
    );
  },
};
