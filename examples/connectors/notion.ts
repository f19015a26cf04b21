/** Notion: one search by POST. It cannot be asked for what is new, only for the newest first, and does not show what is in the trash. */
import { bearer, defineConnector, HttpError } from 'syncline';
import { z } from 'zod';

const page = z.looseObject({
  id: z.string(),
  last_edited_time: z.iso.datetime(), // to the minute: ctx.cursor lies one before the newest
  in_trash: z.boolean(),
});

function unlessGone(error: unknown): undefined {
  if (!(error instanceof HttpError) || error.status !== 404) throw error;
}

export const notion = defineConnector({
  name: 'notion',
  baseUrl: 'https://api.notion.com/v1',
  auth: bearer(),
  headers: { 'notion-version': '2022-06-28' },
  limits: [{ scope: 'connection', tokens: 180, per: '1m' }],
  async check(ctx) {
    await ctx.http.get('users/me');
  },
  streams: {
    pages: {
      schema: page,
      key: 'id',
      cursor: { field: 'last_edited_time' },
      deletions: {
        kind: 'snapshot',
        every: '1d',
        // The index lags behind: what the search does not show may be there.
        async confirm(ctx, keys) {
          const gone: string[] = [];
          for (const key of keys) {
            const found = await ctx.http.get(`pages/${key}`).json(page).catch(unlessGone);
            if (found?.in_trash !== false) gone.push(key);
          }
          return gone;
        },
      },
      async *pull(ctx) {
        const pages = ctx.http.pages('search', {
          json: {
            filter: { property: 'object', value: 'page' },
            sort: { timestamp: 'last_edited_time', direction: 'descending' },
            page_size: 100,
          },
          items: 'results',
          pagination: { cursor: 'next_cursor', param: 'start_cursor', in: 'json' },
        });
        for await (const found of pages) {
          yield found;
          const oldest = found.records.at(-1)?.last_edited_time;
          if (ctx.since && oldest && new Date(oldest) < ctx.since) return;
        }
      },
    },
  },
});
