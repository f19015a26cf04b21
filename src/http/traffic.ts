import { SynclineError } from '../core/errors.js';
import type { Clock, Random } from '../core/ports.js';
import type { TrafficRow } from '../storage/traffic.js';
import type { Secrets } from './secrets.js';
import type { Interceptor, OpenResponse, OutgoingRequest } from './send.js';
import { shownAddress, shownHeaders } from './sensitive.js';
import { BodyBeginning } from './traffic-body.js';

/** Whose bodies are kept: nobody's, those of exchanges that failed (a status of 400 or more, or none), a share of all, or everybody's. */
export type BodyPolicy = 'never' | 'onError' | 'always' | number;

/** An exchange on the wire, without secrets. */
export type RecordedExchange = Omit<
  TrafficRow,
  'id' | 'connector' | 'connection' | 'tags' | 'stream' | 'run'
>;

export interface TrafficOptions {
  readonly bodies: BodyPolicy;
  /** Bytes that are kept of each body. */
  readonly maxBodyBytes: number;
  /** Nothing of responses is kept but their headers' names and their bodies' length. Default false. */
  readonly secretResponses?: boolean | undefined;
  /** Gets each exchange when it has ended. Must not throw. */
  readonly record: (exchange: RecordedExchange) => void;
}

/** What a row costs beside its texts, roughly, in bytes. */
const ROW_BYTES = 400;

/** Records every exchange as it was on the wire, after limits, retries and authentication: what an attempt really sent and got. */
export function recorded(
  options: TrafficOptions,
  clock: Clock,
  random: Random,
  secrets: Secrets,
): Interceptor<OpenResponse> {
  return async (request, next) => {
    const exchange = new Exchange(request, options, clock, random, secrets);
    let response: OpenResponse;
    try {
      response = await next(request);
    } catch (error) {
      exchange.end(error);
      throw error;
    }
    exchange.opened(response);
    return { ...response, body: watched(response.body, exchange) };
  };
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  exchange: Exchange,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Who stops reading before the end has given up on it.
  let error: unknown = 'left';
  try {
    for await (const chunk of body) {
      exchange.take(chunk);
      yield chunk;
    }
    error = undefined;
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    exchange.end(error);
  }
}

/** One exchange while it is under way. */
class Exchange {
  readonly #request: OutgoingRequest;
  readonly #options: TrafficOptions;
  readonly #clock: Clock;
  readonly #secrets: Secrets;
  readonly #time: number;
  readonly #began: number;
  readonly #keeps: 'never' | 'onError' | 'always';
  readonly #body: BodyBeginning;
  #response: OpenResponse | undefined;
  #firstByteMs: number | null = null;

  constructor(
    request: OutgoingRequest,
    options: TrafficOptions,
    clock: Clock,
    random: Random,
    secrets: Secrets,
  ) {
    const { bodies, maxBodyBytes } = options;
    this.#request = request;
    this.#options = options;
    this.#clock = clock;
    this.#secrets = secrets;
    this.#time = clock.now();
    this.#began = clock.monotonic();
    this.#keeps = typeof bodies !== 'number' ? bodies : random() < bodies ? 'always' : 'never';
    this.#body = new BodyBeginning(this.#keeps === 'never' ? 0 : maxBodyBytes);
  }

  opened(response: OpenResponse): void {
    this.#response = response;
    this.#firstByteMs = this.#clock.monotonic() - this.#began;
  }

  take(chunk: Uint8Array): void {
    this.#body.take(chunk);
  }

  end(error: unknown): void {
    const { method, url, headers, attempt, queuedMs } = this.#request;
    const { secretResponses } = this.#options;
    const status = this.#response?.status ?? null;
    const hides = (place: 'header' | 'parameter') => (name: string) =>
      this.#secrets.sets(place, name);
    const redact = (text: string): string => this.#secrets.redact(text);
    const request = bytesOf(this.#request.body);
    const keeps =
      this.#keeps === 'always' ||
      (this.#keeps === 'onError' && (error !== undefined || status === null || status >= 400));
    const row: Omit<RecordedExchange, 'size'> = {
      ...{ time: this.#time, attempt, method, status, queuedMs, firstByteMs: this.#firstByteMs },
      url: redact(shownAddress(url, hides('parameter'))),
      error: codeOf(error),
      totalMs: this.#clock.monotonic() - this.#began,
      requestBytes: request.byteLength,
      responseBytes: this.#body.bytes,
      requestHeaders: shownHeaders(headers, hides('header'), redact),
      responseHeaders: this.#response
        ? shownHeaders(this.#response.headers, () => secretResponses === true, redact)
        : {},
      requestBody: keeps ? this.#requestBody(request) : null,
      responseBody:
        keeps && secretResponses !== true
          ? this.#body.kept(this.#response?.headers.get('content-type') ?? null, this.#secrets)
          : null,
    };
    this.#options.record({ ...row, size: sizeOf(row) });
  }

  #requestBody(bytes: Uint8Array): RecordedExchange['requestBody'] {
    const body = new BodyBeginning(this.#options.maxBodyBytes);
    body.take(bytes);
    return body.kept(this.#request.headers.get('content-type'), this.#secrets);
  }
}

const NO_BYTES = new Uint8Array();

function bytesOf(body: string | Uint8Array | undefined): Uint8Array {
  if (body === undefined) return NO_BYTES;
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

function codeOf(error: unknown): string | null {
  if (error === undefined) return null;
  if (error === 'left') return 'ABORTED';
  return error instanceof SynclineError ? error.code : 'UNKNOWN';
}

function sizeOf(row: Omit<RecordedExchange, 'size'>): number {
  let size = ROW_BYTES + row.url.length;
  for (const headers of [row.requestHeaders, row.responseHeaders]) {
    for (const name in headers) size += name.length + (headers[name]?.length ?? 0);
  }
  return size + (row.requestBody?.text.length ?? 0) + (row.responseBody?.text.length ?? 0);
}
