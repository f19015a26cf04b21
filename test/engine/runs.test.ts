import { AbortedError, sqlite } from 'syncline';
import { describe, expect, test } from 'vitest';
import { byHand, type HandContext, type HandPages, row } from '../support/by-hand.js';
import { settle, TestClock, until } from '../support/clock.js';
import { type Gate, gate } from '../support/gate.js';
import { noStrays } from '../support/strays.js';
import {
  collect,
  rejection,
  tempFile,
  testSyncer,
  type TestSyncerOptions,
} from '../support/syncer.js';

noStrays();

/** A stream whose readings wait at a gate each, after their first page. */
function gated() {
  const readings: { readonly ctx: HandContext; readonly gate: Gate }[] = [];
  const pull = async function* (ctx: HandContext): HandPages {
    const reading = { ctx, gate: gate() };
    readings.push(reading);
    yield [row(`${readings.length}`, null)];
    await reading.gate.passed;
    yield [row(`${readings.length} end`, null)];
  };
  const connector = byHand(pull, { cursor: { field: 'updated' } });
  return { readings, connector };
}

async function stream(options: TestSyncerOptions = {}) {
  const { readings, connector } = gated();
  const tested = testSyncer([connector], options);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, readings, rows, connector };
}

describe('sync() while a run is on', () => {
  test('of the same mode: joins it', async () => {
    const { rows, readings, told } = await stream();
    const runs = [rows.sync(), rows.sync(), rows.sync({ mode: 'incremental' })];
    await until(() => readings.length === 1);
    const late = rows.sync();
    await settle();
    readings[0]!.gate.open();
    const ids = (await Promise.all([...runs, late])).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(readings).toHaveLength(1);
    expect(told('run.queued')).toHaveLength(1);
  });

  test('incremental while a full one is on: joins the stronger', async () => {
    const { rows, readings } = await stream();
    const full = rows.sync({ mode: 'full' });
    await until(() => readings.length === 1);
    const weaker = rows.sync();
    await settle();
    readings[0]!.gate.open();
    expect((await weaker).id).toBe((await full).id);
    expect((await weaker).mode).toBe('full');
  });

  test('full while an incremental one is on: comes after it', async () => {
    const { rows, readings, syncer } = await stream();
    const incremental = rows.sync();
    await until(() => readings.length === 1);
    const full = rows.sync({ mode: 'full' });
    // One more asks while both are there: the full one does for it, and the running one for the weaker.
    const another = rows.sync({ mode: 'full' });
    const weaker = rows.sync();
    await settle();
    expect(readings).toHaveLength(1);
    readings[0]!.gate.open();
    await incremental;
    await until(() => readings.length === 2);
    expect(readings[1]!.ctx.mode).toBe('full');
    readings[1]!.gate.open();
    expect((await full).id).not.toBe((await incremental).id);
    expect((await another).id).toBe((await full).id);
    expect([(await incremental).id, (await full).id]).toContain((await weaker).id);
    expect(await collect(syncer.runs())).toHaveLength(2);
  });

  test('after it has ended: a new run', async () => {
    const { rows, readings } = await stream();
    const first = rows.sync();
    await until(() => readings.length === 1);
    readings[0]!.gate.open();
    const second = (await first, rows.sync());
    await until(() => readings.length === 2);
    readings[1]!.gate.open();
    expect((await second).id).not.toBe((await first).id);
  });

  test("a joiner gets the run's error", async () => {
    const failing = gate();
    const connector = byHand(async function* () {
      yield [];
      await failing.passed;
      throw new Error('network');
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const both = [rejection(rows.sync()), rejection(rows.sync())];
    const quiet = rows.sync({ throws: false });
    await settle();
    failing.open();
    expect((await Promise.all(both)).map((error) => (error as Error).message)).toEqual([
      'network',
      'network',
    ]);
    expect(await quiet).toMatchObject({ status: 'failed', error: { message: 'network' } });
  });
});

describe('signal', () => {
  test('of a joiner stops its waiting only', async () => {
    const { rows, readings, told } = await stream();
    const first = rows.sync();
    await until(() => readings.length === 1);
    const abort = new AbortController();
    const joiner = rejection(rows.sync({ signal: abort.signal }));
    await settle();
    abort.abort(new Error('enough'));
    const error = await joiner;
    expect(error).toBeInstanceOf(AbortedError);
    expect((error as Error).cause).toMatchObject({ message: 'enough' });
    readings[0]!.gate.open();
    expect((await first).status).toBe('succeeded');
    expect(told('run.cancelled')).toEqual([]);
  });

  test('of the one who began it stops its waiting only, as long as another waits', async () => {
    const { rows, readings } = await stream();
    const abort = new AbortController();
    const first = rejection(rows.sync({ signal: abort.signal }));
    await until(() => readings.length === 1);
    const joiner = rows.sync();
    await settle();
    abort.abort();
    expect(await first).toBeInstanceOf(AbortedError);
    readings[0]!.gate.open();
    expect((await joiner).status).toBe('succeeded');
  });

  test('of the only one cancels the run', async () => {
    const { rows, readings, syncer } = await stream();
    const abort = new AbortController();
    const run = rejection(rows.sync({ signal: abort.signal }));
    await until(() => readings.length === 1);
    abort.abort();
    expect(await run).toBeInstanceOf(AbortedError);
    await until(async () => (await collect(syncer.runs()))[0]?.status === 'cancelled');
    expect(readings[0]!.ctx.signal.aborted).toBe(true);
  });

  test('that has fired already begins nothing', async () => {
    const { rows, readings, syncer } = await stream();
    expect(await rejection(rows.sync({ signal: AbortSignal.abort() }))).toBeInstanceOf(
      AbortedError,
    );
    expect(readings).toHaveLength(0);
    expect(await collect(syncer.runs())).toEqual([]);
  });

  test('of the only one who waits for a queued run takes it out of the queue', async () => {
    const { rows, readings, syncer } = await stream();
    const first = rows.sync();
    await until(() => readings.length === 1);
    const abort = new AbortController();
    const queued = rejection(rows.sync({ mode: 'full', signal: abort.signal }));
    await settle();
    abort.abort();
    expect(await queued).toBeInstanceOf(AbortedError);
    readings[0]!.gate.open();
    await first;
    await settle();
    const runs = await collect(syncer.runs());
    expect(runs.map(({ mode, status }) => [mode, status]).sort()).toEqual([
      ['full', 'cancelled'],
      ['incremental', 'succeeded'],
    ]);
    expect(readings).toHaveLength(1);
  });
});

describe('deadline', () => {
  test('resolves with the live status, and the run goes on', async () => {
    const { rows, readings, clock } = await stream();
    const waiting = rows.sync({ deadline: '20s' });
    await until(() => readings.length === 1);
    await clock.advance(19_000);
    await settle();
    await clock.advance(1_000);
    const live = await waiting;
    expect(live).toMatchObject({ status: 'running', finishedAt: null, counts: { pages: 1 } });
    expect(live.startedAt).toBeInstanceOf(Date);
    const end = rows.sync();
    await settle();
    readings[0]!.gate.open();
    expect(await end).toMatchObject({ id: live.id, status: 'succeeded' });
  });

  test('0 only asks', async () => {
    const { rows, readings } = await stream();
    const { status } = await rows.sync({ deadline: 0 });
    expect(['queued', 'running']).toContain(status);
    await until(() => readings.length === 1);
    const end = rows.sync();
    readings[0]!.gate.open();
    await end;
  });

  test('leaves no timer behind when the run ends first', async () => {
    const { rows, readings, clock, syncer } = await stream();
    const run = rows.sync({ deadline: '1h' });
    await until(() => readings.length === 1);
    readings[0]!.gate.open();
    await run;
    await syncer.stop();
    expect(clock.sleeping).toBe(0);
  });
});

describe('cancel()', () => {
  test('settles the run at once, though its generator hangs', async () => {
    const { rows, readings, told } = await stream();
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    expect(await rows.cancel()).toBe(1);
    expect(await run).toBeInstanceOf(AbortedError);
    expect(readings[0]!.ctx.signal.aborted).toBe(true);
    expect(told('run.cancelled')).toMatchObject([{ reason: 'asked' }]);
    // What it has committed stays, what comes late does not.
    readings[0]!.gate.open();
    await settle();
    expect(await rows.count()).toBe(1);
    expect(told('run.late')).toMatchObject([{ dropped: 'page' }]);
  });

  test('of nothing is 0', async () => {
    const { rows } = await stream();
    expect(await rows.cancel()).toBe(0);
  });

  test('takes queued runs too', async () => {
    const { rows, readings, syncer } = await stream();
    const running = rejection(rows.sync());
    await until(() => readings.length === 1);
    const queued = rejection(rows.sync({ mode: 'full' }));
    await settle();
    expect(await rows.cancel()).toBe(2);
    for (const error of [await running, await queued]) expect(error).toBeInstanceOf(AbortedError);
    expect((await collect(syncer.runs())).map(({ status }) => status)).toEqual([
      'cancelled',
      'cancelled',
    ]);
  });

  test('from another syncer on the same file: told at the next renewal of the lease', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, connector } = await stream({ store: sqlite(file), clock });
    const run = rejection(rows.sync());
    await until(() => readings.length === 1);
    const other = testSyncer([connector], { store: sqlite(file), clock });
    expect(await other.syncer.connection(connector, 'acme').stream('rows').cancel()).toBe(1);
    expect(readings[0]!.ctx.signal.aborted).toBe(false);
    await clock.advance(5_000);
    expect(await run).toBeInstanceOf(AbortedError);
    expect(readings[0]!.ctx.signal.aborted).toBe(true);
    expect((await collect(other.syncer.runs()))[0]).toMatchObject({ status: 'cancelled' });
  });

  test('a new run does not join one that is asked to stop', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, connector } = await stream({ store: sqlite(file), clock });
    const run = rejection(rows.sync());
    await until(() => readings.length === 1);
    const other = testSyncer([connector], { store: sqlite(file), clock });
    await other.syncer.connection(connector, 'acme').stream('rows').cancel();
    const next = rows.sync();
    await settle();
    await clock.advance(5_000);
    await run;
    await until(() => readings.length === 2);
    readings[1]!.gate.open();
    expect((await next).status).toBe('succeeded');
  });
});

