import type { Clock } from '../index.js';

export interface VirtualClockOptions {
  /** The date when it begins, in epoch milliseconds. Default: 2026-01-01T00:00:00Z. */
  readonly start?: number;
  /** Lets the event loop turn once, so that what is ready can run: `setImmediate` of `node:timers/promises`. */
  readonly turn: () => Promise<unknown>;
  /**
   * After so many turns everything is taken to wait for time. Long work lets the loop turn now and then: raise it where that work would be
   * overtaken by time. Default 20.
   */
  readonly turns?: number;
}

/** Time that passes only when the test lets it, and then in no time at all. */
export interface VirtualClock extends Clock {
  /** How many wait for some time to pass: what a finished test leaves behind is a leak. */
  readonly sleeping: number;
  /** Lets everything run that waits for no time. */
  settle(): Promise<void>;
  /** Lets time pass, and wakes each sleeper when its time has come, in order; what it does then comes before the next one is woken. */
  advance(ms: number): Promise<void>;
  /**
   * Lets as much time pass as the work takes: whenever everything waits for time, the clock jumps to the next sleeper.
   *
   * @throws {Error} when the work is not done and nobody is left to wake: it hangs
   * @example const result = await clock.run(stream.sync());
   */
  run<T>(work: PromiseLike<T>): Promise<T>;
  /** Sets the date, as somebody who corrects the machine's clock does. Sleepers and `monotonic()` take no notice. */
  set(now: number): void;
}

/** Longer waits are for ever: they end by their signal. About 3,000 years. */
const FOR_EVER = 1e14;
/** Work may also wait for the disk, which takes no virtual time: only after it was let run so often does it hang. */
const PATIENCE = 2_000;
const DEFAULT_START = Date.UTC(2026, 0, 1);

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * A clock for tests: `createSyncer({ clock })` waits by it, for minutes or days that pass at once. Everything happens in the order of time,
 * one sleeper at a time, so that a test with a seeded `random` and a fake `fetch` does the same each time it runs.
 *
 * @example
 * import { setImmediate } from 'node:timers/promises';
 * const clock = virtualClock({ turn: setImmediate });
 * const syncer = createSyncer({ connectors, store: memory(), clock, random: seededRandom(1), http: { fetch: api.fetch } });
 * await clock.run(syncer.connection(shop, 'acme').sync());
 */
export function virtualClock(options: VirtualClockOptions): VirtualClock {
  return new Virtual(options);
}

class Virtual implements VirtualClock {
  readonly #turn: () => Promise<unknown>;
  readonly #turns: number;
  readonly #sleepers = new Set<Sleeper>();
  #start: number;
  #elapsed = 0;
  #driver: unknown;

  constructor({ start = DEFAULT_START, turn, turns = 20 }: VirtualClockOptions) {
    this.#start = start;
    this.#turn = turn;
    this.#turns = turns;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  set(now: number): void {
    this.#start = now - this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        stop();
        reject(reasonOf(signal));
      };
      const sleeper: Sleeper = {
        at: this.#elapsed + Math.max(0, ms),
        wake: () => {
          stop();
          resolve();
        },
      };
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  async settle(): Promise<void> {
    for (let i = 0; i < this.#turns; i++) await this.#turn();
  }

  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await this.settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#wake(next);
      await this.settle();
    }
    this.#elapsed = end;
  }

  async run<T>(work: PromiseLike<T>): Promise<T> {
    const ending = { done: false };
    const end = (): void => {
      ending.done = true;
    };
    const watched = Promise.resolve(work);
    watched.then(end, end);
    for (let idle = 0; ; idle++) {
      await this.settle();
      if (ending.done) break;
      // Of several at a time one drives, and the others are driven along.
      this.#driver ??= watched;
      if (this.#driver !== watched) continue;
      const next = this.#next(this.#elapsed + FOR_EVER);
      if (next) idle = 0;
      if (idle > PATIENCE) throw this.#hangs();
      if (next) this.#wake(next);
    }
    if (this.#driver === watched) this.#driver = undefined;
    return watched;
  }

  /** Who is to be woken next, up to an instant; of several at one instant the one who has slept longest. */
  #next(until: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at <= until && (next === undefined || sleeper.at < next.at)) next = sleeper;
    }
    return next;
  }

  #wake(sleeper: Sleeper): void {
    this.#elapsed = Math.max(this.#elapsed, sleeper.at);
    sleeper.wake();
  }

  #hangs(): Error {
    this.#driver = undefined;
    const others = this.sleeping === 0 ? 'nobody sleeps' : `${this.sleeping} sleep for ever`;
    return new Error(`the work hangs: it is not done, and no time will change that (${others})`);
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
