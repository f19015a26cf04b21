import type { Clock, Host } from 'syncline';

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

/** What a process sends its requests through. */
export interface Network {
  fetch(request: Request): Promise<Response>;
  /** A request is given up: its answer, if there was one, is heard by nobody. */
  unheard(request: string): void;
  /** A process sends a request. */
  sent(process: SimProcess, request: Request): void;
  /** It hears the answer. */
  heard(process: SimProcess, request: Request, response: Response): void;
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
  readonly #now: () => number;
  #state: 'running' | 'paused' | 'dead' = 'running';
  /** When it stood still or died, and until when. */
  readonly #absences: { readonly from: number; until: number }[] = [];
  #awake: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #died: () => void = () => undefined;

  constructor(id: number, clock: Clock, network: Network) {
    this.id = id;
    this.#now = () => clock.now();
    this.death = new Promise((resolve) => {
      this.#died = resolve;
    });
    const sleep: Clock['sleep'] = (ms, signal) => this.#hears(() => clock.sleep(ms, signal));
    this.clock = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep };
    this.host = {
      load: () => ({ eventLoopDelayMs: 0, memoryMb: 0 }),
    };
    let requests = 0;
    this.fetch = async (input, init) => {
      const request = new Request(input, init);
      const name = `${id}.${++requests}`;
      request.headers.set('x-process', String(id));
      request.headers.set('x-sent', String(clock.now()));
      request.headers.set('x-request', name);
      request.signal.addEventListener('abort', () => {
        network.unheard(name);
      });
      const response = await this.#hears(() => {
        network.sent(this, request);
        return network.fetch(request);
      });
      network.heard(this, request, response);
      return response;
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  /** When it died; undefined: it lives. */
  get diedAt(): number | undefined {
    return this.isDead ? this.#absences.at(-1)?.from : undefined;
  }

  /** Whether it lived, and did not stand still, all the time between two instants. */
  wasAwake(from: number, until: number): boolean {
    return !this.#absences.some((away) => away.from <= until && away.until >= from);
  }

  die(): void {
    if (this.isDead) return;
    this.#absences.push({ from: this.#now(), until: Infinity });
    this.#state = 'dead';
    this.#awake = never();
    this.#died();
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#absences.push({ from: this.#now(), until: Infinity });
    this.#awake = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const away = this.#absences.at(-1);
    if (away) away.until = this.#now();
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
