/**
 * What the client costs beyond bare ky: microseconds of CPU a request, to a server on loopback in another process. All interceptors are on:
 * three limits, retries, the circuit, traffic, metrics, and the redaction of a stored credential.
 */
import ky from 'ky';
import { bearer, createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { z } from 'zod';
import { startLoopback } from './loopback.js';
import { mark, median, table } from './table.js';

const REQUESTS = 2_000;
const ROUNDS = 9;
const TARGET = 100;

type Get = (path: string) => Promise<unknown>;

/** Prints its table. */
export async function clientTable(): Promise<void> {
  const { origin, close } = await startLoopback(0);
  await withClient(origin, (client) => compare(bareKy(origin), client));
  close();
}

/** As the client uses it. */
function bareKy(origin: string): Get {
  const { signal } = new AbortController();
  const headers = { accept: 'application/json', authorization: 'Bearer a-token-of-the-bench' };
  const own = { retry: 0, timeout: false, throwHttpErrors: false, redirect: 'manual' } as const;
  return (path) => ky(new URL(`${origin}/${path}`), { headers, signal, fetch, ...own }).json();
}

async function withClient(origin: string, work: (client: Get) => Promise<void>): Promise<void> {
  const connector = defineConnector({
    name: 'bench',
    baseUrl: origin,
    auth: bearer(),
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
          await work((path) => ctx.http.get(path).json());
          yield [];
        },
      },
    },
  });
  const encryptionKey = '00'.repeat(32);
  const syncer = createSyncer({ connectors: [connector], store: memory(), encryptionKey });
  const credentials = { token: 'a-token-of-the-bench' };
  await syncer.connections.create(connector, { id: 'acme', credentials });
  await syncer.connection(connector, 'acme').stream('items').sync();
  await syncer.stop();
}

/** Microseconds of CPU a request. */
async function cost(get: Get): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS; i++) await get(`items/${i % 10}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

/** In turns, so that what else the machine does hits both. */
async function compare(bare: Get, client: Get): Promise<void> {
  await cost(bare);
  await cost(client);
  const rounds: { readonly bare: number; readonly client: number }[] = [];
  for (let i = 0; i < ROUNDS; i++)
    rounds.push({ bare: await cost(bare), client: await cost(client) });
  const bares = rounds.map((round) => round.bare);
  const clients = rounds.map((round) => round.client);
  const least = Math.min(...clients) - Math.min(...bares);
  const row = (name: string, values: readonly number[]) => [
    name,
    Math.min(...values).toFixed(0),
    median(values).toFixed(0),
  ];
  table(
    `CPU of a request, in microseconds; ${ROUNDS} rounds of ${REQUESTS} requests`,
    ['', 'least', 'median'],
    [
      row('bare ky', bares),
      row('ctx.http', clients),
      [
        `beyond ky (target: ≤ ${TARGET})`,
        mark(least.toFixed(0), least <= TARGET),
        median(rounds.map((round) => round.client - round.bare)).toFixed(0),
      ],
    ],
  );
}
