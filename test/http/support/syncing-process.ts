/** A process of its own that syncs a connection of three that share a limit: store, server, connection, how many pages. Exits with 0 when all came. */
import { createSyncer, defineConnector, sqlite } from 'syncline';
import { z } from 'zod';

/** What the process is started with. */
export type Order = readonly [path: string, server: string, connection: string, pages: string];

const [, , path = '', server = '', connection = '', pages = '0'] = process.argv;

const api = defineConnector({
  name: 'api',
  baseUrl: server,
  limits: [{ scope: 'connector', tokens: 40, per: '2s' }],
  streams: {
    rows: {
      schema: z.object({ id: z.string() }),
      key: 'id',
      async *pull(ctx) {
        for (let page = 0; page < Number(pages); page++) {
          const searchParams = { from: connection, page };
          yield await ctx.http
            .get('rows', { searchParams })
            .json(z.array(z.object({ id: z.string() })));
        }
      },
    },
  },
});

if (path !== '') {
  const syncer = createSyncer({ connectors: [api], store: sqlite(path) });
  await syncer.connections.create(api, { id: connection });
  const result = await syncer.connection(api, connection).stream('rows').sync();
  await syncer.stop();
  process.stdout.write(JSON.stringify(result.counts));
}