describe('two syncers on one file', () => {
  test("joining another process's run waits for its row", async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, connector } = await stream({ store: sqlite(file), clock });
    const other = testSyncer([connector], { store: sqlite(file), clock });
    const mine = rows.sync();
    await until(() => readings.length === 1);
    const theirs = other.syncer.connection(connector, 'acme').stream('rows').sync();
    await settle();
    await clock.advance(60_000);
    expect(readings).toHaveLength(1);
    readings[0]!.gate.open();
    const result = await mine;
    await clock.advance(1_000);
    expect(await theirs).toEqual(result);
    expect(other.told('run.started')).toEqual([]);
  });

  test("a joiner learns the error of the other process's run as an error of its kind", async () => {
    const file = tempFile();
    const clock = new TestClock();
    const held = gate();
    const connector = byHand(async function* () {
      yield [];
      await held.passed;
      yield 7 as never;
    });
    const first = testSyncer([connector], { store: sqlite(file), clock });
    const second = testSyncer([connector], { store: sqlite(file), clock });
    await first.syncer.connections.create(connector, { id: 'acme' });
    const mine = rejection(first.syncer.connection(connector, 'acme').stream('rows').sync());
    await until(() => first.told('page.committed').length === 1);
    const theirs = rejection(second.syncer.connection(connector, 'acme').stream('rows').sync());
    await settle();
    held.open();
    const error = (await mine) as Error;
    await clock.advance(1_000);
    expect(await theirs).toMatchObject({
      name: 'ValidationError',
      code: 'VALIDATION',
      message: error.message,
    });
  });

  test('a lease is renewed as long as the run lives, however long that is', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, connector } = await stream({ store: sqlite(file), clock });
    const other = testSyncer([connector], { store: sqlite(file), clock });
    const mine = rows.sync();
    await until(() => readings.length === 1);
    const full = other.syncer.connection(connector, 'acme').stream('rows').sync({ mode: 'full' });
    await settle();
    await clock.advance(9 * 60_000);
    expect(readings).toHaveLength(1);
    readings[0]!.gate.open();
    await mine;
    await clock.advance(1_000);
    await until(() => readings.length === 2);
    readings[1]!.gate.open();
    expect((await full).mode).toBe('full');
  });
});

