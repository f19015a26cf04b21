import {
  AbortedError,
  bearer,
  ConfigError,
  ConflictError,
  defineConnector,
  sqlite,
  StoreError,
  ValidationError,
} from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settle, TestClock, until } from '../support/clock.js';
import { gate } from '../support/gate.js';
import { noStrays } from '../support/strays.js';
import {
  collect,
  rejection,
  storeKinds,
  tempFile,
  testSyncer,
  type TestSyncerOptions,
} from '../support/syncer.js';

noStrays();

const record = z.object({ id: z.string(), from: z.string() });
const KEY = 'a sufficiently long key';

/** A list that depends on the connection's config; `hold` stops a reading after its first page. */
function repository(options: { readonly keep?: boolean; readonly flag?: boolean } = {}) {
  const control = {
    hold: undefined as Promise<void> | undefined,
    began: 0,
    asked: [] as unknown[],
    compared: [] as unknown[],
  };
  const connector = defineConnector({
    name: 'repo',
    config: z.object({ repo: z.string().min(1), page: z.coerce.number().default(10) }),
    auth: bearer(),
    ...(options.keep === undefined
      ? {}
      : {
          configChanged: (before: unknown, after: unknown) => {
            control.compared.push([before, after]);
            return options.keep === true ? ('keep' as const) : ('resync' as const);
          },
        }),
    streams: {
      rows: {
        schema: record,
        key: 'id',
        cursor: { field: 'from', type: 'string', order: 'ascending' },
        async *pull(ctx) {
          control.began += 1;
          control.asked.push([ctx.config, ctx.cursor, ctx.mode]);
          yield [{ id: `${ctx.config.repo} 1`, from: 'a' }];
          await control.hold;
          yield [{ id: `${ctx.config.repo} 2`, from: 'b' }];
        },
      },
    },
  });
  return { connector, control };
}

const config = { repo: 'one', page: '5' };
const credentials = { token: 'secret-token-1' };

async function acme(
  options: Parameters<typeof repository>[0] = {},
  syncerOptions: TestSyncerOptions = {},
) {
  const { connector, control } = repository(options);
  const tested = testSyncer([connector], { encryptionKey: KEY, ...syncerOptions });
  await tested.syncer.connections.create(connector, {
    id: 'acme',
    config,
    credentials,
    tags: { plan: 'pro' },
  });
  const rows = tested.syncer.connection(connector, 'acme').stream('rows');
  return { ...tested, connector, control, rows, connections: tested.syncer.connections };
}

describe('create', () => {
  test('keeps what it was given; credentials are never shown', async () => {
    const { connections, connector, clock } = await acme();
    const made = await connections.get(connector, 'acme');
    expect(made).toEqual({
      connector: 'repo',
      id: 'acme',
      config,
      account: undefined,
      tags: { plan: 'pro' },
      status: 'active',
      version: 1,
      createdAt: new Date(clock.now()),
      updatedAt: new Date(clock.now()),
    });
    expect(JSON.stringify(made)).not.toContain('secret');
  });

  test('refuses a second one of the same id', async () => {
    const { connections, connector } = await acme();
    const error = await rejection(
      connections.create(connector, { id: 'acme', config, credentials }),
    );
    expect(error).toBeInstanceOf(ConflictError);
    expect((error as Error).message).toContain('repo/acme');
  });

  const wrong: readonly (readonly [string, object, new (...args: never[]) => Error])[] = [
    [
      'a config that does not satisfy the schema',
      { id: 'x', config: { repo: '' }, credentials },
      ValidationError,
    ],
    ['no config', { id: 'x', credentials }, ValidationError],
    ['no credentials', { id: 'x', config }, ConfigError],
    ['credentials of another kind', { id: 'x', config, credentials: { key: 'k' } }, ConfigError],
    ['an empty token', { id: 'x', config, credentials: { token: '' } }, ConfigError],
    ['a token with a line break', { id: 'x', config, credentials: { token: 'a\nb' } }, ConfigError],
    ['no id', { id: '', config, credentials }, ConfigError],
    ['an id with NUL', { id: 'a\0b', config, credentials }, ConfigError],
    ['an id that is too long', { id: 'x'.repeat(513), config, credentials }, ConfigError],
    ['tags that are no texts', { id: 'x', config, credentials, tags: { n: 1 } }, ConfigError],
    ['tags that are a list', { id: 'x', config, credentials, tags: ['a'] }, ConfigError],
    [
      'a config that JSON cannot hold',
      { id: 'x', config: { repo: 'a', page: 1n }, credentials },
      ConfigError,
    ],
  ];
  test.each(wrong)('%s is a clear error, and nothing is created', async (_name, given, kind) => {
    const { connections, connector } = await acme();
    const error = await rejection(connections.create(connector, given as never));
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).not.toContain('secret');
    expect(await collect(connections.list())).toHaveLength(1);
  });

  test('credentials need a key to seal them with', async () => {
    const { connector } = repository();
    const { syncer } = testSyncer([connector]);
    const error = await rejection(
      syncer.connections.create(connector, { id: 'acme', config, credentials }),
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('encryptionKey');
  });
});

