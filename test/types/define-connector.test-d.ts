import { type } from 'arktype';
import { bearer, createSyncer, defineConnector, type JsonValue, type Limit } from 'syncline';
import * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

/** Checked, not run. */
function unused(_code: unknown): void {
  // Types are all there is to it.
}

const shop = defineConnector({
  name: 'shop',
  auth: bearer(),
  config: z.object({ owner: z.string(), pages: z.coerce.number() }),
  async check(ctx) {
    expectTypeOf(ctx.config.pages).toEqualTypeOf<number>();
    await ctx.http.get('me');
    return { url: 'https://eu.example.com' };
  },
  baseUrl: (ctx) => ctx.account.url,
  streams: {
    orders: {
      schema: z.object({ id: z.number(), updated_at: z.string(), title: z.string().default('') }),
      key: 'id',
      cursor: { field: 'updated_at', order: 'ascending', start: (ctx) => ctx.config.owner },
      deletions: { kind: 'snapshot', every: '1d' },
      after: ['customers'],
      volatile: ['title'],
      async *pull(ctx) {
        expectTypeOf(ctx.cursor).toEqualTypeOf<string | number | undefined>();
        expectTypeOf(ctx.config).toEqualTypeOf<{ owner: string; pages: number }>();
        expectTypeOf(ctx.account).toEqualTypeOf<{ url: string }>();
        for await (const customer of ctx.records('customers')) {
          expectTypeOf(customer).toEqualTypeOf<{ name: string }>();
        }
        // @ts-expect-error there is no such stream
        ctx.records('nobody');
        yield* ctx.http.pages('orders', {
          searchParams: { since: ctx.cursor },
          pagination: 'link',
        });
        // What is yielded is the schema's input: `title` may be left out.
        yield [{ id: 1, updated_at: '2026-01-01T00:00:00Z' }];
      },
    },
    customers: {
      schema: v.object({ name: v.string() }),
      key: (raw) => raw.name,
      cursor: { type: 'token', expired: () => false },
      async *pull(ctx) {
        expectTypeOf(ctx.cursor).toEqualTypeOf<JsonValue | undefined>();
        yield { records: [{ name: 'a' }], cursor: { page: 1 } };
      },
    },
    messages: {
      schema: type({ ts: 'string', 'text?': 'string' }),
      key: ['ts'],
      partition: z.object({ key: z.string(), size: z.coerce.number() }),
      async *partitions() {
        yield { key: 'general', size: '12' };
      },
      async *pull(ctx) {
        expectTypeOf(ctx.partition).toEqualTypeOf<{ key: string; size: number }>();
        yield [{ ts: '1.0' }];
      },
    },
  },
});

test('handles are typed by the connector', () => {
  const syncer = createSyncer({ connectors: [shop] });
  const acme = syncer.connection(shop, 'acme');
  const orders = acme.stream('orders');
  type Order = { id: number; updated_at: string; title: string };
  expectTypeOf(orders.get).returns.resolves.toEqualTypeOf<Order | undefined>();
  expectTypeOf(orders.records()).toEqualTypeOf<AsyncGenerator<Order, void, undefined>>();
  // @ts-expect-error there is no such stream
  unused(() => acme.stream('nobody'));
  unused(() =>
    syncer.connections.create(shop, {
      id: 'acme',
      config: { owner: 'a', pages: '3' },
      credentials: { token: 't' },
    }),
  );
  unused(() =>
    // @ts-expect-error credentials are missing
    syncer.connections.create(shop, { id: 'acme', config: { owner: 'a', pages: 3 } }),
  );
  syncer.on('run.succeeded', (event) => {
    expectTypeOf(event.counts.inserted).toEqualTypeOf<number>();
  });
  syncer.on('run.*', (event) => {
    expectTypeOf(event.type).toExtend<`run.${string}`>();
  });
  // @ts-expect-error there is no such event
  unused(() => syncer.on('run.exploded', () => undefined));
});

test('what is wrong in a definition is a compile error', () => {
  const schema = z.object({ id: z.number() });
  // prettier-ignore
  unused([
    // @ts-expect-error the key is no field of the schema
    () => defineConnector({ name: 'x', streams: { s: { schema, key: 'uid', async *pull() { yield [{ id: 1 }]; } } } }),
    // @ts-expect-error the cursor's field is not in the schema
    () => defineConnector({ name: 'x', streams: { s: { schema, key: 'id', cursor: { field: 'at' }, async *pull() { yield [{ id: 1 }]; } } } }),
    // @ts-expect-error a page's records are the schema's input
    () => defineConnector({ name: 'x', streams: { s: { schema, key: 'id', async *pull() { yield [{ id: 'one' }]; } } } }),
    // @ts-expect-error there is no such option
    () => defineConnector({ name: 'x', streams: { s: { schema, key: 'id', colour: 'red', async *pull() { yield [{ id: 1 }]; } } } }),
    // @ts-expect-error a Date is not plain JSON
    () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id: z.number(), at: z.coerce.date() }), key: 'id', async *pull() { yield [{ id: 1, at: '' }]; } } } }),
    // @ts-expect-error nor is a bigint
    () => defineConnector({ name: 'x', streams: { s: { schema: z.object({ id: z.number(), n: z.bigint() }), key: 'id', async *pull() { yield [{ id: 1, n: 1n }]; } } } }),
  ]);
});

test('a limit is of one kind', () => {
  unused([
    { scope: 'connection', tokens: 10, per: '1s', burst: 2, reserve: 0.1 },
    { scope: 'connection', bucket: 10, refill: 1, per: '1s' },
    { scope: 'connection', concurrency: 2 },
    // @ts-expect-error a window and a number at a time are two limits
    { scope: 'connection', tokens: 10, per: '1s', concurrency: 2 },
    // @ts-expect-error a window and a bucket are two limits
    { scope: 'connection', tokens: 10, bucket: 10, refill: 1, per: '1s' },
    // @ts-expect-error a bucket and a number at a time are two limits
    { scope: 'connection', bucket: 10, refill: 1, per: '1s', concurrency: 2 },
  ] satisfies readonly Limit[]);
});
