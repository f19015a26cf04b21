/**
 * The issues of a GitHub repository in a database: `npx tsx examples/github-issues.ts [owner] [repo]`. Run it again, and it asks only for what
 * was updated since, and shows it. Without GITHUB_TOKEN GitHub answers 60 requests an hour, which are 6,000 issues.
 */
import { createSyncer, defineConnector, sqlite } from 'syncline';
import { z } from 'zod';

const [owner = 'standard-schema', repo = 'standard-schema'] = process.argv.slice(2);
const token = process.env['GITHUB_TOKEN'];

const github = defineConnector({
  name: 'github',
  baseUrl: 'https://api.github.com',
  config: z.object({ owner: z.string(), repo: z.string() }),
  // Ours, and optional. Customers' own tokens are credentials: `auth: bearer()`, as in films.ts.
  headers: {
    accept: 'application/vnd.github+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  },
  async check(ctx) {
    await ctx.http.get(`repos/${ctx.config.owner}/${ctx.config.repo}`);
  },
  streams: {
    issues: {
      schema: z.object({
        number: z.int(),
        title: z.string(),
        state: z.enum(['open', 'closed']),
        user: z.object({ login: z.string() }).nullable(),
        updated_at: z.iso.datetime(),
      }),
      key: 'number',
      cursor: { field: 'updated_at', order: 'ascending' },
      async *pull(ctx) {
        yield* ctx.http.pages(`repos/${ctx.config.owner}/${ctx.config.repo}/issues`, {
          searchParams: {
            state: 'all',
            sort: 'updated',
            direction: 'asc',
            since: ctx.cursor,
            per_page: 100,
          },
          pagination: 'link',
        });
      },
    },
  },
});

await using syncer = createSyncer({ connectors: [github], store: sqlite('./github.db') });
const id = `${owner}/${repo}`;
if (!(await syncer.connections.get(github, id))) {
  await syncer.connections.create(github, { id, config: { owner, repo } });
}
const issues = syncer.connection(github, id).stream('issues');

let seen = 0;
for await (const change of issues.changes()) seen = change.seq;

const { counts } = await issues.sync({
  onProgress: ({ read }) => process.stderr.write(`\r${read} issues read `),
});
console.log(`\n${id}: ${counts.requests} requests, ${await issues.count()} issues stored`);

for await (const { kind, record } of issues.changes({ after: seen })) {
  console.log(`${kind}  #${record.number}  ${record.state}  ${record.title}`);
}