describe('update', () => {
  test('gets and returns config, credentials and tags', async () => {
    const { connections, connector, told } = await acme();
    const updated = await connections.update(connector, 'acme', (draft) => {
      expect(draft).toEqual({ config, credentials, tags: { plan: 'pro' } });
      return { ...draft, tags: { ...draft.tags, region: 'eu' } };
    });
    expect(updated).toMatchObject({ version: 2, tags: { plan: 'pro', region: 'eu' }, config });
    expect(told('connection.updated')).toMatchObject([{ changed: ['tags'], version: 2 }]);
  });

  test.each(storeKinds)(
    'loses no update: it is called again when somebody else was faster (%s)',
    async (store) => {
      const { connections, connector } = await acme({}, { store });
      const add = (name: string) =>
        connections.update(connector, 'acme', async (draft) => {
          await settle();
          return { ...draft, tags: { ...draft.tags, [name]: name } };
        });
      await Promise.all(Array.from({ length: 8 }, (_, i) => add(`t${i}`)));
      const after = await connections.get(connector, 'acme');
      expect(Object.keys(after?.tags ?? {}).sort()).toEqual([
        'plan',
        't0',
        't1',
        't2',
        't3',
        't4',
        't5',
        't6',
        't7',
      ]);
      expect(after?.version).toBe(9);
    },
  );

  test('an update that throws changes nothing', async () => {
    const { connections, connector } = await acme();
    await rejection(connections.update(connector, 'acme', () => Promise.reject(new Error('no'))));
    await rejection(
      connections.update(connector, 'acme', (draft) => ({ ...draft, config: { repo: '' } })),
    );
    expect(await connections.get(connector, 'acme')).toMatchObject({ version: 1, config });
  });

  test('a connection that is not there', async () => {
    const { connections, connector } = await acme();
    for (const work of [
      connections.update(connector, 'nobody', (draft) => draft),
      connections.pause(connector, 'nobody'),
      connections.check(connector, 'nobody'),
    ]) {
      expect(await rejection(work)).toBeInstanceOf(StoreError);
    }
    expect(await connections.get(connector, 'nobody')).toBeUndefined();
    expect(await connections.delete(connector, 'nobody')).toBe(false);
  });
});

