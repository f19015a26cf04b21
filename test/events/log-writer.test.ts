import { beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/core/errors.js';
import { Emitter } from '../../src/events/emitter.js';
import type { AnyEvent } from '../../src/events/event-map.js';
import type { EventRow } from '../../src/events/event-row.js';
import { LogWriter, type LogWriterOptions } from '../../src/events/log-writer.js';
import { ManualClock, settle } from './manual-clock.js';

let clock: ManualClock;
let emitter: Emitter;
/** What the store has taken, a list for each call. */
let stored: EventRow[][];
let calls: number;
let failing: boolean;
/** Set: calls of the store wait for it. */
let gate: Promise<void> | undefined;
let told: AnyEvent[];

beforeEach(() => {
  clock = new ManualClock();
  emitter = new Emitter({ clock });
  stored = [];
  calls = 0;
  failing = false;
  gate = undefined;
  told = [];
  emitter.on('store.*', (event) => told.push(event));
  emitter.on('health.*', (event) => told.push(event));
});

function openLog(options: Partial<LogWriterOptions> = {}): LogWriter {
  const log = new LogWriter({
    append: async (rows) => {
      calls++;
      await gate;
      if (failing) throw new StoreError('disk full');
      stored.push([...rows]);
    },
    clock,
    emit: (event) => emitter.emit(event),
    ...options,
  });
  emitter.onAny((event) => log.write(event));
  return log;
}

function line(message: string | number): void {
  emitter.emit({ type: 'log.line', message: String(message) });
}

function messages(): unknown[] {
  return stored.flat().map((row) => row.event['message'] ?? row.type);
}

describe('when events are written', () => {
  test('after 250 ms at the latest, together and in order', async () => {
    openLog();
    line('a');
    await clock.advance(200);
    line('b');
    expect(calls).toBe(0);
    await clock.advance(50);
    expect(stored.map((rows) => rows.length)).toEqual([2]);
    expect(messages()).toEqual(['a', 'b']);
  });

  test('at once when a batch is full; never in the emitter’s own step', async () => {
    openLog({ batch: 3 });
    for (const i of [1, 2, 3, 4, 5, 6, 7]) line(i);
    expect(calls).toBe(0);
    await settle();
    expect(stored.map((rows) => rows.length)).toEqual([3, 3, 1]);
    expect(messages()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test('at flush, and nothing is left waiting', async () => {
    const log = openLog();
    line('a');
    await log.flush();
    expect(messages()).toEqual(['a']);
    await clock.advance(250);
    expect(clock.sleeping).toBe(0);
    await log.flush();
    expect(calls).toBe(1);
  });

  test('an idle log holds no timer', async () => {
    openLog();
    expect(clock.sleeping).toBe(0);
    line('a');
    await clock.advance(250);
    expect(clock.sleeping).toBe(0);
    line('b');
    await clock.advance(250);
    expect(messages()).toEqual(['a', 'b']);
  });

  test('a row is a copy: what happens to the data later does not matter', async () => {
    const log = openLog();
    const data = { n: 1 };
    emitter.emit({ type: 'log.line', message: 'm', data });
    data.n = 2;
    await log.flush();
    expect(stored[0]?.[0]?.event).toMatchObject({ data: { n: 1 } });
  });
});

describe('what is kept', () => {
  const connection = { connector: 'c', connection: 'a' };
  function emitAll(): void {
    emitter.emit({ type: 'connection.created', ...connection });
    emitter.emit({ type: 'webhook.duplicate', ...connection, delivery: 'd' });
    emitter.emit({ type: 'store.slow', verb: 'commit', durationMs: 1 });
    emitter.emit({ type: 'log.line', level: 'debug', message: 'line' });
  }

  test('by default all but debug events; lines of ctx.log always', async () => {
    const log = openLog();
    emitAll();
    await log.flush();
    expect(messages()).toEqual(['connection.created', 'store.slow', 'line']);
  });

  test('as configured', async () => {
    const all = openLog({ level: 'debug' });
    emitAll();
    await all.flush();
    expect(messages()).toHaveLength(4);
    stored = [];
    await all.close();
    const grave = openLog({ level: 'warn' });
    emitAll();
    await grave.flush();
    expect(messages()).toEqual(['store.slow', 'line']);
  });
});

describe('a store that fails', () => {
  test('harms nobody, is told of once, and gets everything in order when it works again', async () => {
    const log = openLog();
    failing = true;
    line('a');
    await clock.advance(250);
    expect(told).toMatchObject([
      {
        type: 'store.logs_failing',
        pending: 1,
        error: { name: 'StoreError', message: 'disk full' },
      },
    ]);
    for (let i = 0; i < 20; i++) {
      line(i);
      await clock.advance(30_000);
    }
    await log.flush();
    expect(told).toHaveLength(1);
    failing = false;
    await clock.advance(30_000);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({ type: 'store.logs_recovered', dropped: 0 });
    await log.flush();
    expect(messages()).toEqual([
      'a',
      'store.logs_failing',
      ...Array.from({ length: 20 }, (_, i) => String(i)),
      'store.logs_recovered',
    ]);
  });

  test('is tried less and less often', async () => {
    openLog();
    failing = true;
    line('a');
    for (let ms = 0; ms < 600_000; ms += 250) await clock.advance(250);
    expect(calls).toBeGreaterThan(15);
    expect(calls).toBeLessThan(35);
  });

  test('is not asked more often because more events come', async () => {
    openLog({ batch: 2 });
    failing = true;
    line('a');
    await clock.advance(250);
    for (let i = 0; i < 100; i++) line(i);
    await settle();
    expect(calls).toBe(1);
  });

  test('costs the oldest events beyond the bound, and says how many', async () => {
    openLog({ maxPending: 10, batch: 5 });
    failing = true;
    for (let i = 0; i < 100; i++) line(i);
    await clock.advance(250);
    failing = false;
    await clock.advance(250);
    await clock.advance(250);
    // The report of the failure took a place as well.
    expect(messages()).toEqual([
      ...Array.from({ length: 9 }, (_, i) => String(91 + i)),
      'store.logs_failing',
      'store.logs_recovered',
    ]);
    expect(told[1]).toMatchObject({ type: 'store.logs_recovered', dropped: 91 });
  });

  test('also by throwing instead of rejecting', async () => {
    const log = openLog({
      append: () => {
        throw new Error('sync');
      },
    });
    line('a');
    await expect(log.flush()).resolves.toBeUndefined();
    expect(told).toMatchObject([{ type: 'store.logs_failing', error: { message: 'sync' } }]);
  });
});

describe('a store that is slow', () => {
  test('gets one batch at a time, and emitting goes on', async () => {
    const log = openLog({ batch: 2 });
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    for (let i = 0; i < 6; i++) line(i);
    await clock.advance(10_000);
    expect(calls).toBe(1);
    const flushed = log.flush();
    await settle();
    expect(calls).toBe(1);
    open();
    await flushed;
    expect(messages()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(told).toEqual([]);
  });

  test('costs the oldest events beyond the bound, those under way counted', async () => {
    const log = openLog({ batch: 2, maxPending: 4 });
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    line(0);
    line(1);
    await settle();
    for (let i = 2; i < 10; i++) line(i);
    open();
    await log.flush();
    await log.flush();
    expect(messages()).toEqual(['0', '1', '8', '9', 'store.logs_recovered']);
    expect(told).toMatchObject([{ dropped: 6 }]);
  });
});

describe('close', () => {
  test('writes what is left, and leaves no timer', async () => {
    const log = openLog();
    line('a');
    await log.close();
    await settle();
    expect(messages()).toEqual(['a']);
    expect(clock.sleeping).toBe(0);
    line('b');
    await clock.advance(1_000);
    expect(messages()).toEqual(['a']);
  });

  test('tries a failing store once, and never again', async () => {
    const log = openLog();
    failing = true;
    line('a');
    await clock.advance(250);
    await log.close();
    await settle();
    expect(calls).toBe(2);
    expect(clock.sleeping).toBe(0);
    await clock.advance(60_000);
    expect(calls).toBe(2);
  });
});
