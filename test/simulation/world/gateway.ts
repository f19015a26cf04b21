import type { FakeAnswer, FakeApi, FakeRequest } from 'syncline/testing';
import { type ApiLimit, type Refusal, refusalOf, Window } from './api-limit.js';
import type { Canary } from './canary.js';
import type { Dice } from './dice.js';
import { never } from './process.js';

/** What may happen to a request, beside being answered. The last four are carried out, and nobody hears of it. */
export const FATES = [
  'unreachable',
  'error',
  'invalid',
  'unavailable',
  'unanswered',
  'lost',
  'cut',
  'stalled',
] as const;
export type Fate = (typeof FATES)[number];

/** How long what a process has sent before its death may still be on its way; what takes longer is lost with its connection. */
const LAST_WORDS_MS = 100;

export interface GatewayOptions {
  readonly api: FakeApi;
  readonly limit: ApiLimit | undefined;
  readonly canary: Canary;
  readonly dice: Dice;
  readonly now: () => number;
  /** What is to happen to the next request; undefined: it is answered. */
  readonly fate: () => Fate | undefined;
  /** When the process of a request died; undefined: it lives. */
  readonly diedAt: (process: number) => number | undefined;
  /** Nobody will hear what was answered. */
  readonly unheard: (request: string) => void;
  /** A promise was broken that only the API can see. */
  readonly broken: (invariant: 'I8' | 'I15', message: string) => void;
  readonly count: (feature: string) => void;
}

/** What stands before the API: knows its clients, counts what they ask for, refuses what is too much, and fails in every way that networks know. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #windows = new Map<string, Window>();
  readonly #refusals = new Map<string, Refusal>();
  /** What answers say of the limit, by request. */
  readonly #told = new Map<string, readonly (readonly [name: string, value: string])[]>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    options.api.onRequest((request) => this.#arrived(request));
  }

  /** What a request was refused with, if it was. */
  refusalOf(request: string): Refusal | undefined {
    return this.#refusals.get(request);
  }

  async fetch(request: Request): Promise<Response> {
    const { api, unheard, count } = this.#options;
    const fate = this.#options.fate();
    const id = idOf(request.headers);
    if (fate === undefined) return this.#tell(id, await api.fetch(request));
    count(`fate: ${fate}`);
    if (fate === 'unreachable') throw failure(request, 'ECONNREFUSED');
    if (fate === 'error' || fate === 'invalid' || fate === 'unavailable') {
      request.headers.set('x-fate', fate);
      return api.fetch(request);
    }
    const response = await api.fetch(request);
    if (fate === 'stalled' || fate === 'cut') {
      if (fate === 'cut') unheard(id);
      // A refusal counts once its answer has ended.
      this.#refusals.delete(id);
      return new Response(await beginningOf(response, fate, request), response);
    }
    unheard(id);
    if (fate === 'lost') throw failure(request, 'UND_ERR_SOCKET');
    return abortedBy(request.signal);
  }

  /** Adds what the API says of its limit with each success. */
  #tell(id: string, response: Response): Response {
    if (response.ok) {
      for (const [name, value] of this.#told.get(id) ?? []) response.headers.set(name, value);
    }
    return response;
  }

  #arrived(request: FakeRequest): FakeAnswer | undefined {
    const { canary, diedAt, now, broken } = this.#options;
    const { headers, url } = request;
    const died = diedAt(Number(headers.get('x-process')));
    if (died !== undefined && now() > died + LAST_WORDS_MS) throw failure(request, 'ECONNRESET');
    const connection = connectionOf(url);
    if (!canary.isCarried(connection, headers, url))
      broken('I15', `a request to ${connection} does not carry its credentials`);
    return this.#refused(request, connection) ?? this.#failed(request, connection);
  }

  #refused({ headers }: FakeRequest, connection: string): FakeAnswer | undefined {
    const { limit, now, api, broken, count, dice } = this.#options;
    if (!limit) return undefined;
    const window = this.#windowOf(limit, connection);
    const waitMs = window.arrive(now());
    const id = idOf(headers);
    this.#told.set(id, Object.entries(window.told(now())));
    if (waitMs === undefined) return undefined;
    const { declared, tokens, perMs } = limit;
    if (declared)
      broken('I8', `request ${id} is the ${tokens + 1}th of ${connection} in ${perMs} ms`);
    const shape = dice.pick(limit.shapes);
    count(`refused: ${shape}`);
    const refusal = refusalOf(shape, tokens, waitMs, api.now());
    this.#refusals.set(id, refusal);
    return refusal.answer;
  }

  #failed({ headers }: FakeRequest, connection: string): FakeAnswer | undefined {
    const { canary, dice } = this.#options;
    const echo = canary.echo(connection, dice);
    switch (headers.get('x-fate')) {
      case 'error': {
        const status = dice.pick([500, 502, 504]);
        return { status, body: `<p>trouble with ${echo}</p>` };
      }
      case 'invalid':
        return {
          status: 422,
          body: { error: `a fault of the storm: ${echo}` },
          headers: { 'x-echo': encodeURIComponent(echo) },
        };
      case 'unavailable': {
        const seconds = dice.between(1, 9);
        const answer = { status: 503, headers: { 'retry-after': String(seconds) } };
        this.#refusals.set(idOf(headers), { answer, named: { waitMs: seconds * 1_000 } });
        return answer;
      }
      default:
        return undefined;
    }
  }

  #windowOf(limit: ApiLimit, connection: string): Window {
    const scope = limit.scope === 'connection' ? connection : '';
    const window = this.#windows.get(scope) ?? new Window(limit);
    this.#windows.set(scope, window);
    return window;
  }
}

/** Which request it is, over all processes. */
function idOf(headers: Headers): string {
  return headers.get('x-request') ?? '';
}

export function connectionOf(url: URL): string {
  return url.pathname.split('/')[1] ?? '';
}

/** As `fetch` fails: it repeats the address, which may hold a key. */
function failure({ url }: { readonly url: URL | string }, code: string): TypeError {
  const cause = Object.assign(new Error(`${code} while asking ${String(url)}`), { code });
  return new TypeError('fetch failed', { cause });
}

/** A response that never comes. */
async function abortedBy(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** Half of a body, and then nothing, or the end of the connection. */
async function beginningOf(
  response: Response,
  fate: 'stalled' | 'cut',
  request: Request,
): Promise<ReadableStream<Uint8Array>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const half = bytes.slice(0, bytes.length / 2);
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (!isSent) controller.enqueue(half);
      else if (fate === 'cut') controller.error(failure(request, 'UND_ERR_SOCKET'));
      else await never();
      isSent = true;
    },
  });
}
