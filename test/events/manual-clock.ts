import type { Clock } from '../../src/core/ports.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Time passes without anybody being woken: what a blocked event loop looks like. */
  block(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }

  /** Lets time pass, and those whose time has come go on. */
  async advance(ms: number): Promise<void> {
    this.block(ms);
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at <= this.#monotonic) sleeper.wake();
    }
    await settle();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        end();
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: this.#monotonic + ms,
        wake: () => {
          end();
          resolve();
        },
      };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', abort);
      this.#sleepers.add(sleeper);
    });
  }
}

/** Resolves when all that was ready has run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
