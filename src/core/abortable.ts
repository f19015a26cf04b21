import { AbortedError } from './errors.js';

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
