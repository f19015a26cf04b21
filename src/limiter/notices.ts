import type { Ringing } from './alarm.js';
import type { Waiter } from './gauge.js';
import { Heap } from './heap.js';

/** What becomes due for one that waits on. */
export type Notice = 'tell' | 'park';

interface Entry {
  readonly at: number;
  readonly waiter: Waiter;
  readonly notice: Notice;
}

/** Things to be done for waiters that still wait at some time. */
export class Notices implements Ringing {
  ringsAt: number | undefined;
  readonly #entries = new Heap<Entry>((a, b) => a.at < b.at);

  add(at: number, waiter: Waiter, notice: Notice): void {
    this.#entries.push({ at, waiter, notice });
  }

  /** When the next one is due. */
  next(): number {
    for (let entry = this.#entries.first(); entry; entry = this.#entries.first()) {
      if (!entry.waiter.gone) return entry.at;
      this.#entries.shift();
    }
    return Infinity;
  }

  *due(now: number): Iterable<Entry> {
    while (this.next() <= now) {
      const entry = this.#entries.shift();
      if (entry) yield entry;
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}