describe('a changed config', () => {
  const move = { repo: 'two', page: '5' };

  test('cancels the running run, which had kept the config that it started with', async () => {
    const { rows, connections, connector, control, told } = await acme();
    const held = gate();
    control.hold = held.passed;
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    await connections.update(connector, 'acme', (draft) => ({ ...draft, config: move }));
    expect(await run).toBeInstanceOf(AbortedError);
    expect(told('run.cancelled')).toMatchObject([{ reason: 'config' }]);
    held.open();
    await settle();
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['one 1']);
  });

  test('drops chains and cursors, and the next run is a full pass', async () => {
    const { rows, connections, connector, control, told } = await acme();
    await rows.sync();
    await connections.update(connector, 'acme', (draft) => ({ ...draft, config: move }));
    const result = await rows.sync();
    expect(result.mode).toBe('full');
    expect(control.asked.at(-1)).toEqual([{ repo: 'two', page: 5 }, undefined, 'full']);
    expect(told('cursor.reset')).toMatchObject([{ reason: 'config', cursor: null }]);
    expect(await rows.get('two 2')).toBeDefined();
    // All that the old config had brought is gone at once: too much to be true without being asked.
    expect(told('deletion.guarded')).toMatchObject([{ reason: 'ratio', held: true }]);
    expect(await rows.approveDeletions()).toBe(2);
    expect((await collect(rows.records())).map(({ id }) => id)).toEqual(['two 1', 'two 2']);
    // Then it is as before.
    expect((await rows.sync()).mode).toBe('incremental');
    expect(control.asked.at(-1)).toEqual([{ repo: 'two', page: 5 }, 'b', 'incremental']);
  });

  test('until the pass has succeeded', async () => {
    const { rows, connections, connector, control } = await acme();
    await rows.sync();
    await connections.update(connector, 'acme', (draft) => ({ ...draft, config: move }));
    control.hold = Promise.reject(new Error('network'));
    control.hold.catch(() => undefined);
    await rows.sync({ throws: false });
    control.hold = undefined;
    expect((await rows.sync()).mode).toBe('full');
    expect((await rows.sync()).mode).toBe('incremental');
  });

  test('keeps all when the connector says so', async () => {
    const { rows, connections, connector, control, told } = await acme({ keep: true });
    await rows.sync();
    await connections.update(connector, 'acme', (draft) => ({ ...draft, config: move }));
    expect((await rows.sync()).mode).toBe('incremental');
    expect(control.asked.at(-1)).toEqual([{ repo: 'two', page: 5 }, 'b', 'incremental']);
    expect(told('cursor.reset')).toEqual([]);
    // It compares them as they were given.
    expect(control.compared).toContainEqual([config, move]);
  });

  test('is no change when only the order of its keys is another', async () => {
    const { rows, connections, connector } = await acme();
    await rows.sync();
    await connections.update(connector, 'acme', (draft) => ({
      ...draft,
      config: { page: '5', repo: 'one' },
    }));
    expect((await rows.sync()).mode).toBe('incremental');
  });

  test('reaches a run of another process at its next renewal', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, connector, control, told } = await acme({}, { store: sqlite(file), clock });
    const held = gate();
    control.hold = held.passed;
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    const other = testSyncer([connector], { store: sqlite(file), clock, encryptionKey: KEY });
    await other.syncer.connections.update(connector, 'acme', (draft) => ({
      ...draft,
      config: move,
    }));
    await clock.advance(5_000);
    expect(await run).toBeInstanceOf(AbortedError);
    held.open();
    await settle();
    expect(await rows.count()).toBe(1);
  });
});

describe('pause and resume', () => {
  test('nothing runs until it is resumed; what runs already goes on', async () => {
    const { rows, connections, connector, control, told } = await acme();
    const held = gate();
    control.hold = held.passed;
    const running = rows.sync();
    await until(() => told('page.committed').length === 1);
    expect(await connections.pause(connector, 'acme')).toMatchObject({ status: 'paused' });
    held.open();
    expect((await running).status).toBe('succeeded');

    const began = control.began;
    const error = await rejection(rows.sync());
    expect(error).toBeInstanceOf(AbortedError);
    expect((error as Error).message).toContain('paused');
    expect(control.began).toBe(began);
    expect(await connections.resume(connector, 'acme')).toMatchObject({ status: 'active' });
    expect((await rows.sync()).status).toBe('succeeded');
    expect(told('connection.paused')).toHaveLength(1);
    expect(told('connection.resumed')).toHaveLength(1);
  });

  test('twice is once', async () => {
    const { connections, connector, told } = await acme();
    await connections.pause(connector, 'acme');
    await connections.pause(connector, 'acme');
    expect(told('connection.paused')).toHaveLength(1);
  });
});

describe('delete', () => {
  test.each(storeKinds)(
    'removes all that is stored for it, and leaves the others (%s)',
    async (store) => {
      const { rows, connections, connector, syncer } = await acme({}, { store });
      await connections.create(connector, { id: 'other', config, credentials });
      await rows.sync();
      await syncer.connection(connector, 'other').stream('rows').sync();
      expect(await connections.delete(connector, 'acme')).toBe(true);
      expect(await connections.get(connector, 'acme')).toBeUndefined();
      expect(await rows.count()).toBe(0);
      expect(await collect(rows.records())).toEqual([]);
      expect(await collect(rows.changes())).toEqual([]);
      expect(await collect(syncer.runs({ connection: 'acme' }))).toEqual([]);
      expect(await rejection(rows.sync())).toBeInstanceOf(StoreError);
      expect(await syncer.connection(connector, 'other').stream('rows').count()).toBe(2);

      // Created again, it begins at the beginning, and no number is given twice.
      const highest = (
        await collect(syncer.connection(connector, 'other').stream('rows').changes())
      ).at(-1)!.seq;
      await connections.create(connector, { id: 'acme', config, credentials });
      await rows.sync();
      expect((await collect(rows.changes()))[0]!.seq).toBeGreaterThan(highest);
    },
  );

  test('ends its running run', async () => {
    const { rows, connections, connector, control, told } = await acme();
    const held = gate();
    control.hold = held.passed;
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    await connections.delete(connector, 'acme');
    expect(await run).toBeInstanceOf(AbortedError);
    held.open();
    await settle();
    expect(await rows.count()).toBe(0);
  });

  test('ends a run of another process, which can commit no more', async () => {
    const file = tempFile();
    const clock = new TestClock();
    const { rows, connector, control, told, connections } = await acme(
      {},
      { store: sqlite(file), clock },
    );
    const held = gate();
    control.hold = held.passed;
    const run = rejection(rows.sync());
    await until(() => told('page.committed').length === 1);
    const other = testSyncer([connector], { store: sqlite(file), clock, encryptionKey: KEY });
    await other.syncer.connections.delete(connector, 'acme');
    await connections.create(connector, { id: 'acme', config, credentials });
    held.open();
    await clock.advance(10_000);
    expect(await run).toBeInstanceOf(Error);
    expect(await rows.count()).toBe(0);
  });
});

