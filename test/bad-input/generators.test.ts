import { AbortedError, defineConnector, SynclineError, TimeoutError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { settle, until } from '../support/clock.js';
import { rowSchema } from '../support/shop.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, testSyncer, type TestSyncerOptions } from '../support/syncer.js';

noStrays();

interface Context {
  readonly signal: AbortSignal;
  readonly http: { get(path: string): PromiseLike<unknown> };
  readonly log: { info(message: string): void };
  records(stream: 'rows'): AsyncIterable<unknown>;
}

async function stream(pull: (ctx: Context) => unknown, options: TestSyncerOptions = {}) {
  const connector = defineConnector({
    name: 'odd',
    baseUrl: 'http://127.0.0.1:9',
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        cursor: { field: 'updated', order: 'ascending' },
        pull: pull as (ctx: Context) => AsyncIterable<[]>,
      },
    },
  });
  const tested = testSyncer([connector], options);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  return { ...tested, rows: tested.syncer.connection(connector, 'acme').stream('rows') };
}

const first = [row('1', '2025-01-01T00:00:00Z')];
const never = (): Promise<never> => new Promise<never>(() => undefined);

const thrown: readonly (readonly [string, unknown])[] = [
  ['an error', new Error('broken')],
  ['a type error', new TypeError('x is not a function')],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error with a cyclic cause', cyclicError()],
  ['a DOMException', new DOMException('aborted', 'AbortError')],
];

function cyclicError(): Error {
  const error = new Error('cyclic');
  error.cause = error;
  return error;
}

test.each(thrown)(
  'a generator that throws %s fails the run with it; what it yielded before stays',
  async (_name, error) => {
    const { rows, syncer, told } = await stream(async function* () {
      yield first;
      throw error;
    });
    expect(await rejection(rows.sync())).toBe(error);
    expect(await rows.count()).toBe(1);
    expect(told('run.failed')).toHaveLength(1);
    expect(await collect(syncer.runs())).toMatchObject([
      { status: 'failed', counts: { inserted: 1 } },
    ]);
  },
);

const noErrors: readonly (readonly [string, unknown])[] = [
  ['a text', 'broken'],
  ['undefined', undefined],
  ['null', null],
  ['a number', 404],
  ['an object', { status: 500 }],
  ['a symbol', Symbol('broken')],
  ['an object without a prototype', Object.create(null)],
  [
    'an object whose text throws',
    {
      toString: () => {
        throw new Error('no');
      },
    },
  ],
];

test.each(noErrors)(
  'a generator that throws %s fails the run too, it is not cancelled',
  async (_name, odd) => {
    const { rows, syncer, told } = await stream(async function* () {
      yield first;
      throw odd;
    });
    const error = await rejection(rows.sync());
    expect(error).toBeInstanceOf(SynclineError);
    expect(error).not.toBeInstanceOf(AbortedError);
    expect((await collect(syncer.runs()))[0]).toMatchObject({ status: 'failed' });
    expect(told('run.cancelled')).toEqual([]);
    expect(await rows.count()).toBe(1);
  },
);

test('a generator that throws in its finally block after the last page fails the run', async () => {
  const { rows } = await stream(async function* () {
    try {
      yield first;
    } finally {
      throw new Error('while tidying up');
    }
  });
  expect(await rejection(rows.sync())).toMatchObject({ message: 'while tidying up' });
  expect(await rows.count()).toBe(1);
});

describe('that never ends', () => {
  test('and yields without pause: the run ends at its time, and the event loop goes on meanwhile', async () => {
    let turns = 0;
    const { rows, clock } = await stream(
      async function* () {
        for (let n = 0; ; n++) yield [row(`r${n % 10}`, '2025-01-01T00:00:00Z')];
      },
      { deadlines: { maxRunTime: '1m' } },
    );
    const run = rejection(rows.sync());
    // Were it never to give way, this would not be reached.
    while (turns < 20) {
      await settle();
      turns += 1;
    }
    await clock.advance(61_000);
    const error = await run;
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).message).toContain('maxRunTime');
    expect(await rows.count()).toBe(10);
  });

  test('and yields empty pages without pause: cancel() ends it', async () => {
    const { rows } = await stream(async function* () {
      for (;;) yield [];
    });
    const run = rejection(rows.sync());
    await settle();
    await rows.cancel();
    expect(await run).toBeInstanceOf(AbortedError);
  });

  test('and hangs: the run is stuck, and fails', async () => {
    const { rows, clock, told } = await stream(
      async function* () {
        yield first;
        await never();
      },
      { deadlines: { stallAfter: '10m' } },
    );
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    await clock.advance(9 * 60_000);
    expect(told('run.stalled')).toEqual([]);
    await clock.advance(2 * 60_000);
    expect(await run).toBeInstanceOf(TimeoutError);
    expect(told('run.stalled')).toHaveLength(1);
    // The stream is free.
    const next = rows.sync({ throws: false });
    await until(() => told('page.committed').length === 2);
    await rows.cancel();
    expect((await next).status).toBe('cancelled');
  });

  test('and hangs before its first page', async () => {
    const { rows, clock, told } = await stream(never, { deadlines: { maxRunTime: '30s' } });
    const run = rejection(rows.sync());
    await settle();
    await clock.advance(31_000);
    // It is no iterable at all, which is told at once.
    expect(await run).toMatchObject({ code: 'VALIDATION' });
    expect(told('run.stalled')).toEqual([]);
  });
});

