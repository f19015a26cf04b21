/** The limiter against Bottleneck and p-queue: permits per second, long queues, memory, and the most that a server saw in any window. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Bottleneck from 'bottleneck';
import PQueue from 'p-queue';
import type { Limit } from '../src/connector/limits.js';
import { createLimiter } from '../src/limiter/create-limiter.js';
import { PRIORITIES, type Limiter, type Permit } from '../src/limiter/limiter.js';
import { systemClock, systemRandom } from '../src/syncer/system.js';
import { count, table } from './table.js';

const PLENTY = 1e12;
const three: readonly Limit[] = [
  { scope: 'connection', tokens: PLENTY, per: '1h' },
  { scope: 'connection', match: 'GET /search/**', tokens: PLENTY, per: '1m' },
  { scope: 'connector', tokens: PLENTY, per: '1h', burst: PLENTY, reserve: 0.1 },
];

function limiter(limits: readonly Limit[]): Limiter {
  return createLimiter({
    ...{ clock: systemClock, random: systemRandom, emit: () => undefined },
    connectors: [{ name: 'api', limits }],
  });
}

const request = { connector: 'api', connection: 'acme', method: 'GET', path: '/search/issues' };
const options = { priority: 'incremental' } as const;

/** Of several tries the fastest: what else the machine does only slows down. */
async function fastest(tries: number, once: () => Promise<number>): Promise<number> {
  let best = 0;
  for (let i = 0; i < tries; i++) best = Math.max(best, await once());
  return best;
}

/** Permits per second; ending them is not counted. */
async function acquires(own: Limiter): Promise<number> {
  const batch = 1_000;
  const permits = new Array<Permit>(batch);
  let ms = 0;
  for (let round = 0; round < 300; round++) {
    const began = performance.now();
    for (let i = 0; i < batch; i++) permits[i] = await own.acquire(request, options);
    ms += performance.now() - began;
    for (const permit of permits) permit.answered();
  }
  return (300 * batch * 1_000) / ms;
}

/** Requests per second: a permit each, and its end. */
async function cycles(times: number, one: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < times; i++) await one();
  return (times * 1_000) / (performance.now() - began);
}

async function uncontended(): Promise<void> {
  const own = limiter(three);
  const cycle = async (): Promise<void> => (await own.acquire(request, options)).answered();
  const chained = [1, 2, 3].map(() => new Bottleneck({ reservoir: PLENTY, maxConcurrent: 1e6 }));
  chained[0]?.chain(chained[1]).chain(chained[2]);
  const queue = new PQueue({ intervalCap: 1e9, interval: 1_000, strict: true });
  table(
    'Uncontended, one after the other',
    ['', 'per second'],
    [
      ['Syncline, three limits: acquire', count(await fastest(7, () => acquires(own)))],
      [
        'Syncline, three limits: acquire and end',
        count(await fastest(5, () => cycles(2e5, cycle))),
      ],
      [
        'Bottleneck, one limit',
        count(await cycles(2_000, () => chained[2]!.schedule(async () => undefined))),
      ],
      [
        'p-queue strict, one limit',
        count(await cycles(1e5, () => queue.add(async () => undefined))),
      ],
    ],
  );
  await own.close();
}

/** Milliseconds to let so many wait, of all priorities and a hundred connections, and to serve them one at a time. */
async function longQueue(waiters: number): Promise<number> {
  const own = limiter([{ scope: 'connector', concurrency: 1 }]);
  const first = await own.acquire(request, options);
  const began = performance.now();
  const all: Promise<void>[] = [];
  for (let i = 0; i < waiters; i++) {
    const priority = PRIORITIES[(i * 7) % PRIORITIES.length] ?? 'full';
    const asked = own.acquire({ ...request, connection: `c${i % 100}` }, { priority });
    all.push(asked.then((permit) => permit.answered()));
  }
  first.answered();
  await Promise.all(all);
  return performance.now() - began;
}

async function longPQueue(waiters: number): Promise<number> {
  const queue = new PQueue({ concurrency: 1 });
  queue.pause();
  const began = performance.now();
  const all = Array.from({ length: waiters }, (_, i) =>
    queue.add(async () => undefined, { priority: (i * 7) % 6 }),
  );
  queue.start();
  await Promise.all(all);
  return performance.now() - began;
}

