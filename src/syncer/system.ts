import { lookup } from 'node:dns/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Breathe, Clock, Host, Random } from '../core/ports.js';

/** `setTimeout` takes 31 bits of milliseconds; longer waits fire at once. */
const LONGEST_TIMER = 2_147_483_647;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => {
    if (ms <= 0) return systemBreathe();
    return ms <= LONGEST_TIMER ? timer(ms, signal) : longSleep(ms, signal);
  },
};

/** The chance of this machine: for jitter, never for keys. */
export const systemRandom: Random = () => Math.random();

/** The network of this machine. Looked up with each request, so that what instruments the global `fetch` later is used too. */
export const systemFetch: typeof fetch = (input, init) => fetch(input, init);

/** The names that this machine knows. */
export async function systemLookup(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/** The load of this process. */
export function systemHost(): Host {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return {
    load: () => {
      if (!histogram) {
        histogram = monitorEventLoopDelay({ resolution: 20 });
        histogram.enable();
      }
      const eventLoopDelayMs = Math.max(0, histogram.mean / 1e6 - 20) || 0;
      histogram.reset();
      return { eventLoopDelayMs, memoryMb: process.memoryUsage.rss() / 1_048_576 };
    },
  };
}

async function longSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  for (let left = ms; left > 0; left -= LONGEST_TIMER)
    await timer(Math.min(left, LONGEST_TIMER), signal);
}

/** A timer that keeps the process alive only as long as somebody could still be waiting for it. */
function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(handle);
      if (signal) reject(signal.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** One turn of this process's event loop. */
export const systemBreathe: Breathe = async () => {
  await setImmediate();
};
