import { setImmediate } from 'node:timers/promises';
import type { Clock } from 'syncline';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** 2026-01-01T00:00:00Z: where every test's time begins. */
export const START = Date.UTC(2026, 0, 1);

/** Time that stands still until a test moves it; what sleeps wakes in its order. */
export class TestClock implements Clock {
  #elapsed = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return START + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) {
      await setImmediate();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        at: this.#elapsed + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Lets time pass without waking anybody, as between two runs. */
  skip(ms: number): void {
    this.#elapsed += ms;
  }

  /** Lets time pass; who sleeps wakes at its moment, and what it then does is done before time goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets everything that is ready run, also what answers on the loopback interface. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await setImmediate();
}

/** Resolves when the condition holds. It is looked at as often as the event loop goes round; the test's own time-out ends it. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await setImmediate();
}
