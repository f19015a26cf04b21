import assert from 'node:assert/strict';
import type { Store } from '../contract.js';
import type { TrafficFilter, TrafficRow } from '../traffic.js';
import { connectionRow } from './world.js';
import type { ContractTests } from './world.js';

export function exchange(url: string, more: Partial<TrafficRow> = {}): Omit<TrafficRow, 'id'> {
  return {
    ...{ time: 1_000, connector: 'github', connection: 'acme', tags: {}, stream: null, run: null },
    ...{ attempt: 1, method: 'GET', url, status: 200, error: null },
    ...{ queuedMs: 0, firstByteMs: 1.5, totalMs: 2.25, requestBytes: 0, responseBytes: 2 },
    ...{
      requestHeaders: {},
      responseHeaders: {},
      requestBody: null,
      responseBody: null,
      size: 100,
    },
    ...more,
  };
}

async function urls(store: Store, filter: TrafficFilter): Promise<string> {
  const rows = await store.listTraffic({ filter, limit: 1_000 });
  return rows.map(({ url }) => url).join(' ');
}

export const trafficTests: ContractTests = {
  'exchanges are read as they were written, oldest first': async ({ store, other }) => {
    const odd = JSON.parse('{"__proto__":"x","a b":"\\u0000é"}') as Record<string, string>;
    const rows = [
      exchange('a', {
        ...{ time: 5, tags: { plan: 'pro' }, stream: 'issues', run: 'r1', attempt: 3 },
        ...{ requestHeaders: odd, responseHeaders: { etag: '"1"' }, size: 12_345 },
        ...{ requestBody: { text: '{"a":1}', truncated: false } },
        ...{ responseBody: { text: 'é'.repeat(70_000), truncated: true } },
      }),
      exchange('b', { time: 3, status: null, error: 'TIMEOUT', firstByteMs: null }),
    ];
    await store.appendTraffic({ rows });
    await other.appendTraffic({ rows: [exchange('c')] });
    const read = await store.listTraffic({ filter: {}, limit: 10 });
    assert.deepEqual(
      read.map(({ id, ...rest }) => rest),
      [...rows, exchange('c')],
    );
    const ids = read.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
  },

  'exchanges are read in pages, and a reader at the end finds what comes later': async ({
    store,
  }) => {
    await store.appendTraffic({ rows: Array.from({ length: 25 }, (_, i) => exchange(`u${i}`)) });
    await store.appendTraffic({ rows: [] });
    const seen: string[] = [];
    let after = 0;
    for (;;) {
      const page = await store.listTraffic({ filter: {}, after, limit: 10 });
      seen.push(...page.map(({ url }) => url));
      after = page.at(-1)?.id ?? after;
      if (page.length < 10) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `u${i}`),
    );
    await store.pruneTraffic({ before: Infinity, maxBytes: 0, limit: 1_000 });
    await store.appendTraffic({ rows: [exchange('later')] });
    const later = await store.listTraffic({ filter: {}, after, limit: 10 });
    assert.deepEqual(
      later.map(({ url }) => url),
      ['later'],
    );
  },

  'exchanges are filtered by place, tags, status and time': async ({ store }) => {
    await store.appendTraffic({
      rows: [
        exchange('a', { stream: 'issues', run: 'r1', time: 1, tags: { plan: 'pro', eu: 'yes' } }),
        exchange('b', { stream: 'pulls', run: 'r2', time: 2, status: 429, tags: { eu: 'yes' } }),
        exchange('c', { connector: 'jira', time: 3, status: null, error: 'NETWORK' }),
        exchange('d', { connection: 'other', time: 4, status: 500 }),
      ],
    });
    assert.equal(await urls(store, {}), 'a b c d');
    assert.equal(await urls(store, { connector: 'github' }), 'a b d');
    assert.equal(await urls(store, { connector: 'github', connection: 'acme' }), 'a b');
    assert.equal(await urls(store, { connection: 'acme' }), 'a b c');
    assert.equal(await urls(store, { stream: 'pulls' }), 'b');
    assert.equal(await urls(store, { run: 'r1' }), 'a');
    assert.equal(await urls(store, { status: 429 }), 'b');
    assert.equal(await urls(store, { status: [429, 500] }), 'b d');
    assert.equal(await urls(store, { status: 0 }), 'c');
    assert.equal(await urls(store, { status: [] }), '');
    assert.equal(await urls(store, { since: 3 }), 'c d');
    assert.equal(await urls(store, { since: 2, until: 4 }), 'b c');
    assert.equal(await urls(store, { tags: { eu: 'yes' } }), 'a b');
    assert.equal(await urls(store, { tags: { eu: 'yes', plan: 'pro' } }), 'a');
  },

  'exchanges go with their connection': async ({ store }) => {
    await store.createConnection({ row: connectionRow() });
    const rows = Array.from({ length: 1_200 }, () => exchange('a'));
    await store.appendTraffic({ rows: [...rows, exchange('other', { connection: 'other' })] });
    await store.deleteConnection({ connector: 'github', id: 'acme' });
    assert.equal(await urls(store, {}), 'other');
    // What went no longer counts.
    assert.equal(await store.pruneTraffic({ before: 0, maxBytes: 100, limit: 10 }), 0);
  },
};
