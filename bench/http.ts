/**
 * What the client costs beyond fetch and bare ky: microseconds of CPU a request, to a server on loopback in another process. All interceptors are on:
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
  await withClient(origin, (client) => compare(bareFetch(origin), bareKy(origin), client));
  close();
}

const HEADERS = { accept: 'application/json', authorization: 'Bearer a-token-of-the-bench' };

function bareFetch(origin: string): Get {
  const { signal } = new AbortController();
  return async (path) => {
    const url = new URL(`${origin}/${path}`);
    return (await fetch(url, { headers: HEADERS, signal, redirect: 'manual' })).json();
  };
}

/** With everything off that the client does itself. */
function bareKy(origin: string): Get {
  const { signal } = new AbortController();
  const own = { retry: 0, timeout: false, throwHttpErrors: false, redirect: 'manual' } as const;
  return (path) =>
    ky(new URL(`${origin}/${path}`), { headers: HEADERS, signal, fetch, ...own }).json();
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

/** In turns, so that what else the machine does hits all. */
async function compare(bareFetch: Get, bareKy: Get, client: Get): Promise<void> {
  const costs = async () => ({
    fetch: await cost(bareFetch),
    ky: await cost(bareKy),
    client: await cost(client),
  });
  await costs();
  const rounds: Awaited<ReturnType<typeof costs>>[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await costs());
  const least = (of: 'fetch' | 'ky' | 'client') => Math.min(...rounds.map((round) => round[of]));
  const row = (name: string, of: 'fetch' | 'ky' | 'client') => [
    name,
    least(of).toFixed(0),
    median(rounds.map((round) => round[of])).toFixed(0),
  ];
  const beyond = (name: string, of: 'fetch' | 'ky', show: (text: string) => string) => [
    name,
    show((least('client') - least(of)).toFixed(0)),
    median(rounds.map((round) => round.client - round[of])).toFixed(0),
  ];
  table(
    `CPU of a request, in microseconds; ${ROUNDS} rounds of ${REQUESTS} requests`,
    ['', 'least', 'median'],
    [
      row('fetch', 'fetch'),
      row('bare ky', 'ky'),
      row('ctx.http, which uses fetch', 'client'),
      beyond('beyond fetch', 'fetch', (text) => text),
      beyond(`beyond ky (target: ≤ ${TARGET})`, 'ky', (text) =>
        mark(text, least('client') - least('ky') <= TARGET),
      ),
    ],
  );
}
