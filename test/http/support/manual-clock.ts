import type { Clock } from '../../../src/core/ports.js';

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves the clock and wakes who has slept long enough. */
  advance(ms: number): void;
  /** How many sleep at present: timers left behind are leaks. */
  readonly sleepers: number;
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const sleeper = { until: elapsed + ms, wake: resolve };
        sleeping.add(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            sleeping.delete(sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    advance(ms) {
      elapsed += ms;
      for (const sleeper of sleeping) {
        if (sleeper.until > elapsed) continue;
        sleeping.delete(sleeper);
        sleeper.wake();
      }
    },
    get sleepers() {
      return sleeping.size;
    },
  };
}
