import type { Clock, JsonValue } from '../index.js';
import { FakeList, type FakeListOptions } from './fake-list.js';
import { type FakePage, ListServer } from './list-page.js';

export interface FakeApiOptions {
  /** The test's clock: requests take their time by it, and records are stamped by it. */
  readonly clock: Clock;
  /** Default `'https://api.test'`. */
  readonly origin?: string;
  /** How far the server's clock is ahead of the test's, in milliseconds; negative: behind. Default 0. */
  readonly skewMs?: number;
  /** Whether responses have a `Date` header. Default true. */
  readonly date?: boolean;
  /** How long a request is on its way, and the response too, asked anew each time. Default: 0. */
  readonly latencyMs?: () => number;
}

/** A request as the fake API sees it. */
export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** An answer that a test gives in the API's place. */
export interface FakeAnswer {
  readonly status: number;
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page of a list that was served. */
export interface ServedPage extends FakePage {
  readonly list: FakeList;
  readonly request: FakeRequest;
  /** When it was read, by the test's clock. */
  readonly at: number;
}

/** An HTTP API in memory, behind a `fetch`. */
export interface FakeApi {
  /** Give it to `createSyncer({ http: { fetch } })`. */
  readonly fetch: typeof globalThis.fetch;
  /** What the server's clock shows. */
  now(): number;
  /** The list under a path as `'acme/orders'`, which answers `GET /acme/orders` and `GET /acme/orders/delta`; made at its first use. */
  list(path: string, options?: FakeListOptions): FakeList;
  /** `'page'`: refuses page tokens that were handed out, with 410. `'cursor'`: delta tokens, and the next request with `since`. */
  expire(path: string, part: 'page' | 'cursor'): void;
  /** Called with each request before it is answered: it may answer in the API's place, or throw as `fetch` does when the network fails. */
  onRequest(handler: (request: FakeRequest) => FakeAnswer | undefined): void;
  /** Called with each page as it is served, before it is on its way back. */
  onPage(listener: (page: ServedPage) => void): void;
}

/**
 * A paging API as many SaaS products have one: lists with a filter by change (`?since=`), pages in five styles, tombstones, a delta endpoint
 * with tokens, a server clock of its own. It is a dataset that a test edits while a syncer reads it.
 *
 * @example
 * const api = fakeApi({ clock });
 * const orders = api.list('acme/orders', { paging: 'link', pageSize: 10 });
 * orders.put({ id: 1, total: 20 });
 * await clock.run(stream.sync());
 * orders.put({ id: 1, total: 25 });
 * orders.remove(1);
 */
export function fakeApi(options: FakeApiOptions): FakeApi {
  return new Api(options);
}

class Api implements FakeApi {
  readonly #options: Required<FakeApiOptions>;
  readonly #servers = new Map<string, ListServer>();
  readonly #handlers: ((request: FakeRequest) => FakeAnswer | undefined)[] = [];
  readonly #listeners: ((page: ServedPage) => void)[] = [];

  constructor(options: FakeApiOptions) {
    const defaults = { origin: 'https://api.test', skewMs: 0, date: true, latencyMs: () => 0 };
    this.#options = { ...defaults, ...options };
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    await this.#travel(request.signal);
    const { method, headers } = request;
    const answer = this.#answer({ method, headers, url: new URL(request.url) });
    await this.#travel(request.signal);
    return toResponse(answer);
  };

  now(): number {
    return this.#options.clock.now() + this.#options.skewMs;
  }

  list(path: string, options: FakeListOptions = {}): FakeList {
    const known = this.#servers.get(path);
    if (known) return known.list;
    const list = new FakeList(path, options, this.#options.clock, () => this.now());
    this.#servers.set(path, new ListServer(list));
    return list;
  }

  expire(path: string, part: 'page' | 'cursor'): void {
    this.#servers.get(path)?.expire(part);
  }

  onRequest(handler: (request: FakeRequest) => FakeAnswer | undefined): void {
    this.#handlers.push(handler);
  }

  onPage(listener: (page: ServedPage) => void): void {
    this.#listeners.push(listener);
  }

  async #travel(signal: AbortSignal): Promise<void> {
    const ms = this.#options.latencyMs();
    if (ms > 0) await this.#options.clock.sleep(ms, signal);
    signal.throwIfAborted();
  }

  #answer(request: FakeRequest): FakeAnswer {
    for (const handler of this.#handlers) {
      const answer = handler(request);
      if (answer) return this.#dated(answer);
    }
    const { origin, clock } = this.#options;
    const server =
      request.url.origin === origin && request.method === 'GET'
        ? this.#servers.get(request.url.pathname.slice(1).replace(/\/delta$/, ''))
        : undefined;
    if (!server) return this.#dated({ status: 404, body: { error: 'there is no such list' } });
    const page = server.answer(request.url);
    if (page.status === 200) {
      const served: ServedPage = { ...page, list: server.list, request, at: clock.now() };
      for (const listener of this.#listeners) listener(served);
    }
    return this.#dated(page);
  }

  /** The `Date` header has whole seconds only, as HTTP demands. */
  #dated(answer: FakeAnswer): FakeAnswer {
    if (!this.#options.date) return answer;
    return { ...answer, headers: { date: new Date(this.now()).toUTCString(), ...answer.headers } };
  }
}

function toResponse({ status, body, headers }: FakeAnswer): Response {
  // A body of text: its stream is read in microtasks, without a turn of the event loop.
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
