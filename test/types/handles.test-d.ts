import {
  type AnyEvent,
  type Change,
  type Connection,
  createSyncer,
  defineConnector,
  type EventOf,
  type HttpError,
  type RejectedRecord,
  type RunResult,
  type RunStatus,
} from 'syncline';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

/** Code that is only compiled. */
function unused(_code: unknown): void {
  // Types are all there is to it.
}

const connector = defineConnector({
  name: 'shop',
  streams: {
    orders: {
      schema: z.object({ id: z.number(), total: z.number() }),
      key: 'id',
      async *pull() {
        yield [{ id: 1, total: 2 }];
      },
    },
    notes: {
      schema: z.object({ ref: z.string() }),
      key: 'ref',
      async *pull() {
        yield [{ ref: 'a' }];
      },
    },
  },
});
type Order = { id: number; total: number };
const syncer = createSyncer({ connectors: [connector] });
const acme = syncer.connection(connector, 'acme');
const orders = acme.stream('orders');

describe('a stream', () => {
  test('reads what its schema puts out', () => {
    expectTypeOf(orders.records()).toExtend<AsyncIterable<Order>>();
    expectTypeOf(orders.changes()).toExtend<AsyncIterable<Change<Order>>>();
    expectTypeOf(orders.changes({ after: 7 })).toExtend<AsyncIterable<Change<Order>>>();
    expectTypeOf(orders.changes({ batch: 500 })).toExtend<
      AsyncIterable<readonly Change<Order>[]>
    >();
    // Whether there are lists has to be known.
    // @ts-expect-error batch may be there or not
    orders.changes({} as { readonly batch?: number });
    expectTypeOf(orders.get)
      .parameter(0)
      .toEqualTypeOf<string | number | readonly (string | number)[]>();
    expectTypeOf(orders.count).returns.resolves.toBeNumber();
    expectTypeOf(orders.rejected()).toExtend<AsyncIterable<RejectedRecord>>();
    expectTypeOf(orders.approveDeletions).returns.resolves.toBeNumber();
    expectTypeOf(orders.replayRejected).returns.resolves.toEqualTypeOf<{
      readonly settled: number;
      readonly rejected: number;
    }>();
    expectTypeOf(acme.stream('notes').get).returns.resolves.toEqualTypeOf<
      { ref: string } | undefined
    >();
  });

  test('a change says what happened', () => {
    expectTypeOf<Change<Order>['kind']>().toEqualTypeOf<'insert' | 'update' | 'delete'>();
    expectTypeOf<Change<Order>['origin']>().toEqualTypeOf<
      'pull' | 'delivery' | 'write' | 'replay'
    >();
    expectTypeOf<Change<Order>['at']>().toEqualTypeOf<Date>();
    expectTypeOf<Change<Order>['seq']>().toBeNumber();
  });

  test('sync() takes what is documented, and returns a run', () => {
    expectTypeOf(orders.sync).returns.resolves.toEqualTypeOf<RunResult>();
    expectTypeOf(acme.sync).returns.resolves.toEqualTypeOf<readonly RunResult[]>();
    expectTypeOf<RunResult['status']>().toEqualTypeOf<RunStatus>();
    expectTypeOf<RunStatus>().toEqualTypeOf<
      'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped'
    >();
    // prettier-ignore
    unused([
      () => orders.sync({ mode: 'full', deadline: '20s', throws: false, signal: new AbortController().signal, onProgress: (p) => p.remainingMs }),
      () => orders.sync({ deadline: 20_000 }),
      // @ts-expect-error there is no such mode
      () => orders.sync({ mode: 'partial' }),
      // @ts-expect-error no duration
      () => orders.sync({ deadline: 'soon' }),
      // @ts-expect-error there is no such option
      () => orders.sync({ force: true }),
    ]);
  });
});

