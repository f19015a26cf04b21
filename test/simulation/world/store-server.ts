import type { Store } from 'syncline';
import type { Backend } from './backend.js';
import { never, settled, told, type SimProcess } from './process.js';

/** When a process dies over a write: before it, after it, or after it but without having heard that it was done. */
export const CRASH_WAYS = ['before', 'after', 'unheard'] as const;
export type CrashWay = (typeof CRASH_WAYS)[number];

/** Or it stands still after the write, and hears of it when it goes on. */
export type StopWay = CrashWay | 'pause';

/** A call of the store's that changes it. */
export interface Write {
  /** Counts all writes of the world. */
  readonly n: number;
  readonly process: SimProcess;
  readonly verb: string;
  readonly params: unknown;
}

export interface StoreWatch {
  /** Whether the process dies over this write, or stands still. */
  stops(write: Write): StopWay | undefined;
  /** After each write, before anything else happens to the store. Throws when something is wrong. */
  check(
    write: Write,
    outcome: { readonly value?: unknown; readonly error?: unknown },
  ): Promise<void>;
  /** A check that threw: the world ends. */
  failed(error: unknown): void;
  /** How long a call is on its way, in virtual milliseconds. */
  latency(process: SimProcess): Promise<void>;
}

const READS = /^(get|list|read|count|held|latest)/;
/** What is kept beside the story, as often as its own batches say: it takes no time and no chance from it. */
const BESIDE = /^(append|prune)/;

/** The store as a service that processes call: one verb at a time, watched, and deadly where the world says so. */
export class StoreServer {
  readonly #backend: Backend;
  readonly #watch: StoreWatch;
  #writes = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(backend: Backend, watch: StoreWatch) {
    this.#backend = backend;
    this.#watch = watch;
  }

  /** How many writes there were. */
  get writes(): number {
    return this.#writes;
  }

  /** The store as a process has it. */
  connect(process: SimProcess): Store {
    const inner = this.#backend.connect();
    return new Proxy(inner, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function') return verb;
        const call = (params: unknown): Promise<unknown> =>
          Reflect.apply(verb, target, [params]) as Promise<unknown>;
        if (name === 'open') return call;
        // The backend outlives its processes.
        if (name === 'close') return () => Promise.resolve();
        return (params: unknown) => this.#call(process, String(name), params, call);
      },
    });
  }

  async #call(
    process: SimProcess,
    verb: string,
    params: unknown,
    call: (params: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    if (process.isDead) return never();
    if (BESIDE.test(verb)) return call(params);
    await this.#watch.latency(process);
    const release = await this.#lock();
    // Whoever died meanwhile has not sent it.
    if (process.isDead) {
      release();
      return never();
    }
    const write = READS.test(verb) ? undefined : { n: ++this.#writes, process, verb, params };
    const way = write && this.#watch.stops(write);
    if (way === 'before') process.die();
    const outcome = way === 'before' ? undefined : await settled(call(params));
    try {
      if (write && outcome) await this.#watch.check(write, outcome);
    } catch (error) {
      this.#watch.failed(error);
      return never();
    }
    if (way === 'pause') process.pause();
    else if (way !== undefined) process.die();
    release();
    if (!outcome || way === 'unheard') return never();
    if (way === 'after') return told(outcome);
    await this.#watch.latency(process);
    await process.awake();
    return told(outcome);
  }

  async #lock(): Promise<() => void> {
    const before = this.#tail;
    let release: () => void = () => undefined;
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
