import { ConnectionSyncError, ConfigError, defineConnector } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settle, until } from '../support/clock.js';
import { gate } from '../support/gate.js';
import { noStrays } from '../support/strays.js';
import { collect, rejection, testSyncer } from '../support/syncer.js';

noStrays();

const schema = z.object({ id: z.string() });

/** Streams of one record each, which note when they begin; `failing` fail. */
function family(
  after: Readonly<Record<string, readonly string[]>>,
  log: string[],
  failing: ReadonlySet<string> = new Set(),
) {
  const stream = (name: string, before: readonly string[]) => ({
    schema,
    key: 'id' as const,
    after: before as never,
    async *pull() {
      log.push(`${name} begins`);
      await settle();
      if (failing.has(name)) throw new Error(`${name} fails`);
      yield [{ id: name }];
      log.push(`${name} ends`);
    },
  });
  return defineConnector({
    name: 'family',
    streams: Object.fromEntries(
      Object.entries(after).map(([name, before]) => [name, stream(name, before)]),
    ),
  });
}

async function connection(connector: ReturnType<typeof family>) {
  const tested = testSyncer([connector]);
  await tested.syncer.connections.create(connector, { id: 'acme' });
  return { ...tested, acme: tested.syncer.connection(connector, 'acme') };
}

describe('after', () => {
  test('a stream begins when those before it have ended', async () => {
    const log: string[] = [];
    const { acme } = await connection(family({ c: ['b'], b: ['a'], a: [], d: ['a', 'b'] }, log));
    const results = await acme.sync();
    expect(results.map(({ stream, status }) => [stream, status])).toEqual([
      ['c', 'succeeded'],
      ['b', 'succeeded'],
      ['a', 'succeeded'],
      ['d', 'succeeded'],
    ]);
    const at = (line: string): number => log.indexOf(line);
    expect(at('b begins')).toBeGreaterThan(at('a ends'));
    expect(at('c begins')).toBeGreaterThan(at('b ends'));
    expect(at('d begins')).toBeGreaterThan(at('b ends'));
  });

  test('what follows a failed one is skipped, to any depth; the others run, and all have ended when it rejects', async () => {
    const log: string[] = [];
    const { acme, told, syncer } = await connection(
      family({ a: [], b: ['a'], c: ['b'], d: [], e: ['d', 'b'] }, log, new Set(['a'])),
    );
    const error = await rejection(acme.sync());
    expect(error).toBeInstanceOf(ConnectionSyncError);
    const { results, cause, message } = error as ConnectionSyncError;
    expect(results.map(({ stream, status }) => [stream, status])).toEqual([
      ['a', 'failed'],
      ['b', 'skipped'],
      ['c', 'skipped'],
      ['d', 'succeeded'],
      ['e', 'skipped'],
    ]);
    expect(cause).toMatchObject({ message: 'a fails' });
    expect(message).toContain('a fails');
    expect(
      told('run.skipped')
        .map(({ stream, after }) => [stream, after])
        .sort(),
    ).toEqual([
      ['b', 'a'],
      ['c', 'b'],
      ['e', 'b'],
    ]);
    expect(log).toEqual(['a begins', 'd begins', 'd ends']);
    const runs = await collect(syncer.runs());
    expect(runs.filter(({ status }) => status === 'skipped')).toHaveLength(3);
    expect(runs.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
  });

  test('with throws: false it resolves with the results', async () => {
    const { acme } = await connection(family({ a: [], b: ['a'] }, [], new Set(['a'])));
    const results = await acme.sync({ throws: false });
    expect(results.map(({ status }) => status)).toEqual(['failed', 'skipped']);
    expect(results[0]?.error).toMatchObject({ message: 'a fails' });
    expect(results[1]?.error?.message).toContain("'a'");
  });

  test('a skipped stream is not skipped for ever', async () => {
    const failing = new Set(['a']);
    const { acme } = await connection(family({ a: [], b: ['a'] }, [], failing));
    await acme.sync({ throws: false });
    failing.clear();
    expect((await acme.sync()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  test('a stream that is asked for alone runs alone', async () => {
    const log: string[] = [];
    const { acme } = await connection(family({ a: [], b: ['a'] }, log));
    await acme.stream('b').sync();
    expect(log).toEqual(['b begins', 'b ends']);
  });

  test("somebody else's run of a stream that would be skipped is left alone", async () => {
    const held = gate();
    let begun = false;
    const connector = defineConnector({
      name: 'family',
      streams: {
        a: {
          schema,
          key: 'id',
          async *pull() {
            yield [];
            throw new Error('a fails');
          },
        },
        b: {
          schema,
          key: 'id',
          after: ['a'],
          async *pull() {
            begun = true;
            await held.passed;
            yield [{ id: '1' }];
          },
        },
      },
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const acme = syncer.connection(connector, 'acme');
    const alone = acme.stream('b').sync();
    await until(() => begun);
    const results = await acme.sync({ throws: false });
    expect(results.map(({ status }) => status)).toEqual(['failed', 'skipped']);
    held.open();
    expect((await alone).status).toBe('succeeded');
    expect(await acme.stream('b').count()).toBe(1);
  });

  test.each([
    [
      'a stream that is not there',
      { a: ['nobody'] },
      /streams\.a\.after: 'nobody' is not a stream; there are: a/,
    ],
    ['itself', { a: ['a'] }, /streams\.a\.after: 'a' would wait for itself/],
    ['a circle', { a: ['c'], b: ['a'], c: ['b'] }, /streams\.a\.after: 'a' would wait for itself/],
  ] as const)('%s is a ConfigError', (_name, after, message) => {
    expect(() => family(after, [])).toThrow(ConfigError);
    expect(() => family(after, [])).toThrow(message);
  });
});

test('concurrency.perConnection holds so many streams at a time', async () => {
  let now = 0;
  let most = 0;
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const connector = defineConnector({
    name: 'family',
    streams: Object.fromEntries(
      names.map((name) => [
        name,
        {
          schema,
          key: 'id' as const,
          async *pull() {
            now += 1;
            most = Math.max(most, now);
            await settle();
            now -= 1;
            yield [];
          },
        },
      ]),
    ),
  });
  const { syncer } = testSyncer([connector], { concurrency: { perConnection: 2 } });
  await syncer.connections.create(connector, { id: 'acme' });
  await syncer.connection(connector, 'acme').sync();
  expect(most).toBe(2);
});

test('ctx.records reads what another stream of the connection has stored, as its schema put it out', async () => {
  const seen: unknown[] = [];
  const connector = defineConnector({
    name: 'tree',
    streams: {
      parents: {
        schema: z.object({ id: z.number().transform(String) }),
        key: 'id',
        async *pull() {
          yield Array.from({ length: 1_203 }, (_, i) => ({ id: i }));
        },
      },
      children: {
        schema,
        key: 'id',
        after: ['parents'],
        async *pull(ctx) {
          for await (const parent of ctx.records('parents')) seen.push(parent.id);
          yield [];
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  for (const id of ['acme', 'other']) await syncer.connections.create(connector, { id });
  await syncer.connection(connector, 'acme').sync();
  expect(seen).toHaveLength(1_203);
  expect(seen[0]).toBe('0');
  seen.length = 0;
  await syncer.connection(connector, 'other').stream('children').sync();
  expect(seen).toEqual([]);
});
