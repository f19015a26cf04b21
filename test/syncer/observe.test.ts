import { type AnyEvent, ConfigError, type Progress, sqlite } from 'syncline';
import { describe, expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { byHand, row } from '../support/by-hand.js';
import { settle, TestClock, until } from '../support/clock.js';
import { shop } from '../support/shop.js';
import { noStrays } from '../support/strays.js';
import { collect, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

noStrays();

describe('onProgress', () => {
  test('is called after each commit, with rate and, where the total is known, the time that is left', async () => {
    const clock = new TestClock();
    const api = await testApi({ now: () => clock.now() });
    api.fill(40);
    const connector = shop(api, { style: 'offset', limit: 11, cursor: false });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    // Two seconds for each page of ten new rows.
    api.intercept = () => {
      clock.skip(2_000);
      return undefined;
    };
    const told: Progress[] = [];
    const result = await syncer
      .connection(connector, 'acme')
      .stream('rows')
      .sync({ onProgress: (progress) => told.push(progress) });
    expect(told.map(({ read, total }) => [read, total])).toEqual([
      [11, 40],
      [21, 40],
      [31, 40],
      [40, 40],
    ]);
    expect(told[1]).toMatchObject({
      run: result.id,
      stream: 'rows',
      counts: { pages: 2, inserted: 21 },
    });
    expect(told[1]!.recordsPerSecond).toBeCloseTo(21 / 4, 1);
    expect(told[1]!.remainingMs).toBeCloseTo((19 / (21 / 4)) * 1_000, -2);
    expect(told.at(-1)!.remainingMs).toBe(0);
  });

  test('without a total there is no estimate', async () => {
    const connector = byHand(async function* () {
      yield [row('1', null)];
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const told: Progress[] = [];
    await syncer
      .connection(connector, 'acme')
      .stream('rows')
      .sync({ onProgress: (progress) => told.push(progress) });
    expect(told).toMatchObject([{ total: undefined, remainingMs: undefined, recordsPerSecond: 0 }]);
  });

  test('the rate is that of this run, also where the reading goes on from an earlier one', async () => {
    const clock = new TestClock();
    let fails = true;
    const connector = byHand(async function* ({ resume }) {
      const page = (from: number, count: number) =>
        Array.from({ length: count }, (_, i) => row(`${from + i}`, null));
      if (resume === undefined) yield { records: page(0, 1_000), resume: 1, total: 1_100 };
      if (fails) throw new Error('network');
      for (let n = 0; n < 10; n++) {
        clock.skip(1_000);
        yield { records: page(1_000 + n * 10, 10), resume: 1, total: 1_100 };
      }
    });
    const { syncer } = testSyncer([connector], { clock });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync({ throws: false });
    fails = false;
    const told: Progress[] = [];
    await rows.sync({ onProgress: (progress) => told.push(progress) });
    expect(told[0]!.read).toBe(1_010);
    for (const { recordsPerSecond } of told) expect(recordsPerSecond).toBeLessThanOrEqual(11);
    expect(told[4]!.recordsPerSecond).toBeCloseTo(10, 0);
    expect(told[4]!.remainingMs).toBeCloseTo(5_000, -3);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['never settles', () => new Promise(() => undefined)],
  ] as const)('a listener that %s harms nothing', async (_name, onProgress) => {
    const connector = byHand(async function* () {
      yield [row('1', null)];
      yield [row('2', null)];
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const result = await syncer.connection(connector, 'acme').stream('rows').sync({ onProgress });
    expect(result).toMatchObject({ status: 'succeeded', counts: { inserted: 2 } });
  });

  test('a joiner is told from its joining on', async () => {
    let go = (): void => undefined;
    const connector = byHand(async function* () {
      yield [row('1', null)];
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield [row('2', null)];
    });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const first = rows.sync();
    await until(() => told('page.committed').length === 1);
    const heard: number[] = [];
    const second = rows.sync({ onProgress: ({ read }) => heard.push(read) });
    await settle();
    go();
    await Promise.all([first, second]);
    expect(heard).toEqual([2]);
  });
});

describe('I16: a listener never harms or delays a run', () => {
  const harmful: readonly (readonly [string, (event: AnyEvent) => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('listener');
      },
    ],
    [
      'throws what is no error',
      () => {
        throw undefined;
      },
    ],
    ['rejects', async () => Promise.reject(new Error('listener'))],
    ['never settles', () => new Promise(() => undefined)],
    [
      'returns a thenable that throws',
      () => ({
        then: () => {
          throw new Error('listener');
        },
      }),
    ],
    [
      'changes the event',
      (event) => {
        (event as { type: string }).type = 'mine';
      },
    ],
  ];
  test.each(harmful)('that %s', async (_name, listener) => {
    const connector = byHand(async function* () {
      yield [row('1', null), { id: '2' } as never];
    });
    const { syncer } = testSyncer([connector]);
    const heard: string[] = [];
    syncer.onAny(listener);
    syncer.on('run.*', listener);
    syncer.on('page.committed', listener);
    syncer.onAny(({ type }) => heard.push(type));
    await syncer.connections.create(connector, { id: 'acme' });
    const result = await syncer.connection(connector, 'acme').stream('rows').sync();
    expect(result).toMatchObject({ status: 'succeeded', counts: { inserted: 1, rejected: 1 } });
    expect(heard.filter((type) => !type.startsWith('health.') && type !== 'run.progress')).toEqual([
      'connection.created',
      'run.queued',
      'run.started',
      'record.rejected',
      'page.committed',
      'run.succeeded',
    ]);
  });

  test('one that blocks the event loop is told', async () => {
    const clock = new TestClock();
    const connector = byHand(async function* () {
      yield [row('1', null)];
    });
    const { syncer, told } = testSyncer([connector], { clock });
    syncer.on('page.committed', function slow() {
      clock.skip(60);
    });
    await syncer.connections.create(connector, { id: 'acme' });
    await syncer.connection(connector, 'acme').stream('rows').sync();
    expect(told('health.listener_blocked')).toMatchObject([
      { pattern: 'page.committed', listener: 'slow', blockedMs: 60 },
    ]);
  });

  test('a logger that throws harms nothing either', async () => {
    const bad = (): never => {
      throw new Error('logger');
    };
    const connector = byHand(async function* () {
      yield [row('1', null)];
    });
    const { syncer } = testSyncer([connector], {
      logger: { debug: bad, info: bad, warn: bad, error: bad },
    });
    await syncer.connections.create(connector, { id: 'acme' });
    expect((await syncer.connection(connector, 'acme').stream('rows').sync()).status).toBe(
      'succeeded',
    );
  });

  test('an event that does not exist is a ConfigError', () => {
    const connector = byHand(async function* () {
      yield [];
    });
    const { syncer } = testSyncer([connector]);
    expect(() => syncer.on('run.exploded' as 'run.failed', () => undefined)).toThrow(ConfigError);
  });
});

describe.each(storeKinds)('logs() and runs(): %s', (kind) => {
  async function history() {
    const clock = new TestClock();
    let fails = false;
    const connector = byHand(async function* () {
      yield [row('1', null)];
      if (fails) throw new Error('network');
    });
    const tested = testSyncer([connector], {
      store: kind === 'memory' ? 'memory' : sqlite(tempFile()),
      clock,
    });
    const { syncer } = tested;
    const began = clock.now();
    await syncer.connections.create(connector, { id: 'a', tags: { plan: 'pro', region: 'eu' } });
    await syncer.connections.create(connector, { id: 'b', tags: { plan: 'free' } });
    const a = await syncer.connection(connector, 'a').stream('rows').sync();
    clock.skip(1_000);
    fails = true;
    const b = await syncer.connection(connector, 'b').stream('rows').sync({ throws: false });
    clock.skip(1_000);
    fails = false;
    const again = await syncer.connection(connector, 'a').stream('rows').sync();
    return { ...tested, connector, clock, began, runs: { a, b, again } };
  }

  test('runs(), newest first, by connection, stream, status, tags and time', async () => {
    const { syncer, runs, began } = await history();
    const ids = async (filter?: Parameters<typeof syncer.runs>[0]) =>
      (await collect(syncer.runs(filter))).map(({ id }) => id);
    const { a, b, again } = runs;
    expect(await ids()).toEqual([again.id, b.id, a.id]);
    expect(await ids({ connection: 'a' })).toEqual([again.id, a.id]);
    expect(await ids({ connector: 'hand', stream: 'rows', connection: 'b' })).toEqual([b.id]);
    expect(await ids({ connector: 'other' })).toEqual([]);
    expect(await ids({ status: 'failed' })).toEqual([b.id]);
    expect(await ids({ status: ['failed', 'succeeded'] })).toHaveLength(3);
    expect(await ids({ tags: { plan: 'pro' } })).toEqual([again.id, a.id]);
    expect(await ids({ tags: { plan: 'pro', region: 'us' } })).toEqual([]);
    expect(await ids({ run: b.id })).toEqual([b.id]);
    expect(await ids({ since: new Date(began + 1_000) })).toEqual([again.id, b.id]);
    expect(await ids({ until: began + 1_000 })).toEqual([a.id]);
    expect(await ids({ since: began + 1_000, until: new Date(began + 2_000) })).toEqual([b.id]);
    const [row] = await collect(syncer.runs({ run: b.id }));
    expect(row).toMatchObject({ ...b, error: { message: 'network' } });
  });

  test('logs(), oldest first, by run, level, type, tags and time', async () => {
    const { syncer, runs, began } = await history();
    const types = async (filter?: Parameters<typeof syncer.logs>[0]) =>
      (await collect(syncer.logs(filter))).map(({ type }) => type);
    const all = await types();
    expect(all.filter((type) => type.startsWith('run.'))).toEqual([
      'run.queued',
      'run.started',
      'run.succeeded',
      'run.queued',
      'run.started',
      'run.failed',
      'run.queued',
      'run.started',
      'run.succeeded',
    ]);
    expect(await types({ run: runs.b.id })).toContain('run.failed');
    expect(await types({ run: runs.b.id })).not.toContain('run.succeeded');
    expect(await types({ type: 'run.failed' })).toEqual(['run.failed']);
    expect(await types({ type: ['run.failed', 'run.succeeded'] })).toHaveLength(3);
    expect(await types({ type: 'run.*', connection: 'b' })).toEqual([
      'run.queued',
      'run.started',
      'run.failed',
    ]);
    expect((await types({ level: 'error' })).every((type) => type === 'run.failed')).toBe(true);
    expect(await types({ tags: { plan: 'free' }, type: 'run.started' })).toHaveLength(1);
    expect(await types({ since: began + 2_000, type: 'run.*' })).toHaveLength(3);
    expect(await types({ until: new Date(began + 1_000), type: 'run.*' })).toHaveLength(3);
    const [failed] = await collect(syncer.logs({ type: 'run.failed' }));
    expect(failed).toMatchObject({
      level: 'error',
      connector: 'hand',
      connection: 'b',
      stream: 'rows',
      error: { message: 'network' },
    });
    expect(failed?.time).toEqual(new Date(began + 1_000));
  });

  test('they may be left at any time, and read on over many', async () => {
    const connector = byHand(async function* () {
      yield [];
    });
    const { syncer } = testSyncer([connector], { store: kind });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    for (let i = 0; i < 210; i++) await rows.sync();
    expect(await collect(syncer.runs())).toHaveLength(210);
    expect((await collect(syncer.logs({ type: 'run.succeeded' }))).length).toBe(210);
    for await (const run of syncer.runs()) {
      expect(run.status).toBe('succeeded');
      break;
    }
  });
});

test('a line of ctx.log is kept with its run, whatever its level', async () => {
  const api = await testApi();
  const { defineConnector } = await import('syncline');
  const { rowSchema } = await import('../support/shop.js');
  const connector = defineConnector({
    name: 'talks',
    baseUrl: api.origin,
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        async *pull(ctx) {
          ctx.log.debug('a detail', { page: 1 });
          ctx.log.error('a problem');
          yield [];
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const run = await syncer.connection(connector, 'acme').stream('rows').sync();
  expect(await collect(syncer.logs({ run: run.id, type: 'log.line' }))).toMatchObject([
    { level: 'debug', message: 'a detail', data: { page: 1 } },
    { level: 'error', message: 'a problem' },
  ]);
  expect(await collect(syncer.logs({ type: 'log.line', level: 'warn' }))).toHaveLength(1);
});
