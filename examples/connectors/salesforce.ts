/** Salesforce: SOQL, whose pages are followed by their address; deletions have a resource of their own; each customer has a host of its own. */
import { bearer, CursorExpiredError, defineConnector, HttpError } from 'syncline';
import { z } from 'zod';

const text = z.string();
const userinfo = z.object({ urls: z.object({ rest: z.url() }) });
const log = z.object({
  deletedRecords: z.array(z.object({ id: text, deletedDate: text })),
  earliestDateAvailable: z.coerce.date(),
  latestDateCovered: text,
});

function lost(error: unknown): never {
  const isTooLate = error instanceof HttpError && /INVALID_REPLICATION_DATE/.test(error.body);
  throw isTooLate ? new CursorExpiredError('the log was purged', { cause: error }) : error;
}

export const salesforce = defineConnector({
  name: 'salesforce',
  config: z.object({ login: z.enum(['login', 'test']).default('login') }),
  allowedOrigins: ['https://login.salesforce.com', 'https://test.salesforce.com'],
  auth: bearer(),
  async check(ctx) {
    const url = `https://${ctx.config.login}.salesforce.com/services/oauth2/userinfo`;
    const { urls } = await ctx.http.get(new URL(url)).json(userinfo);
    return { instance: new URL(urls.rest).origin };
  },
  baseUrl: ({ account }) => `${account.instance}/services/data/v64.0`,
  streams: {
    accounts: {
      schema: z.object({ Id: text, Name: text, Industry: text.nullable(), SystemModstamp: text }),
      key: 'Id',
      cursor: { field: 'SystemModstamp', type: 'iso', order: 'ascending', overlap: '5m' },
      deletions: {
        kind: 'feed',
        async *pull(ctx) {
          const covered = typeof ctx.cursor === 'string' ? new Date(ctx.cursor) : ctx.now;
          // Seconds are ignored, and it must be more than a minute.
          const start = new Date(covered.getTime() - 120_000);
          const searchParams = { start, end: ctx.now };
          const asked = ctx.http.get('sobjects/Account/deleted', { searchParams });
          const told = await asked.json(log).catch(lost);
          if (told.earliestDateAvailable > start)
            throw new CursorExpiredError('the log is shorter');
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
