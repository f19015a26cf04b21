import { setMaxListeners } from 'node:events';

/** Runs work with a signal that aborts as soon as one of the given ones does, and lets go of them afterwards. */
export async function linked<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = signals.filter((signal) => signal !== undefined);
  const [only] = given;
  if (given.length === 1 && only !== undefined) return work(only);
  const controller = new AbortController();
  const releases = given.map((signal) => {
    expectListeners(signal);
    return whenAborted(signal, (reason) => {
      controller.abort(reason);
    });
  });
  try {
    return await work(controller.signal);
  } finally {
    for (const release of releases) release();
  }
}

/**
 * Calls back when a signal aborts, at once if it has; the result lets go of it. By hand instead of AbortSignal.any, which keeps what it made as
 * long as a run's signal lives (Node 20).
 */
export function whenAborted(signal: AbortSignal, then: (reason: unknown) => void): () => void {
  const abort = (): void => {
    then(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}

/** A run may have hundreds of requests under way: Node would warn of a leak at eleven. */
export function expectListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
