import { AbortedError } from './errors.js';
import { isObject } from './json.js';
import type { Clock } from './ports.js';

/** What every call that waits takes. */
export interface WaitOptions {
  /** Ends the waiting: the call rejects with `AbortedError`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the work resolves with, unless the signal aborts first: then nobody waits for it any longer.
 *
 * @param what names the call for the error
 * @throws {AbortedError} with the signal's reason as its cause
 */
export async function abortable<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return work();
  throwIfAborted(signal, what);
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      reject(aborted(signal, what));
    };
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', stop);
      });
  });
}

/** How long work of the app's or a connector's own is waited for. */
export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal | undefined;
  /** Names the call for the error when the signal aborts. */
  readonly what: string;
  /** The error once the time is up. */
  readonly late: () => Error;
}

/**
 * What the work resolves with, unless the signal aborts or the time is up first: then nobody waits for it any longer, also if it never settles.
 *
 * @throws {AbortedError} with the signal's reason as its cause; what `late` makes
 */
export async function settledWithin<T>(
  work: () => T | PromiseLike<T>,
  { clock, ms, signal, what, late }: Patience,
): Promise<T> {
  throwIfAborted(signal, what);
  const result = work();
  // What is done at once needs no timer: most work is.
  if (!isThenable(result)) return result;
  const working = Promise.resolve(result);
  // It may abort its own signal, and is not waited for then.
  working.catch(() => undefined);
  const timer = new AbortController();
  const over = clock.sleep(ms, timer.signal).then(() => {
    throw late();
  });
  try {
    return await abortable(async () => Promise.race([working, over]), signal, what);
  } finally {
    timer.abort(DONE);
    over.catch(() => undefined);
  }
}

/** Promises, and what query builders and the like return in their place. */
function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return isObject(value) && typeof value['then'] === 'function';
}

/** Ends a timer that is not needed any more. Without a reason each abort would make an error with a stack. */
const DONE = 'done';

/** The items, until the signal aborts: then the next one is an `AbortedError`, and what makes them is told to end. */
export function abortableItems<T>(
  items: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
  what: string,
): AsyncGenerator<T, void, undefined> {
  return signal === undefined ? items : itemsUntil(items, signal, what);
}

async function* itemsUntil<T>(
  items: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal,
  what: string,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      const next = await abortable(() => items.next(), signal, what);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: it would wait for what is still under way.
    void items.return().catch(() => undefined);
  }
}

/** @throws {AbortedError} when the signal has aborted */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw aborted(signal, what);
}

function aborted(signal: AbortSignal, what: string): AbortedError {
  return new AbortedError(`${what} was aborted by its signal`, { cause: signal.reason });
}
