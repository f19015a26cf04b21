import { type } from 'arktype';
import {
  apiKey,
  basic,
  createSyncer,
  defineConnector,
  type JsonValue,
  type PullContext,
} from 'syncline';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

/** Code that is only compiled. */
function unused(_code: unknown): void {
  // Types are all there is to it.
}

const zodSchema = z.object({ id: z.number(), at: z.string(), n: z.coerce.number().default(0) });
const valibotSchema = v.object({
  id: v.number(),
  at: v.string(),
  n: v.optional(v.pipe(v.string(), v.transform(Number)), '0'),
});
const arkSchema = type({ id: 'number', at: 'string', n: 'string.numeric.parse = "0"' });

type Output = { id: number; at: string; n: number };

describe('any Standard Schema', () => {
  const connector = defineConnector({
    name: 'libraries',
    streams: {
      zod: {
        schema: zodSchema,
        key: 'id',
        cursor: { field: 'at', order: 'ascending', overlap: '2m', start: '2020-01-01' },
        volatile: ['n'],
        async *pull(ctx) {
          expectTypeOf(ctx.cursor).toEqualTypeOf<string | undefined>();
          yield [{ id: 1, at: 'x' }];
          yield {
            records: [{ id: 1, at: 'x', n: '3' }],
            deletes: [1, '2'],
            total: 3,
            resume: { page: 2 },
          };
          yield { deletes: [1] };
        },
      },
      valibot: {
        schema: valibotSchema,
        key: ['id', 'at'],
        cursor: { field: 'id' },
        volatile: ['n'],
        async *pull(ctx) {
          expectTypeOf(ctx.cursor).toEqualTypeOf<number | undefined>();
          yield [
            { id: 1, at: 'x' },
            { id: 1, at: 'x', n: '3' },
          ];
        },
      },
      arktype: {
        schema: arkSchema,
        key: (raw) => `${raw.id}`,
        cursor: { field: (raw) => raw.at },
        volatile: ['n'],
        async *pull(ctx) {
          expectTypeOf(ctx.cursor).toEqualTypeOf<string | number | undefined>();
          yield [
            { id: 1, at: 'x' },
            { id: 1, at: 'x', n: '3' },
          ];
        },
      },
    },
  });

  test('what is read back is its output', () => {
    const acme = createSyncer({ connectors: [connector] }).connection(connector, 'acme');
    expectTypeOf(acme.stream('zod').get).returns.resolves.toEqualTypeOf<Output | undefined>();
    expectTypeOf(acme.stream('valibot').get).returns.resolves.toEqualTypeOf<Output | undefined>();
    expectTypeOf(acme.stream('arktype').get).returns.resolves.toEqualTypeOf<Output | undefined>();
  });

  test('what may be yielded is its input', () => {
    // prettier-ignore
    unused([
      // @ts-expect-error valibot: n is a text
      () => defineConnector({ name: 'x', streams: { s: { schema: valibotSchema, key: 'id', async *pull() { yield [{ id: 1, at: 'x', n: 3 }]; } } } }),
      // @ts-expect-error arktype: n is a text
      () => defineConnector({ name: 'x', streams: { s: { schema: arkSchema, key: 'id', async *pull() { yield [{ id: 1, at: 'x', n: 3 }]; } } } }),
      // @ts-expect-error valibot: a field is missing
      () => defineConnector({ name: 'x', streams: { s: { schema: valibotSchema, key: 'id', async *pull() { yield [{ id: 1 }]; } } } }),
      // @ts-expect-error what pull yields is a page, not a record
      () => defineConnector({ name: 'x', streams: { s: { schema: zodSchema, key: 'id', async *pull() { yield { id: 1, at: 'x' }; } } } }),
      // @ts-expect-error pull is an async generator
      () => defineConnector({ name: 'x', streams: { s: { schema: zodSchema, key: 'id', *pull() { yield [{ id: 1, at: 'x' }]; } } } }),
    ]);
  });
});

test('names of fields are those of the schema: of the input for what is read before validation, of the output for the rest', () => {
  const renamed = z
    .object({ raw_id: z.string(), at: z.string() })
    .transform(({ raw_id, at }) => ({ id: raw_id, at, seen: at }));
  defineConnector({
    name: 'x',
    streams: {
      s: {
        schema: renamed,
        key: 'raw_id',
        modified: 'at',
        volatile: ['seen'],
        async *pull() {
          yield [{ raw_id: '1', at: 'x' }];
        },
      },
    },
  });
  // prettier-ignore
  unused([
    // @ts-expect-error the key is read from the raw record
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: 'id', async *pull() { yield []; } } } }),
    // @ts-expect-error so is what tells the newer version
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: 'raw_id', modified: 'seen', async *pull() { yield []; } } } }),
    // @ts-expect-error what is volatile is a field of the output
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: 'raw_id', volatile: ['raw_id'], async *pull() { yield []; } } } }),
    // @ts-expect-error each part of a list key is a field
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: ['raw_id', 'id'], async *pull() { yield []; } } } }),
    // @ts-expect-error a stream comes after streams that there are
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: 'raw_id', after: ['t'], async *pull() { yield []; } } } }),
    // @ts-expect-error a flag reads the raw record
    () => defineConnector({ name: 'x', streams: { s: { schema: renamed, key: 'raw_id', deletions: { kind: 'flag', when: (raw) => raw.seen === '' }, async *pull() { yield []; } } } }),
  ]);
});

