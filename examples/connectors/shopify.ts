/** Shopify: GraphQL, whose limit is what queries cost: a bucket of points that refills. Deleted products are found by asking for their ids. */
import { apiKey, defineConnector } from 'syncline';
import { z } from 'zod';

const PRODUCTS = `query ($query: String, $after: String) {
  products(first: 100, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id title status updatedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const nodes = z.object({
  data: z.object({ nodes: z.array(z.object({ id: z.string() }).nullable()) }),
});
const spent = z
  .object({ extensions: z.object({ cost: z.object({ actualQueryCost: z.number() }) }) })
  .transform(({ extensions }) => ({ cost: extensions.cost.actualQueryCost }));

export const shopify = defineConnector({
  name: 'shopify',
  baseUrl: ({ config }) => `https://${config.shop}.myshopify.com/admin/api/2025-07`,
  config: z.object({ shop: z.string().regex(/^[a-z0-9-]+$/) }),
  auth: apiKey({ header: 'x-shopify-access-token' }),
  limits: [{ scope: 'connection', bucket: 2000, refill: 100, per: '1s', cost: () => 50 }],
  // That a query was throttled Syncline sees by itself; what it has cost only Shopify knows.
  rateLimit: (_response, body) => spent.safeParse(body).data,
  streams: {
    products: {
      schema: z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(['ACTIVE', 'ARCHIVED', 'DRAFT']),
        updatedAt: z.iso.datetime(),
      }),
      key: 'id',
      cursor: { field: 'updatedAt', order: 'ascending' },
      deletions: {
        kind: 'probe',
        every: '1d',
        async check(ctx, keys) {
          const missing: string[] = [];
          for (let from = 0; from < keys.length; from += 250) {
            const ids = keys.slice(from, from + 250);
            const json = { query: NODES, variables: { ids } };
            const { data } = await ctx.http.post('graphql.json', { json }).json(nodes);
            missing.push(...ids.filter((_, i) => data.nodes[i] === null));
          }
          return missing;
        },
      },
      async *pull(ctx) {
        const query = ctx.cursor === undefined ? null : `updated_at:>='${ctx.cursor}'`;
        yield* ctx.http.pages('graphql.json', {
          json: { query: PRODUCTS, variables: { query } },
          pagination: { graphql: 'data.products' },
        });
      },
    },
  },
});
