import type { Clock } from 'syncline';

/** How many seconds of the test's time pass in one real second: so that the lease of a dead process is soon over. */
const SPEED = 100;

/** In the fast time a slow answer, or a locked file, would soon be given up. */
export const PATIENT = {
  http: { timeouts: { connect: '1h', headers: '1h', body: '1h' } },
  sqlite: { busyTimeout: 3_600_000 },
} as const;

/** Time that runs ahead, alike in all processes that began it with the same `origin` (epoch milliseconds). */
export function fastClock(origin: number): Clock {
  const elapsed = (): number => Math.floor((Date.now() - origin) * SPEED);
  return {
    now: () => origin + elapsed(),
    monotonic: elapsed,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
          Math.min(ms / SPEED, 2 ** 31 - 1),
        );
        const abort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
  };
}
