import type { HttpClient } from '../../../src/connector/http.js';
import type { HttpClientOptions } from '../../../src/http/client-options.js';
import { createHttpClient } from '../../../src/http/client.js';
import { manualClock } from './manual-clock.js';

/** A client as the engine makes one, for a connection `acme`. */
export function clientFor(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  return createHttpClient({
    connector: 'shop',
    connection: 'acme',
    stream: 'orders',
    run: 'run-1',
    baseUrl,
    fetch: globalThis.fetch,
    clock: manualClock(),
    random: () => 0.5,
    timeouts: { connect: 10_000, headers: 30_000, body: 60_000 },
    maxBytes: 10_000_000,
    signal: new AbortController().signal,
    ...options,
  });
}

/** What a promise is rejected with; fails when it is not. */
export async function rejection(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