async function queues(): Promise<void> {
  const rows: string[][] = [];
  let before = 0;
  await longQueue(10_000);
  for (const waiters of [10_000, 30_000, 100_000]) {
    const ms = Math.min(await longQueue(waiters), await longQueue(waiters));
    const each = (ms * 1_000) / waiters;
    const perLog = each / Math.log2(waiters);
    const growth = before === 0 ? '' : `${(perLog / before).toFixed(2)} × n log n of 10,000`;
    if (before === 0) before = perLog;
    rows.push([`Syncline, ${count(waiters)} waiters`, ms.toFixed(0), each.toFixed(1), growth]);
  }
  for (const waiters of [10_000, 30_000]) {
    const ms = await longPQueue(waiters);
    rows.push([
      `p-queue, ${count(waiters)}`,
      ms.toFixed(0),
      ((ms * 1_000) / waiters).toFixed(1),
      '',
    ]);
  }
  table('Waiters in priority order: to queue and to serve', ['', 'ms', 'µs each', 'growth'], rows);
}

/** After several collections with turns of the event loop between them: what was used before is gone then. */
async function heapUsed(gc: NodeJS.GCFunction): Promise<number> {
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

async function memory(): Promise<void> {
  const gc = globalThis.gc;
  if (gc === undefined) {
    console.log('Memory: run with --expose-gc\n');
    return;
  }
  const perLimit = async (limits: readonly Limit[]): Promise<number> => {
    const connections = 10_000;
    const own = limiter(limits);
    (await own.acquire(request, options)).answered();
    const before = await heapUsed(gc);
    for (let i = 0; i < connections; i++) {
      (await own.acquire({ ...request, connection: `c${i}` }, options)).answered();
    }
    const bytes = (await heapUsed(gc)) - before;
    await own.close();
    return bytes / (connections * limits.length);
  };
  const window = { scope: 'connection', tokens: 5_000, per: '1h' } as const;
  const minute = { scope: 'connection', tokens: 30, per: '1m' } as const;
  const atATime = { scope: 'connection', concurrency: 10 } as const;
  table(
    'Memory of limits that were used once, connection included',
    ['', 'bytes per limit'],
    [
      ['10,000 connections, three limits each', count(await perLimit([window, minute, atATime]))],
      ['10,000 connections, one limit each', count(await perLimit([window]))],
    ],
  );
}

const TOKENS = 10;
const WINDOW_MS = 1_000;
const FOR_MS = 5_000;

type Through = (send: () => Promise<void>) => Promise<unknown>;

const contestants: Readonly<Record<string, () => Through>> = {
  Syncline: () => {
    const own = limiter([{ scope: 'connection', tokens: TOKENS, per: WINDOW_MS }]);
    return async (send) => {
      const permit = await own.acquire(request, options);
      await send();
      permit.answered();
    };
  },
  'Bottleneck, reservoir': () => {
    const own = new Bottleneck({
      ...{ reservoir: TOKENS, reservoirRefreshAmount: TOKENS },
      reservoirRefreshInterval: WINDOW_MS,
    });
    return (send) => own.schedule(send);
  },
  'p-queue, strict': () => {
    const own = new PQueue({ intervalCap: TOKENS, interval: WINDOW_MS, strict: true });
    return (send) => own.add(send);
  },
};

async function seenByServer(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, make] of Object.entries(contestants)) {
    const arrivals: number[] = [];
    // The request takes up to 200 ms to be seen, the answer no time: the worst for those who count what they send.
    const server = createServer((_, response) => {
      setTimeout(() => {
        arrivals.push(performance.now());
        response.end();
      }, 200 * Math.random());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const through = make();
    const end = performance.now() + FOR_MS;
    const send = async (): Promise<void> => {
      await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
    };
    const worker = async (): Promise<void> => {
      while (performance.now() < end) await through(send);
    };
    await Promise.all(Array.from({ length: 15 }, worker));
    server.closeAllConnections();
    server.close();
    rows.push([name, String(mostInWindow(arrivals)), String(arrivals.length)]);
  }
  const head = ['', `most in any ${WINDOW_MS} ms`, `in ${FOR_MS / 1_000} s and what waited then`];
  table(`${TOKENS} a second, seen by a loopback server after 0 to 200 ms`, head, rows);
}

function mostInWindow(times: readonly number[]): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at <= from + WINDOW_MS).length),
  );
}

/** Prints its tables. */
export async function limiterTables(): Promise<void> {
  await uncontended();
  await queues();
  await memory();
  await seenByServer();
}
