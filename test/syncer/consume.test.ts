import { type Change, ConfigError, type Consumer, sqlite } from 'syncline';
import { afterEach, describe, expect, test } from 'vitest';
import { byHand, row, scripted } from '../support/by-hand.js';
import { settle, TestClock, until } from '../support/clock.js';
import { gate } from '../support/gate.js';
import { noStrays } from '../support/strays.js';
import {
  rejection,
  storeKinds,
  tempFile,
  testSyncer,
  type TestSyncerOptions,
} from '../support/syncer.js';

noStrays();

const open: Consumer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.stop()));
});

async function stream(options: TestSyncerOptions = {}) {
  const script = scripted();
  const connector = byHand(script.pull);
  const tested = testSyncer([connector], options);
  const { syncer } = tested;
  for (const id of ['acme', 'other']) await syncer.connections.create(connector, { id });
  const page = async (
    ids: readonly string[],
    { connection = 'acme', title = 'x', deletes = [] as readonly string[] } = {},
  ) => {
    script.pages = [{ records: ids.map((id) => row(id, null, { title })), deletes }];
    await syncer.connection(connector, connection).stream('rows').sync();
  };
  const consume = async (
    handler: (changes: readonly Change<{ readonly id: string }>[]) => unknown,
    given: Parameters<typeof syncer.consume>[3] = {},
  ) => {
    const consumer = await syncer.consume('index', { connector, stream: 'rows' }, handler, given);
    open.push(consumer);
    return consumer;
  };
  return { ...tested, connector, page, consume };
}

describe.each(storeKinds)('%s', (store) => {
  test('gets everything that is stored, of all connections, in order, and then what changes', async () => {
    const { page, consume } = await stream({ store });
    await page(['a', 'b']);
    await page(['c'], { connection: 'other' });
    const got: Change<{ readonly id: string }>[] = [];
    await consume((changes) => got.push(...changes));
    await until(() => got.length === 3);
    expect(got.map(({ connection, key, kind }) => [connection, key, kind])).toEqual([
      ['acme', 'a', 'insert'],
      ['acme', 'b', 'insert'],
      ['other', 'c', 'insert'],
    ]);
    // A commit in this process wakes it, without a wait.
    await page(['a'], { title: 'edited', deletes: ['b'] });
    await until(() => got.length === 5);
    expect(
      got
        .slice(3)
        .map(({ kind, key }) => `${kind} ${key}`)
        .sort(),
    ).toEqual(['delete b', 'update a']);
  });

  test('the offset moves only after the handler has succeeded: what failed is given again, after a pause', async () => {
    const { page, consume, clock, told } = await stream({ store });
    await page(['a', 'b']);
    const batches: string[][] = [];
    let fails = 2;
    await consume((changes) => {
      batches.push(changes.map(({ key }) => key));
      if (fails-- > 0) throw new Error('the index is down');
    });
    await until(() => batches.length === 1);
    await clock.advance(60_000);
    await until(() => batches.length === 3);
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(
      told('consumer.failed').map(({ attempt, changes, error }) => [
        attempt,
        changes,
        error.message,
      ]),
    ).toEqual([
      [1, 2, 'the index is down'],
      [2, 2, 'the index is down'],
    ]);
    await settle();
    expect(batches).toHaveLength(3);
  });

  test('a rejected promise is a failure too, and pauses grow', async () => {
    const { page, consume, told, clock } = await stream({ store });
    await page(['a']);
    await consume(() => Promise.reject(new Error('down')));
    await until(() => told('consumer.failed').length === 1);
    for (let i = 0; i < 5; i++) await clock.advance(600_000);
    const pauses = told('consumer.failed').map(
      ({ retryAt, time }) => Number(retryAt) - Number(time),
    );
    expect(pauses.length).toBeGreaterThan(4);
    expect(pauses[1]).toBeGreaterThan(pauses[0]!);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000);
  });

  test('goes on where it was, after a restart', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const first = await stream({ store: sqlite(file), clock });
    await first.page(['a']);
    const got: string[] = [];
    const consumer = await first.consume((changes) => got.push(...changes.map(({ key }) => key)));
    await until(() => got.length === 1);
    await consumer.stop();
    await first.page(['b']);
    await first.syncer.stop();
    const second = testSyncer([first.connector], { store: sqlite(file), clock });
    open.push(
      await second.syncer.consume(
        'index',
        { connector: first.connector, stream: 'rows' },
        (changes) => got.push(...changes.map(({ key }) => key)),
      ),
    );
    await until(() => got.length === 2);
    expect(got).toEqual(['a', 'b']);
  });

  test('dies while it handles: the batch comes again', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const first = await stream({ store: sqlite(file), clock });
    await first.page(['a']);
    const held = gate();
    let seen = 0;
    await first.consume(async () => {
      seen += 1;
      await held.passed;
      throw new Error('its process died here');
    });
    await until(() => seen === 1);
    clock.skip(20_000);
    const got: string[] = [];
    const second = testSyncer([first.connector], { store: sqlite(file), clock });
    open.push(
      await second.syncer.consume(
        'index',
        { connector: first.connector, stream: 'rows' },
        (changes) => got.push(...changes.map(({ key }) => key)),
      ),
    );
    await until(() => got.length === 1);
    expect(got).toEqual(['a']);
    held.open();
  });

  test("from: 'now' begins with what changes from then on", async () => {
    const { page, consume } = await stream({ store });
    await page(['a', 'b']);
    const got: string[] = [];
    const consumer = await consume(
      (changes) => got.push(...changes.map(({ kind, key }) => `${kind} ${key}`)),
      { from: 'now' },
    );
    await until(async () => (await consumer.lag()) === 0);
    await page(['b', 'c'], { title: 'edited' });
    await until(() => got.length === 2);
    expect(got).toEqual(['update b', 'insert c']);
  });

  test('replay(seq) goes on from there', async () => {
    const { page, consume } = await stream({ store });
    await page(['a', 'b', 'c']);
    const got: Change<unknown>[] = [];
    const consumer = await consume((changes) => got.push(...changes));
    await until(() => got.length === 3);
    await consumer.replay(got[0]!.seq);
    await until(() => got.length === 5);
    expect(got.slice(3).map(({ key }) => key)).toEqual(['b', 'c']);
    await consumer.replay(0);
    await until(() => got.length === 8);
  });

  test('batch: so many at a time, in order', async () => {
    const { page, consume } = await stream({ store });
    await page(Array.from({ length: 25 }, (_, i) => `r${String(i).padStart(2, '0')}`));
    const sizes: number[] = [];
    await consume((changes) => sizes.push(changes.length), { batch: 10 });
    await until(() => sizes.reduce((sum, size) => sum + size, 0) === 25);
    expect(sizes).toEqual([10, 10, 5]);
  });

  test('one batch at a time, however slow the handler is', async () => {
    const { page, consume } = await stream({ store });
    await page(Array.from({ length: 20 }, (_, i) => `r${i}`));
    let now = 0;
    let most = 0;
    let handled = 0;
    await consume(
      async (changes) => {
        now += 1;
        most = Math.max(most, now);
        await settle();
        now -= 1;
        handled += changes.length;
      },
      { batch: 2 },
    );
    await until(() => handled === 20);
    expect(most).toBe(1);
  });
});