describe('concurrency.runs', () => {
  test('holds so many runs at a time, and all come to their end', async () => {
    let now = 0;
    let most = 0;
    const connector = byHand(async function* () {
      now += 1;
      most = Math.max(most, now);
      await settle();
      yield [];
      now -= 1;
    });
    const { syncer } = testSyncer([connector], { concurrency: { runs: 3 } });
    const ids = Array.from({ length: 12 }, (_, i) => `c${i}`);
    for (const id of ids) await syncer.connections.create(connector, { id });
    const results = await Promise.all(
      ids.map((id) => syncer.connection(connector, id).stream('rows').sync()),
    );
    expect(results.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(most).toBe(3);
  });

  test('one that waits for another process takes no slot', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, connector } = await stream({ store: sqlite(file), clock });
    const other = testSyncer([connector], { store: sqlite(file), clock, concurrency: { runs: 1 } });
    await other.syncer.connections.create(connector, { id: 'other' });
    const mine = rows.sync();
    await until(() => readings.length === 1);
    const joined = other.syncer.connection(connector, 'acme').stream('rows').sync();
    await settle();
    const free = other.syncer.connection(connector, 'other').stream('rows').sync();
    await until(() => readings.length === 2);
    readings[1]!.gate.open();
    expect((await free).status).toBe('succeeded');
    readings[0]!.gate.open();
    await mine;
    await clock.advance(1_000);
    await joined;
  });
});

