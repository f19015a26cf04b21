import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { mostInWindow } from '../limiter/support/world.js';
import { tempFile } from '../support/syncer.js';
import type { Order } from './support/syncing-process.js';

// As the process declares it.
const WINDOW_MS = 2_000;
const TOKENS = 40;
const PAGES = 50;

interface Arrival {
  readonly from: string;
  readonly at: number;
}

/** Answers each request after up to 200 ms; the 60th is refused for two seconds. */
async function countingServer() {
  const arrivals: Arrival[] = [];
  const refused: { readonly from: string; readonly at: number; readonly until: number }[] = [];
  const server = createServer((request, response) => {
    const params = new URL(request.url ?? '', 'http://x').searchParams;
    const from = params.get('from') ?? '';
    arrivals.push({ from, at: performance.now() });
    const refuses = arrivals.length === 60;
    setTimeout(() => {
      const now = performance.now();
      if (refuses) {
        refused.push({ from, at: now, until: now + 2_000 });
        response.writeHead(429, { 'retry-after': '2' });
      }
      response.end(JSON.stringify([{ id: `${from}-${params.get('page') ?? ''}` }]));
    }, 200 * Math.random());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, arrivals, refused };
}

async function syncIn(path: string, origin: string, connection: string) {
  const script = join(import.meta.dirname, 'support', 'syncing-process.ts');
  const order: Order = [path, origin, connection, String(PAGES)];
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...order], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [counts] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(counts) as { readonly inserted: number; readonly retries: number };
}

test('syncers in three processes share a limit: no window over it as the server sees it, "slow down" is obeyed, and all comes', async () => {
  const path = tempFile();
  const { origin, arrivals, refused } = await countingServer();
  const all = await Promise.all(['a', 'b', 'c'].map((id) => syncIn(path, origin, id)));
  expect(all.map(({ inserted }) => inserted)).toEqual([PAGES, PAGES, PAGES]);
  expect(all.reduce((sum, { retries }) => sum + retries, 0)).toBe(1);
  const most = mostInWindow(
    arrivals.map(({ at }) => [at, 1]),
    WINDOW_MS,
  );
  expect(most).toBeLessThanOrEqual(TOKENS);
  const [signal] = refused;
  if (!signal) throw new Error('nobody was refused');
  const early = arrivals.filter(
    ({ from, at }) => from === signal.from && at > signal.at && at < signal.until,
  );
  expect(early).toEqual([]);
}, 90_000);
