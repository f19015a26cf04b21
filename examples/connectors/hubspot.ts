/** HubSpot: a search that shows 10,000 results at most, so it begins again after the last id; what was archived has a list of its own. */
import { bearer, defineConnector } from 'syncline';
import { z } from 'zod';

const contact = z.object({
  id: z.string(),
  updatedAt: z.iso.datetime(),
  properties: z.looseObject({ email: z.string().nullable() }),
});
const archived = z.object({
  results: z.array(z.object({ id: z.string(), archivedAt: z.iso.datetime() })),
});
const pagination = { cursor: 'paging.next.after', param: 'after' } as const;

function filterGroups(since: Date | undefined, id: string) {
  const behind = { propertyName: 'hs_object_id', operator: 'GT', value: id };
  if (since === undefined) return [{ filters: [behind] }];
  const value = String(since.getTime()); // milliseconds
  return [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value }, behind] }];
}

export const hubspot = defineConnector({
  name: 'hubspot',
  baseUrl: 'https://api.hubapi.com/crm/v3/objects/contacts',
  auth: bearer(),
  limits: [{ scope: 'connection', match: 'POST /search', tokens: 5, per: '1s' }],
  streams: {
    contacts: {
      schema: contact,
      key: 'id',
      // What is written is found by the search seconds to minutes later.
      cursor: { field: 'updatedAt', overlap: '10m' },
      deletions: {
        kind: 'feed',
        async *pull(ctx) {
          const searchParams = { archived: true, limit: 100 };
          const items = (body: unknown) => archived.parse(body).results;
          for await (const { records } of ctx.http.pages('', { searchParams, items, pagination }))
            yield { deletes: records.map(({ id, archivedAt }) => ({ key: id, at: archivedAt })) };
        },
      },
      async *pull(ctx) {
        yield* ctx.http.pages('search', {
          json: {
            filterGroups: filterGroups(ctx.since, '0'),
            sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
            properties: ['email', 'firstname', 'lastname', 'lifecyclestage'],
            limit: 200,
          },
          items: 'results',
          pagination: { ...pagination, in: 'json' },
          restart: {
            after: 10_000,
            with: ({ id }) => ({ json: { filterGroups: filterGroups(ctx.since, id) } }),
          },
        });
      },
    },
  },
});
