import type { TestClock } from '../../../support/clock.js';

/** How long a request takes by the test's clocks, in every process. */
const REQUEST_MS = 1_000;

/** The header that tells the loopback server which host was meant. */
export const MEANT_HOST = 'x-meant-host';

/** Lets a clock go on by one request at each call, one after the other. */
export function ticking(clock: TestClock): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => clock.advance(REQUEST_MS)));
}

/** A `fetch` whose wires all end at one loopback server: connectors are tested with the addresses that they have in production. */
export function rewired(
  loopback: string,
  tick: () => Promise<void> = async () => undefined,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const meant = new URL(request.url);
    await tick();
    const headers = new Headers(request.headers);
    headers.set(MEANT_HOST, meant.host);
    return fetch(`${loopback}${meant.pathname}${meant.search}`, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: request.signal,
      ...(request.body === null ? {} : { body: await request.arrayBuffer() }),
    });
  };
}