describe('after its signal fired', () => {
  test('late pages are dropped, and every method of its context refuses', async () => {
    let resume = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const refused: unknown[] = [];
    let ended = false;
    const { rows, told } = await stream(async function* (ctx) {
      yield first;
      await held;
      expect(ctx.signal.aborted).toBe(true);
      for (const work of [
        () => ctx.http.get('anything'),
        async () => collect(ctx.records('rows')),
        async () => {
          ctx.log.info('still there');
          return Promise.resolve();
        },
      ]) {
        refused.push(await rejection(work()));
      }
      ended = true;
      yield [row('late', '2025-01-02T00:00:00Z')];
      yield [row('later', '2025-01-03T00:00:00Z')];
    });
    const run = rows.sync({ throws: false });
    await until(() => told('page.committed').length === 1);
    await rows.cancel();
    // It is settled at once, whatever the generator does.
    expect((await run).status).toBe('cancelled');
    resume();
    await until(() => ended);
    await settle();
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toBeInstanceOf(AbortedError);
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['1']);
    expect(told('log.line')).toEqual([]);
    expect(told('page.committed')).toHaveLength(1);
  });

  test("a late failure is nobody's, and is told", async () => {
    let fail = (_error: Error): void => undefined;
    const { rows, told } = await stream(async function* () {
      yield first;
      await new Promise((_resolve, reject) => {
        fail = reject;
      });
    });
    const run = rows.sync({ throws: false });
    await until(() => told('page.committed').length === 1);
    await rows.cancel();
    expect((await run).status).toBe('cancelled');
    fail(new Error('too late'));
    await settle();
    expect(told('run.late')).toMatchObject([{ dropped: 'error' }]);
  });

  test('its return() is called, and not awaited', async () => {
    let returned = 0;
    const { rows, told } = await stream(() => ({
      [Symbol.asyncIterator]: () => {
        let pages = 0;
        return {
          next: async () => (pages++ === 0 ? { done: false, value: first } : never()),
          return: async () => {
            returned += 1;
            return never();
          },
        };
      },
    }));
    const run = rows.sync({ throws: false });
    await until(() => told('page.committed').length === 1);
    await rows.cancel();
    expect((await run).status).toBe('cancelled');
    expect(returned).toBeGreaterThan(0);
  });

  test('a return() that throws or rejects harms nothing', async () => {
    for (const end of [
      () => {
        throw new Error('cannot return');
      },
      async () => Promise.reject(new Error('cannot return')),
    ]) {
      let pages = 0;
      const { rows, told } = await stream(() => ({
        [Symbol.asyncIterator]: () => ({
          next: async () => (pages++ === 0 ? { done: false, value: first } : never()),
          return: end,
        }),
      }));
      const run = rows.sync({ throws: false });
      await until(() => told('page.committed').length === 1);
      await rows.cancel();
      expect((await run).status).toBe('cancelled');
    }
  });
});

const odd: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['a page that is not wrapped', () => first],
  [
    'a thenable that throws',
    () => ({
      then: () => {
        throw new Error('no');
      },
    }),
  ],
];

test.each(odd)(
  'an iterator whose next() gives %s fails the run, and does not hang',
  async (_name, next) => {
    let calls = 0;
    const { rows } = await stream(() => ({
      [Symbol.asyncIterator]: () => ({ next: () => (calls++ < 3 ? next() : { done: true }) }),
    }));
    const result = await rows.sync({ throws: false });
    expect(result.status).toBe('failed');
  },
);

test('an iterator that answers at once, without promises, is read', async () => {
  const { rows } = await stream(() => ({
    [Symbol.asyncIterator]: () => {
      let pages = 0;
      return { next: () => (pages++ < 2 ? { done: false, value: first } : { done: true }) };
    },
  }));
  expect((await rows.sync()).counts).toMatchObject({ pages: 2, inserted: 1 });
});