test('what is not there is a compile error', () => {
  // prettier-ignore
  unused([
    // @ts-expect-error there is no such stream
    () => acme.stream('customers'),
    // @ts-expect-error a key is text, number, or a list of these
    () => orders.get({ id: 1 }),
    // @ts-expect-error nor may a stream of no connector be consumed
    () => syncer.consume('x', { connector, stream: 'customers' }, () => undefined),
    // @ts-expect-error connectors are needed
    () => createSyncer({}),
    // @ts-expect-error there is no such option
    () => createSyncer({ connectors: [connector], storage: 'memory' }),
  ]);
});

test('consume() is typed by its stream', () => {
  unused(() =>
    syncer.consume(
      'index',
      { connector, stream: 'orders' },
      (changes, ctx) => {
        expectTypeOf(changes).toEqualTypeOf<readonly Change<Order>[]>();
        expectTypeOf(ctx.reset).toBeBoolean();
        expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
      },
      { from: 'now', batch: 10 },
    ),
  );
});

describe('events', () => {
  test('by name', () => {
    syncer.on('run.failed', (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'run.failed'>();
      expectTypeOf(event.error.message).toBeString();
      expectTypeOf(event.time).toEqualTypeOf<Date>();
      expectTypeOf(event.level).toEqualTypeOf<'debug' | 'info' | 'warn' | 'error'>();
      expectTypeOf(event.connection).toBeString();
    });
    syncer.on('deletion.guarded', (event) => {
      expectTypeOf(event.reason).toEqualTypeOf<'ratio' | 'empty' | 'unreadable-key'>();
    });
    syncer.on('cursor.expired', ({ dropped }) => {
      expectTypeOf(dropped).toEqualTypeOf<'resume' | 'cursor'>();
    });
  });

  test('by family: told apart by their type', () => {
    syncer.on('page.*', (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'page.committed' | 'page.drift'>();
      if (event.type === 'page.committed') expectTypeOf(event.inserted).toBeNumber();
      else expectTypeOf(event.key).toEqualTypeOf<string | null>();
    });
    expectTypeOf<EventOf<'run.*'>['type']>().toExtend<`run.${string}`>();
  });

  test('all', () => {
    syncer.onAny((event) => {
      expectTypeOf(event).toEqualTypeOf<AnyEvent>();
      if (event.type === 'record.rejected')
        expectTypeOf(event.issues).toEqualTypeOf<readonly string[]>();
    });
    expectTypeOf(syncer.logs()).toExtend<AsyncIterable<AnyEvent>>();
    const off = syncer.on('run.*', () => undefined);
    expectTypeOf(off).toEqualTypeOf<() => void>();
  });

  test('there is no such one', () => {
    // prettier-ignore
    unused([
      // @ts-expect-error a name
      () => syncer.on('run.finished', () => undefined),
      // @ts-expect-error a family
      () => syncer.on('runs.*', () => undefined),
      // @ts-expect-error everything is onAny
      () => syncer.on('*', () => undefined),
    ]);
  });
});

test('filters take dates and milliseconds', () => {
  unused(() =>
    syncer.runs({
      since: new Date(),
      until: 3,
      status: ['failed', 'queued'],
      tags: { plan: 'pro' },
    }),
  );
  unused(() => syncer.logs({ since: 3, level: 'warn', type: ['run.failed', 'http.*'] }));
  // @ts-expect-error there is no such status
  unused(() => syncer.runs({ status: 'done' }));
  // @ts-expect-error there is no such level
  unused(() => syncer.logs({ level: 'fatal' }));
});

test('connections', () => {
  expectTypeOf(syncer.connections.get).returns.resolves.toEqualTypeOf<Connection | undefined>();
  expectTypeOf(syncer.connections.list()).toExtend<AsyncIterable<Connection>>();
  expectTypeOf<Connection['status']>().toEqualTypeOf<'active' | 'paused' | 'needs_reauth'>();
  expectTypeOf<keyof Connection>().not.toExtend<'credentials'>();
  expectTypeOf<HttpError['status']>().toBeNumber();
});
