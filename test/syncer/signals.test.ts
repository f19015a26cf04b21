import { AbortedError, defineConnector, type Store } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { noStrays } from '../support/strays.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

noStrays();

const REASON = new Error('nobody waits any more');

/** A stream of some records, one of them rejected; `hold` lets a verb of its store never answer. */
async function open() {
  const held = new Set<PropertyKey>();
  const inner = memory();
  const store = new Proxy(inner, {
    get(target, verb) {
      const method: unknown = Reflect.get(target, verb);
      return held.has(verb) ? () => new Promise(() => undefined) : method;
    },
  }) satisfies Store;
  const connector = defineConnector({
    name: 'hand',
    streams: {
      rows: {
        schema: z.object({ id: z.string(), n: z.number() }),
        key: 'id',
        async *pull() {
          yield [1, 2, 3].map((n) => ({ id: `k${n}`, n }));
          yield ['4', '5'].map((n) => ({ id: `k${n}`, n: n as unknown as number }));
        },
      },
    },
  });
  const { syncer } = testSyncer([connector], { store });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  await rows.sync();
  await rows.sync();
  return { syncer, rows, held };
}

type Opened = Awaited<ReturnType<typeof open>>;
interface Waits {
  readonly signal?: AbortSignal;
}

const iterators: Readonly<
  Record<
    string,
    readonly [verb: keyof Store, open: (o: Opened, options: Waits) => AsyncIterable<unknown>]
  >
> = {
  records: ['listRecords', ({ rows }, options) => rows.records(options)],
  changes: ['readFeed', ({ rows }, options) => rows.changes(options)],
  rejected: ['listRejected', ({ rows }, options) => rows.rejected(options)],
  logs: ['listLogs', ({ syncer }, options) => syncer.logs(options)],
  runs: ['listRuns', ({ syncer }, options) => syncer.runs(options)],
};

describe.each(Object.entries(iterators))('%s', (_, [verb, items]) => {
  test('a signal that does not abort changes nothing', async () => {
    const opened = await open();
    const all = await collect(items(opened, {}));
    expect(all.length).toBeGreaterThan(1);
    const { signal } = new AbortController();
    expect(await collect(items(opened, { signal }))).toEqual(all);
  });

  test('an abort between two items ends it', async () => {
    const opened = await open();
    const stop = new AbortController();
    const seen: unknown[] = [];
    const error = await rejection(
      (async () => {
        for await (const item of items(opened, { signal: stop.signal })) {
          seen.push(item);
          stop.abort(REASON);
        }
      })(),
    );
    expect(seen).toHaveLength(1);
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ cause: REASON });
  });

  test('an abort while it waits ends it at once', async () => {
    const opened = await open();
    opened.held.add(verb);
    const stop = new AbortController();
    const waiting = collect(items(opened, { signal: stop.signal }));
    stop.abort(REASON);
    expect(await rejection(waiting)).toBeInstanceOf(AbortedError);
  });

  test('it may be left at any time', async () => {
    const opened = await open();
    const { signal } = new AbortController();
    for await (const item of items(opened, { signal })) {
      expect(item).toBeDefined();
      break;
    }
  });
});

const calls: Readonly<
  Record<
    string,
    readonly [verb: keyof Store, call: (o: Opened, options: Waits) => Promise<unknown>]
  >
> = {
  get: ['getRecord', ({ rows }, options) => rows.get('k1', options)],
  count: ['countRecords', ({ rows }, options) => rows.count(options)],
  quality: ['listRecords', ({ rows }, options) => rows.quality(options)],
  'stats of a stream': ['measureStream', ({ rows }, options) => rows.stats(options)],
  'stats of all': ['listStreams', ({ syncer }, options) => syncer.stats(options)],
};

describe.each(Object.entries(calls))('%s', (_, [verb, call]) => {
  test('waits until the signal aborts', async () => {
    const opened = await open();
    const { signal } = new AbortController();
    expect(await call(opened, { signal })).toEqual(await call(opened, {}));
    opened.held.add(verb);
    const stop = new AbortController();
    const waiting = call(opened, { signal: stop.signal });
    stop.abort(REASON);
    const error = await rejection(waiting);
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ cause: REASON });
    const late = await rejection(call(opened, { signal: AbortSignal.abort(REASON) }));
    expect(late).toBeInstanceOf(AbortedError);
  });
});
