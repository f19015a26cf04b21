import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { testDirectory } from '../storage/environment.js';
import { AT_A_TIME, TOKENS, WINDOW_MS } from './support/process-limits.js';
import type { Order } from './support/permit-process.js';
import { mostInWindow } from './support/world.js';

interface Arrival {
  readonly from: string;
  readonly at: number;
}

/** Counts requests, and answers each after a random time of up to 200 ms; says "slow down" to one when it is told to. */
async function countingServer() {
  const arrivals: Arrival[] = [];
  const said: { readonly to: string; readonly at: number; readonly untilMs: number }[] = [];
  let open = 0;
  let mostOpen = 0;
  let sayNext = 0;
  const server = createServer((request, response) => {
    const at = performance.now();
    const from = new URL(request.url ?? '', 'http://x').searchParams.get('from') ?? '';
    arrivals.push({ from, at });
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    const retryAfter = sayNext;
    sayNext = 0;
    setTimeout(() => {
      open -= 1;
      if (retryAfter > 0) {
        response.writeHead(429, { 'retry-after': String(retryAfter) });
        const now = performance.now();
        said.push({ to: from, at: now, untilMs: now + retryAfter * 1_000 });
      }
      response.end();
    }, 200 * Math.random());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    ...{ origin: `http://127.0.0.1:${port}`, arrivals, said },
    mostOpen: () => mostOpen,
    /** The next request is told to slow down for so many seconds. */
    say(seconds: number) {
      sayNext = seconds;
    },
  };
}

type Child = ChildProcessByStdio<null, Readable, null>;

async function start(path: string, origin: string, name: string, abreast: number, forMs: number) {
  const script = join(import.meta.dirname, 'support', 'permit-process.ts');
  const args: Order = [path, origin, name, String(abreast), String(forMs)];
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

function ended(child: Child): Promise<unknown> {
  return child.exitCode === null
    ? new Promise((resolve) => child.once('close', resolve))
    : Promise.resolve();
}

function windows(arrivals: readonly Arrival[]): number {
  return mostInWindow(
    arrivals.map(({ at }) => [at, 1]),
    WINDOW_MS,
  );
}

test('real processes on one SQLite file, against a real server: no window over the limit, nothing before the named time', async () => {
  const path = join(await testDirectory(), 'sync.db');
  const server = await countingServer();
  const names = ['a', 'b', 'c'];
  const children = await Promise.all(
    names.map((name) => start(path, server.origin, name, 10, 8_000)),
  );
  await wait(2_500);
  server.say(2);
  await Promise.all(children.map(ended));
  const { arrivals, said } = server;
  expect(windows(arrivals)).toBeLessThanOrEqual(TOKENS);
  expect(server.mostOpen()).toBeLessThanOrEqual(AT_A_TIME);
  expect(new Set(arrivals.map(({ from }) => from))).toEqual(new Set(names));
  const [signal] = said;
  if (signal === undefined) throw new Error('nobody was told to slow down');
  const early = arrivals.filter(({ at }) => at > signal.at && at < signal.untilMs);
  // What was on its way when the signal came is no disobedience.
  expect(early.filter(({ from, at }) => from === signal.to && at > signal.at + 100)).toEqual([]);
  for (const { at } of early) expect(at - signal.at).toBeLessThan(1_000);
  // Two seconds of eight were to be waited for.
  expect(arrivals.length).toBeGreaterThan(0.6 * TOKENS * (5_500 / WINDOW_MS));
});

test("a killed process's permits come back", async () => {
  const path = join(await testDirectory(), 'sync.db');
  const server = await countingServer();
  const doomed = await start(path, server.origin, 'doomed', AT_A_TIME, 60_000);
  while (server.arrivals.length < TOKENS / 2) await wait(5);
  doomed.kill('SIGKILL');
  await ended(doomed);
  const killedAt = performance.now();
  const heir = await start(path, server.origin, 'heir', 1, 60_000);
  const before = server.arrivals.length;
  // The slots that it used are leased for five seconds at most.
  while (server.arrivals.length === before) {
    expect(performance.now() - killedAt).toBeLessThan(8_000);
    await wait(20);
  }
  await wait(WINDOW_MS);
  heir.kill('SIGKILL');
  expect(windows(server.arrivals)).toBeLessThanOrEqual(TOKENS);
  const mine = server.arrivals.filter(({ from }) => from === 'heir');
  expect(mine.length).toBeGreaterThan(5);
});
