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
  const releases = given.map((signal) => follow(signal, controller));
  try {
    return await work(controller.signal);
  } finally {
    for (const release of releases) release();
  }
}

/** By hand instead of AbortSignal.any, which keeps what it made as long as a run's signal lives (Node 20). */
export function follow(signal: AbortSignal, controller: AbortController): () => void {
  // A run may have hundreds of requests under way: Node would warn of a leak at eleven.
  setMaxListeners(0, signal);
  const abort = (): void => {
    controller.abort(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}