describe('stop()', () => {
  test('lets runs come to their end', async () => {
    const { rows, readings, syncer } = await stream();
    const run = rows.sync();
    await until(() => readings.length === 1);
    const stopped = syncer.stop();
    await settle();
    readings[0]!.gate.open();
    await stopped;
    expect((await run).status).toBe('succeeded');
    expect(await rejection(rows.sync())).toBeInstanceOf(AbortedError);
  });

  test('cancels them after `drain`, and leaves no lease: another process begins at once', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, readings, syncer, connector } = await stream({ store: sqlite(file), clock });
    const run = rejection(rows.sync());
    await until(() => readings.length === 1);
    const stopped = syncer.stop({ drain: '5s' });
    await clock.advance(5_000);
    await stopped;
    expect(await run).toBeInstanceOf(AbortedError);
    expect(clock.sleeping).toBe(0);
    const other = testSyncer([connector], { store: sqlite(file), clock });
    const next = other.syncer.connection(connector, 'acme').stream('rows').sync();
    await until(() => readings.length === 2);
    readings[1]!.gate.open();
    expect((await next).status).toBe('succeeded');
  });

  test('twice is once, and `await using` is the same', async () => {
    const { syncer } = await stream();
    await Promise.all([syncer.stop(), syncer.stop(), syncer[Symbol.asyncDispose]()]);
  });
});
