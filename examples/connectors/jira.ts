/** Jira: JQL, whose instants are to the minute; page tokens without a total; and the fields that each customer has added. */
import { basic, defineConnector } from 'syncline';
import { z } from 'zod';

const known = z.looseObject({ summary: z.string(), updated: z.string() });
const page = z.object({
  issues: z.array(z.object({ id: z.string(), key: z.string(), fields: known })),
});
const fieldList = z.array(
  z.object({
    id: z.string(),
    custom: z.boolean(),
    schema: z.object({ type: z.string() }).optional(),
  }),
);

function schemaOf(type: string | undefined) {
  if (type === 'number') return z.number().nullish();
  return type === 'string' || type === 'date' ? z.string().nullish() : z.unknown();
}

export const jira = defineConnector({
  name: 'jira',
  baseUrl: ({ config }) => `https://${config.site}.atlassian.net/rest/api/3`,
  config: z.object({
    site: z.string().regex(/^[a-z0-9-]+$/),
    project: z.string().regex(/^[A-Z0-9]+$/),
  }),
  auth: basic(),
  async check(ctx) {
    await ctx.http.get('myself');
  },
  streams: {
    issues: {
      schema: known.extend({ id: z.string(), key: z.string() }),
      key: 'id',
      async fields(ctx) {
        const all = fieldList.parse(await ctx.http.get('field').json());
        const own = all.filter((field) => field.custom);
        return Object.fromEntries(own.map(({ id, schema }) => [id, schemaOf(schema?.type)]));
      },
      // The search is behind by seconds.
      cursor: { field: 'updated', type: 'iso', order: 'ascending', overlap: '5m' },
      deletions: { kind: 'snapshot', every: '1d' },
      async *pull(ctx) {
        // In milliseconds, for texts are taken in the user's time zone.
        const since = ctx.since ? ` AND updated >= ${ctx.since.getTime()}` : '';
        const jql = `project = ${ctx.config.project}${since} ORDER BY updated ASC, id ASC`;
        yield* ctx.http.pages('search/jql', {
          searchParams: { jql, fields: '*navigable', maxResults: 100 },
          items: (body) =>
            page.parse(body).issues.map(({ id, key, fields }) => ({ ...fields, id, key })),
          pagination: { cursor: 'nextPageToken', param: 'nextPageToken', more: '!isLast' },
        });
      },
    },
  },
});
