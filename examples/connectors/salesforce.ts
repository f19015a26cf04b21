/** Salesforce: SOQL, whose pages are followed by their address; deletions have a resource of their own; each customer has a host of its own. */
import { bearer, CursorExpiredError, defineConnector } from 'syncline';
import { z } from 'zod';

const userinfo = z.object({ urls: z.object({ rest: z.url() }) });
const log = z.object({
  deletedRecords: z.array(z.object({ id: z.string(), deletedDate: z.string() })),
  earliestDateAvailable: z.coerce.date(),
  latestDateCovered: z.string(),
});

export const salesforce = defineConnector({
  name: 'salesforce',
  config: z.object({ login: z.enum(['login', 'test']).default('login') }),
  allowedOrigins: ['https://login.salesforce.com', 'https://test.salesforce.com'],
  auth: bearer(),
  async check(ctx) {
    const login = `https://${ctx.config.login}.salesforce.com`;
    const url = new URL('/services/oauth2/userinfo', login);
    const { urls } = await ctx.http.get(url).json(userinfo);
    return { instance: new URL(urls.rest).origin };
  },
  baseUrl: ({ account }) => `${account.instance}/services/data/v64.0`,
  streams: {
    accounts: {
      schema: z.object({
        Id: z.string(),
        Name: z.string(),
        Industry: z.string().nullable(),
        SystemModstamp: z.string(),
      }),
      key: 'Id',
      cursor: { field: 'SystemModstamp', type: 'iso', order: 'ascending', overlap: '5m' },
      deletions: {
        kind: 'feed',
        async *pull(ctx) {
          const covered = typeof ctx.cursor === 'string' ? new Date(ctx.cursor) : ctx.now;
          // Seconds are ignored, and less than a minute is refused.
          const start = new Date(covered.getTime() - 60_000);
          const searchParams = { start, end: ctx.now };
          const told = await ctx.http.get('sobjects/Account/deleted', { searchParams }).json(log);
          if (told.earliestDateAvailable > start)
            throw new CursorExpiredError('the log of deletions does not go back to the last run');
          const deletes = told.deletedRecords.map((row) => ({ key: row.id, at: row.deletedDate }));
          yield { deletes, cursor: told.latestDateCovered };
        },
      },
      async *pull(ctx) {
        const where = ctx.since ? `WHERE SystemModstamp >= ${ctx.since.toISOString()} ` : '';
        const q = `SELECT Id, Name, Industry, SystemModstamp FROM Account ${where}ORDER BY SystemModstamp, Id`;
        yield* ctx.http.pages('query', {
          searchParams: { q },
          items: 'records',
          pagination: { next: 'nextRecordsUrl', more: '!done' },
        });
      },
    },
  },
});
