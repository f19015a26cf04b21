import type { Clock } from '../core/ports.js';
import { Heap } from './heap.js';

/** Something to be done at its time. */
export interface Ringing {
  /** When it is set to ring, in monotonic milliseconds. Only the alarm writes it. */
  ringsAt: number | undefined;
}

/** Where things are set to ring. */
export interface Rings<T extends Ringing> {
  /** Rings at the instant, and not at the one that was set before; Infinity: not at all. */
  set(target: T, at: number): void;
}

interface Entry<T extends Ringing> {
  readonly at: number;
  readonly target: T;
}

/** One timer for all that waits for an instant; none when nothing does. */
export class Alarm<T extends Ringing> implements Rings<T> {
  readonly #clock: Clock;
  readonly #ring: (target: T, now: number) => void;
  readonly #entries = new Heap<Entry<T>>((a, b) => a.at < b.at);
  #set = 0;
  #sleep: { readonly until: number; readonly cancel: AbortController } | undefined;
  #ringing = false;

  constructor(clock: Clock, ring: (target: T, now: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  set(target: T, at: number): void {
    const ringsAt = at === Infinity ? undefined : at;
    if (target.ringsAt === ringsAt) return;
    this.#set += Number(ringsAt !== undefined) - Number(target.ringsAt !== undefined);
    target.ringsAt = ringsAt;
    if (ringsAt !== undefined) this.#entries.push({ at, target });
    if (this.#entries.size > 2 * this.#set + 64) this.#entries.filter(isSet);
    if (!this.#ringing) this.#arm();
  }

  /** Nothing rings any more. */
  clear(): void {
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      entry.target.ringsAt = undefined;
    }
    this.#set = 0;
    this.#arm();
  }

  #next(): number {
    for (let entry = this.#entries.first(); entry; entry = this.#entries.first()) {
      if (isSet(entry)) return entry.at;
      this.#entries.shift();
    }
    return Infinity;
  }

  #arm(): void {
    const next = this.#next();
    if (this.#sleep !== undefined) {
      // To wake a little early does no harm; to cancel and sleep anew costs more.
      if (next !== Infinity && this.#sleep.until <= next) return;
      this.#sleep.cancel.abort();
      this.#sleep = undefined;
    }
    if (next === Infinity) return;
    const sleep = { until: next, cancel: new AbortController() };
    this.#sleep = sleep;
    // Timers have whole milliseconds, and would fire early.
    const ms = Math.max(0, Math.ceil(next - this.#clock.monotonic()));
    this.#clock.sleep(ms, sleep.cancel.signal).then(
      () => {
        if (this.#sleep === sleep) this.#wake();
      },
      () => undefined,
    );
  }

  #wake(): void {
    this.#sleep = undefined;
    this.#ringing = true;
    const now = this.#clock.monotonic();
    const due: T[] = [];
    // Collected first: what is set to now while others ring lets the event loop turn before.
    while (this.#next() <= now) {
      const target = this.#entries.shift()?.target;
      if (target === undefined) break;
      target.ringsAt = undefined;
      this.#set -= 1;
      due.push(target);
    }
    try {
      for (const target of due) this.#ring(target, now);
    } finally {
      this.#ringing = false;
      this.#arm();
    }
  }
}

function isSet<T extends Ringing>({ at, target }: Entry<T>): boolean {
  return target.ringsAt === at;
}
