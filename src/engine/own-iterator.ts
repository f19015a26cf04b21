/** What a connector's own generator is read by; undefined for what cannot be read page by page. */
export function ownIterator(given: unknown): AsyncIterator<unknown> | undefined {
  const source = given as Partial<AsyncIterable<unknown>> | null | undefined;
  const open = source?.[Symbol.asyncIterator];
  if (typeof open === 'function') return open.call(source);
  // A promise, as an async function returns: that it is none of these says more than what it may reject with.
  void Promise.resolve(given).catch(() => undefined);
  return undefined;
}

/** Lets a generator clean up after itself, without waiting for it. */
export function letGo(iterator: AsyncIterator<unknown>): void {
  try {
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  } catch {
    // A generator made by hand may throw from return(); the run is over for it either way.
  }
}
