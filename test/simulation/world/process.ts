import type { Clock, Host } from 'syncline';
import type { FakeApi } from 'syncline/testing';

/** A promise of somebody who is dead. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** What came of some work, to be told later. */
export async function settled<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}

export function told<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/**
 * A process as the operating system sees it: all that reaches it from outside (time, responses, the store's answers) comes through here. A
 * paused one hears nothing until it goes on; a dead one never again, and what it still tries to do is not done.
 */
export class SimProcess {
  readonly id: number;
  readonly clock: Clock;
  readonly host: Host;
  readonly fetch: typeof globalThis.fetch;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #awake: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #died: () => void = () => undefined;

  /** @param abandoned called when a request is given up, with when it was sent: its answer, if there was one, is heard by nobody */
  constructor(id: number, clock: Clock, api: FakeApi, abandoned: (sentAt: number) => void) {
    this.id = id;
    this.death = new Promise((resolve) => {
      this.#died = resolve;
    });
    const sleep: Clock['sleep'] = (ms, signal) => this.#hears(() => clock.sleep(ms, signal));
    this.clock = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep };
    this.host = {
      load: () => ({ eventLoopDelayMs: 0, memoryMb: 0 }),
    };
    this.fetch = (input, init) =>
      this.#hears(() => {
        const request = new Request(input, init);
        const sentAt = clock.now();
        request.headers.set('x-process', String(id));
        request.headers.set('x-sent', String(sentAt));
        request.signal.addEventListener('abort', () => {
          abandoned(sentAt);
        });
        return api.fetch(request);
      });
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  die(): void {
    this.#state = 'dead';
    this.#awake = never();
    this.#died();
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#awake = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#wake();
  }

  /** Resolves when the process can hear: at once, when it goes on, or never. */
  async awake(): Promise<void> {
    // It may be paused again, or die, before it has heard.
    for (let heard: unknown; heard !== this.#awake;) {
      heard = this.#awake;
      await this.#awake;
    }
  }

  /** What the app does in this process; undefined when the process dies over it. */
  async live<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.isDead) return undefined;
    return Promise.race([work(), this.death.then(() => undefined)]);
  }

  async #hears<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDead) return never();
    const outcome = await settled(work());
    await this.awake();
    return told(outcome);
  }
}
