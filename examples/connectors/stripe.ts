/** Stripe: lists are read once, then one feed of events tells what became of customers and subscriptions. It goes back 30 days. */
import { bearer, defineConnector, HttpError } from 'syncline';
import { z } from 'zod';

const object = z.looseObject({ id: z.string(), object: z.string(), created: z.int() });
const event = z.object({ id: z.string(), type: z.string(), data: z.object({ object }) });
const events = z.object({ data: z.array(event) });
const older = { cursor: { lastItem: 'id' }, param: 'starting_after', more: 'has_more' } as const;
const newer = { cursor: 'data.0.id', param: 'ending_before', more: 'has_more' } as const;

export const stripe = defineConnector({
  name: 'stripe',
  baseUrl: 'https://api.stripe.com/v1',
  auth: bearer(),
  streams: {
    customers: {
      schema: object.extend({ email: z.string().nullish() }),
      key: 'id',
      // A token that is too old is refused: then everything is read again, and what is missing is deleted.
      cursor: { type: 'token', expired: (e) => e instanceof HttpError && e.status === 400 },
      async *pull(ctx) {
        const searchParams = { type: 'customer.*', ending_before: ctx.cursor, limit: 100 };
        if (ctx.cursor === undefined) {
          // From before the first page: what changes while the list is read, the events will tell.
          const newest = events.parse(await ctx.http.get('events', { searchParams }).json())
            .data[0];
          const cursor = ctx.resume === undefined ? newest?.id : undefined;
          const list = { searchParams: { limit: 100 }, items: 'data', pagination: older };
          for await (const page of ctx.http.pages('customers', list)) yield { ...page, cursor };
          return;
        }
        const items = (body: unknown) => events.parse(body).data.toReversed();
        const feed = { searchParams, items, pagination: newer };
        for await (const { records, ...page } of ctx.http.pages('events', feed)) {
          const of = (kind: string) =>
            records.map((told) => told.data.object).filter((one) => one.object === kind);
          const gone = records.filter((told) => told.type === 'customer.deleted');
          yield {
            ...page,
            cursor: records.at(-1)?.id,
            records: of('customer'),
            deletes: gone.map((told) => told.data.object.id),
            also: [{ stream: 'subscriptions', records: of('subscription') }],
          };
        }
      },
    },
    subscriptions: {
      schema: object.extend({ customer: z.string(), status: z.string() }),
      key: 'id',
      cursor: { field: 'created', type: 'epoch-s' },
      after: ['customers'],
      full: { every: '30d' },
      async *pull(ctx) {
        const searchParams = { status: 'all', 'created[gte]': ctx.cursor, limit: 100 };
        yield* ctx.http.pages('subscriptions', { searchParams, items: 'data', pagination: older });
      },
    },
  },
});
