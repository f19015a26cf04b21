import { LeaseLostError, sqlite, type Store } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { settle, TestClock, until } from '../support/clock.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, rejection, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

const ref = { connector: 'shop', connection: 'acme', stream: 'rows' };

test.each(pagingStyles)(
  'scenario 16: the process that wakes up after its lease commits nothing, and learns how the run ended (%s)',
  async (style) => {
    const file = tempFile();
    const api = await testApi();
    api.fill(6);
    const connector = shop(api, { style, limit: 2, cursor: { order: 'ascending' } });
    // Two processes, each with its own time: that of the slow one stands still.
    const slow = testSyncer([connector], { store: sqlite(file) });
    const later = new TestClock();
    const quick = testSyncer([connector], { store: sqlite(file), clock: later });
    await slow.syncer.connections.create(connector, { id: 'acme' });

    let answer = (): void => undefined;
    const held = new Promise<undefined>((resolve) => {
      answer = () => {
        resolve(undefined);
      };
    });
    api.intercept = ({ index }) => (index === 1 ? held : undefined);
    const slowRun = slow.syncer.connection(connector, 'acme').stream('rows').sync();
    await until(() => api.asked.length === 2);

    // The quick one joins; while the lease lasts it only waits.
    const quickRun = quick.syncer.connection(connector, 'acme').stream('rows').sync();
    await later.advance(14_000);
    expect(api.asked).toHaveLength(2);
    await later.advance(2_000);
    const result = await quickRun;
    expect(result).toMatchObject({ status: 'succeeded', counts: { inserted: 6 } });
    expect(quick.told('run.resumed')).toMatchObject([{ run: result.id, attempt: 2 }]);

    // Meanwhile the remote has changed; what the slow one holds is out of date.
    api.put('r3', { title: 'newer' });
    await quick.syncer.connection(connector, 'acme').stream('rows').sync();
    const before = await collect(
      quick.syncer.connection(connector, 'acme').stream('rows').changes(),
    );
    answer();
    await until(() => slow.told('run.lost').length > 0);
    // It looks at the run's row from time to time.
    await slow.clock.advance(1_000);
    const learned = await slowRun;
    expect(learned).toMatchObject({ id: result.id, status: 'succeeded', counts: result.counts });
    expect(slow.told('run.lost')).toMatchObject([
      { run: result.id, error: { code: 'LEASE_LOST' } },
    ]);
    expect(slow.told('page.committed')).toHaveLength(1);
    const rows = quick.syncer.connection(connector, 'acme').stream('rows');
    expect(await collect(rows.changes())).toEqual(before);
    expect(await rows.get('r3')).toMatchObject({ title: 'newer' });
  },
);

const openers: Readonly<Record<(typeof storeKinds)[number], () => readonly [Store, Store]>> = {
  memory: () => {
    const store = memory();
    return [store, store];
  },
  sqlite: () => {
    const file = tempFile();
    return [sqlite(file), sqlite(file)];
  },
};

test.each(storeKinds)(
  'scenario 16: every verb that needs the lease refuses the old one, and stores nothing (%s)',
  async (kind) => {
    const [slow, quick] = openers[kind]();
    const clock = new TestClock();
    for (const store of [slow, quick]) await store.open({ clock, random: () => 0.5 });
    const now = clock.now();
    const row = {
      connector: 'shop',
      id: 'acme',
      config: null,
      account: null,
      sealed: null,
      tags: {},
      status: 'active' as const,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await slow.createConnection({ row });
    await slow.requestRun({ ref, id: 'run', mode: 'full', now });
    const first = await slow.claimRun({ run: 'run', owner: 'slow', now, leaseMs: 15_000 });
    if (first.kind !== 'claimed') throw new Error('not claimed');
    const { lease } = first;
    await slow.openPass({ lease, pass: 'pass' });
    const second = await quick.claimRun({
      run: 'run',
      owner: 'quick',
      now: now + 15_001,
      leaseMs: 15_000,
    });
    if (second.kind !== 'claimed') throw new Error('not claimed');
    expect(second.lease.token).toBeGreaterThan(lease.token);
    expect(second.resumed).toBe(true);

    const commit = {
      ref,
      lease,
      now,
      origin: 'pull' as const,
      receivedAt: now,
      partition: '',
      schemaVersion: 1,
      items: [{ kind: 'record' as const, key: '1', data: '{}', version: null }],
      rejected: [],
      decide: () => 'insert' as const,
      counts: { pages: 1 },
      state: { some: 'state' },
      positions: [{ partition: '', position: { cursor: 1 } }],
    };
    const refused = [
      slow.commit(commit),
      slow.renewLease({ lease, now, leaseMs: 15_000 }),
      slow.markWaiting({ lease, waiting: true }),
      slow.finishRun({
        run: 'run',
        lease,
        status: 'succeeded',
        now,
        counts: {},
        cursor: null,
        error: null,
      }),
      slow.releaseRun({ lease, now }),
      slow.openPass({ lease, pass: 'other' }),
      slow.markSeen({ lease, pass: 'pass', keys: ['1'] }),
      slow.holdPass({ lease, pass: 'pass' }),
      slow.dropPass({ ref, lease, pass: 'pass' }),
    ];
    for (const work of refused) expect(await rejection(work)).toBeInstanceOf(LeaseLostError);
    await settle();
    expect(await quick.countRecords({ ref })).toBe(0);
    expect(await quick.getPosition({ ref, partition: '' })).toBeUndefined();
    expect(await quick.getStreamState({ ref })).toBeUndefined();
    expect(await quick.getRun({ run: 'run' })).toMatchObject({
      status: 'running',
      counts: { pages: 0 },
    });
    // The new one is as good as ever.
    await quick.commit({ ...commit, lease: second.lease });
    expect(await slow.countRecords({ ref })).toBe(1);
    for (const store of [slow, quick]) await store.close();
  },
);