test('lag tells how far it is behind', async () => {
  const { page, consume } = await stream();
  await page(['a', 'b', 'c']);
  const held = gate();
  const consumer = await consume(() => held.passed);
  await settle();
  expect(await consumer.lag()).toBe(3);
  held.open();
  await until(async () => (await consumer.lag()) === 0);
});

test('stop() lets the batch that is handled come to its end', async () => {
  const { page, consume, told } = await stream();
  await page(['a']);
  const held = gate();
  let ended = false;
  let begun = false;
  const consumer = await consume(async () => {
    begun = true;
    await held.passed;
    ended = true;
  });
  await until(() => begun);
  const stopped = consumer.stop();
  await settle();
  held.open();
  await stopped;
  expect(ended).toBe(true);
  expect(await consumer.lag()).toBe(0);
  expect(told('consumer.stopped')).toHaveLength(1);
});

test('two processes share one name: one of them works', async () => {
  const file = tempFile();
  const clock = new TestClock();
  const first = await stream({ store: sqlite(file), clock });
  const got: string[] = [];
  const consumer = await first.consume((changes) =>
    got.push(...changes.map(({ key }) => `first ${key}`)),
  );
  await until(() => first.told('consumer.started').length === 1);
  const second = testSyncer([first.connector], { store: sqlite(file), clock });
  open.push(
    await second.syncer.consume(
      'index',
      { connector: first.connector, stream: 'rows' },
      (changes) => got.push(...changes.map(({ key }) => `second ${key}`)),
    ),
  );
  await first.page(['a']);
  await until(() => got.length === 1);
  await clock.advance(5_000);
  expect(got).toEqual(['first a']);
  // Given back, the other one has it within a second or so.
  await consumer.stop();
  await first.page(['b']);
  await clock.advance(5_000);
  await until(() => got.length === 2);
  expect(got).toEqual(['first a', 'second b']);
});

test('a stream that is not there is a ConfigError', async () => {
  const { syncer, connector } = await stream();
  expect(
    await rejection(
      syncer.consume('x', { connector, stream: 'nothing' as 'rows' }, () => undefined),
    ),
  ).toBeInstanceOf(ConfigError);
});
