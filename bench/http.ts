/**
 * What the client costs beyond bare ky: microseconds of CPU a request, to a server on loopback within the same process, whose own share is the same
 * for both. All interceptors are on, and three limits are declared.
 *
 *   node --import tsx bench/http.ts
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import ky from 'ky';
import { createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { z } from 'zod';

const REQUESTS = 2_000;
const ROUNDS = 3;

const server = createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let client: (path: string) => Promise<unknown> = () => Promise.resolve();
const connector = defineConnector({
  name: 'bench',
  baseUrl: origin,
  limits: [
    { scope: 'connection', tokens: 1e9, per: '1h' },
    { scope: 'connection', match: 'GET /items/**', tokens: 1e9, per: '1m' },
    { scope: 'connector', concurrency: 1e6 },
  ],
  streams: {
    items: {
      schema: z.object({ id: z.number() }),
      key: 'id',
      async *pull(ctx) {
        client = (path) => ctx.http.get(path).json();
        await measure();
        yield [];
      },
    },
  },
});
const bare = (path: string): Promise<unknown> =>
  ky.get(`${origin}/${path}`, { retry: 0, timeout: false }).json();

/** Microseconds of CPU a request. */
async function cost(send: (path: string) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS; i++) await send(`items/${i % 10}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

async function measure(): Promise<void> {
  await cost(bare);
  await cost(client);
  const rounds: (readonly [ky: number, own: number])[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push([await cost(bare), await cost(client)]);
  const least = (of: 0 | 1): number => Math.min(...rounds.map((round) => round[of]));
  console.log(`bare ky      ${least(0).toFixed(0)} µs of CPU a request`);
  console.log(`ctx.http     ${least(1).toFixed(0)} µs`);
  console.log(`beyond ky    ${(least(1) - least(0)).toFixed(0)} µs`);
}

const syncer = createSyncer({ connectors: [connector], store: memory() });
await syncer.connections.create(connector, { id: 'acme' });
await syncer.connection(connector, 'acme').stream('items').sync();
await syncer.stop();
server.closeAllConnections();
server.close();
