/** GitHub: issues in the order of their last update, page by page along the `Link` header. What was deleted or transferred is on no list. */
import { bearer, defineConnector, HttpError } from 'syncline';
import { z } from 'zod';

const repository = z.object({ url: z.string() });
const place = z.object({ repository_url: z.string() });

function unlessGone(error: unknown): undefined {
  if (!(error instanceof HttpError) || ![404, 410].includes(error.status)) throw error;
}

export const github = defineConnector({
  name: 'github',
  baseUrl: ({ config }) => `https://api.github.com/repos/${config.owner}/${config.repo}`,
  config: z.object({ owner: z.string(), repo: z.string() }),
  auth: bearer(),
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  limits: [{ scope: 'connection', tokens: 5000, per: '1h' }],
  async check(ctx) {
    await ctx.http.get('');
  },
  streams: {
    issues: {
      schema: z.looseObject({
        number: z.int(),
        title: z.string(),
        state: z.enum(['open', 'closed']),
        updated_at: z.iso.datetime(),
        pull_request: z.unknown().optional(),
      }),
      key: 'number',
      cursor: { field: 'updated_at', order: 'ascending' },
      deletions: {
        kind: 'snapshot',
        every: '1d',
        // One that was transferred redirects to its new repository. Names may be written in another case, or be old ones.
        async confirm(ctx, keys) {
          const { url } = await ctx.http.get('').json(repository);
          const gone: string[] = [];
          for (const key of keys) {
            const found = await ctx.http.get(`issues/${key}`).json(place).catch(unlessGone);
            if (found?.repository_url !== url) gone.push(key);
          }
          return gone;
        },
      },
      async *pull(ctx) {
        const order = { state: 'all', sort: 'updated', direction: 'asc', per_page: 100 };
        const pages = ctx.http.pages('issues', {
          searchParams: { ...order, since: ctx.cursor },
          pagination: 'link',
          conditional: true,
        });
        for await (const page of pages)
          yield { ...page, records: page.records.filter((one) => one.pull_request === undefined) };
      },
    },
  },
});