test('a union of objects has the fields of all its members', () => {
  const union = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), id: z.string(), left: z.string() }),
    z.object({ kind: z.literal('b'), id: z.string(), right: z.number() }),
  ]);
  const connector = defineConnector({
    name: 'x',
    streams: {
      s: {
        schema: union,
        key: 'id',
        volatile: ['left', 'right'],
        async *pull() {
          yield [
            { kind: 'a' as const, id: '1', left: '' },
            { kind: 'b' as const, id: '1', right: 1 },
          ];
        },
      },
    },
  });
  const rows = createSyncer({ connectors: [connector] })
    .connection(connector, 'acme')
    .stream('s');
  expectTypeOf(rows.get).returns.resolves.toEqualTypeOf<z.output<typeof union> | undefined>();
});

describe('the output has to be plain JSON', () => {
  class Money {
    constructor(readonly amount: number) {}
    plus(): this {
      return this;
    }
  }
  const id = z.string();
  test('what is', () => {
    const connector = defineConnector({
      name: 'x',
      streams: {
        plain: {
          schema: z.object({
            id,
            a: z.array(z.object({ b: z.number().nullable() })),
            c: z.record(z.string(), z.boolean()),
            d: z.tuple([z.string(), z.number()]),
            e: z.enum(['x']),
            f: z.unknown(),
            g: z.string().optional(),
          }),
          key: 'id',
          async *pull() {
            yield [];
          },
        },
        loose: {
          schema: z.looseObject({ id }),
          key: 'id',
          async *pull() {
            yield [{ id: '1', anything: 'goes' }];
          },
        },
        parsed: {
          schema: z.object({ id, at: z.coerce.date().transform((date) => date.toISOString()) }),
          key: 'id',
          async *pull() {
            yield [];
          },
        },
      },
    });
    expectTypeOf(connector.name).toBeString();
  });

  test('what is not', () => {
    // prettier-ignore
    unused([
      // @ts-expect-error a Date in a list
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, list: z.array(z.object({ at: z.date() })) }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error an optional Date
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, at: z.date().optional() }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error a Map
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, map: z.map(z.string(), z.string()) }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error a Set
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, set: z.set(z.string()) }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error a bigint
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id: z.coerce.bigint() }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error a symbol
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, s: z.symbol() }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error a function
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, f: z.custom<() => void>() }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error an instance of a class
      () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id, price: z.instanceof(Money) }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error valibot: a Date
      () => defineConnector({ name: 'x', streams: { s: { schema: v.object({ id: v.string(), at: v.date() }), key: 'id', async *pull() { yield []; } } } }),
      // @ts-expect-error arktype: a Date
      () => defineConnector({ name: 'x', streams: { s: { schema: type({ id: 'string', at: 'Date' }), key: 'id', async *pull() { yield []; } } } }),
    ]);
  });
});

describe('what a connection is created with', () => {
  const streams = {
    s: {
      schema: z.object({ id: z.string() }),
      key: 'id' as const,
      async *pull() {
        yield [{ id: '1' }];
      },
    },
  };
  const bare = defineConnector({ name: 'bare', streams });
  const user = defineConnector({
    name: 'user',
    auth: basic(),
    config: v.object({ site: v.string() }),
    streams,
  });
  const key = defineConnector({
    name: 'key',
    auth: apiKey({ query: 'k' }),
    config: type({ 'site?': 'string' }),
    streams,
  });

  test('is what its connector asks for', () => {
    const { connections } = createSyncer({ connectors: [bare, user, key] });
    // prettier-ignore
    unused([
      () => connections.create(bare, { id: 'a' }),
      () => connections.create(bare, { id: 'a', tags: { plan: 'pro' } }),
      () => connections.create(user, { id: 'a', config: { site: 's' }, credentials: { username: 'u', password: '' } }),
      () => connections.create(key, { id: 'a', config: {}, credentials: { key: 'k' } }),
      // @ts-expect-error no credentials are asked for
      () => connections.create(bare, { id: 'a', credentials: { token: 't' } }),
      // @ts-expect-error no config is
      () => connections.create(bare, { id: 'a', config: { site: 's' } }),
      // @ts-expect-error the config is missing
      () => connections.create(user, { id: 'a', credentials: { username: 'u', password: 'p' } }),
      // @ts-expect-error the config is not that of the connector
      () => connections.create(user, { id: 'a', config: { page: 1 }, credentials: { username: 'u', password: 'p' } }),
      // @ts-expect-error the credentials are of another kind
      () => connections.create(user, { id: 'a', config: { site: 's' }, credentials: { token: 't' } }),
      // @ts-expect-error tags are texts
      () => connections.create(bare, { id: 'a', tags: { n: 1 } }),
    ]);
    unused(() =>
      connections.update(user, 'a', (draft) => {
        expectTypeOf(draft.config).toEqualTypeOf<{ site: string }>();
        expectTypeOf(draft.credentials).toEqualTypeOf<{
          readonly username: string;
          readonly password: string;
        }>();
        return draft;
      }),
    );
  });

  test('configChanged compares what was given', () => {
    defineConnector({
      name: 'x',
      config: z.object({ n: z.coerce.number().default(3) }),
      configChanged: (before, after) => {
        expectTypeOf(before).toEqualTypeOf<{ n?: unknown }>();
        return before.n === after.n ? 'keep' : 'resync';
      },
      streams,
    });
  });
});

test('ctx without config, account and cursor', () => {
  defineConnector({
    name: 'x',
    streams: {
      s: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        async *pull(ctx) {
          expectTypeOf(ctx.since).toEqualTypeOf<Date | undefined>();
          expectTypeOf(ctx.mode).toEqualTypeOf<'incremental' | 'full'>();
          expectTypeOf(ctx.resume).toEqualTypeOf<JsonValue | undefined>();
          expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
          expectTypeOf(ctx.config).toBeUnknown();
          yield [];
        },
      },
    },
  });
  expectTypeOf<PullContext<1, 2, { a: 3 }, 4, 5, 6>['partition']>().toEqualTypeOf<6>();
});