describe('list', () => {
  test('is ordered by connector and id, and filtered by both and by tags', async () => {
    const { connections, connector } = await acme();
    for (const [id, plan] of [
      ['b', 'free'],
      ['a', 'pro'],
      ['ä', 'pro'],
    ] as const) {
      await connections.create(connector, { id, config, credentials, tags: { plan } });
    }
    const ids = async (filter?: Parameters<typeof connections.list>[0]) =>
      (await collect(connections.list(filter))).map(({ id }) => id);
    expect(await ids()).toEqual(['a', 'acme', 'b', 'ä']);
    expect(await ids({ connector })).toEqual(['a', 'acme', 'b', 'ä']);
    expect(await ids({ connector: 'other' })).toEqual([]);
    expect(await ids({ tags: { plan: 'pro' } })).toEqual(['a', 'acme', 'ä']);
    expect(await ids({ tags: { plan: 'pro', region: 'eu' } })).toEqual([]);
  });

  test('reads on over many', async () => {
    const { connections, connector } = await acme();
    for (let i = 0; i < 210; i++)
      await connections.create(connector, { id: `c${i}`, config, credentials });
    expect(await collect(connections.list())).toHaveLength(211);
  });
});

describe('check', () => {
  test('what it returns is ctx.account, kept with the connection', async () => {
    const seen: unknown[] = [];
    let checks = 0;
    const connector = defineConnector({
      name: 'checked',
      async check() {
        checks += 1;
        return Promise.resolve({ host: `http://host-${checks}.test` });
      },
      // Its types come from what check() returns, so it stands after it.
      baseUrl: (ctx) => ctx.account.host,
      streams: {
        rows: {
          schema: record,
          key: 'id',
          async *pull(ctx) {
            seen.push(ctx.account);
            yield [];
          },
        },
      },
    });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    await rows.sync();
    // A new connection is checked before its first run, once.
    expect(checks).toBe(1);
    const { account } = await syncer.connections.check(connector, 'acme');
    expect(account).toEqual({ host: 'http://host-2.test' });
    await rows.sync();
    expect(seen).toEqual([
      { host: 'http://host-1.test' },
      { host: 'http://host-1.test' },
      { host: 'http://host-2.test' },
    ]);
    expect(told('connection.checked').map(({ ok }) => ok)).toEqual([true, true]);
  });

  test('that throws: check() rejects with it, and a new connection does not run', async () => {
    const connector = defineConnector({
      name: 'checked',
      async check() {
        return Promise.reject(new Error('the key is not valid'));
      },
      streams: {
        rows: {
          schema: record,
          key: 'id',
          async *pull() {
            yield [];
          },
        },
      },
    });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    expect(await rejection(syncer.connections.check(connector, 'acme'))).toMatchObject({
      message: 'the key is not valid',
    });
    expect(await rejection(syncer.connection(connector, 'acme').sync())).toMatchObject({
      cause: { message: 'the key is not valid' },
    });
    expect(told('run.failed')).toHaveLength(1);
    expect(told('connection.checked').every(({ ok }) => !ok)).toBe(true);
  });
});

test('a connector that is not registered, and a stream that is not there, are ConfigErrors that name what there is', async () => {
  const { syncer, connector } = await acme();
  const { connector: other } = repository();
  expect(() => syncer.connection(other, 'acme')).not.toThrow();
  const stranger = defineConnector({
    ...repository().connector.definition,
    name: 'stranger',
  } as never);
  expect(() => syncer.connection(stranger, 'acme')).toThrow(/stranger.*not registered.*repo/);
  expect(() => syncer.connection(connector, 'acme').stream('nothing' as 'rows')).toThrow(
    /no stream 'nothing'.*rows/,
  );
  expect(() => testSyncer([connector, other])).toThrow(/two are named 'repo'/);
});
