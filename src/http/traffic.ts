import { SynclineError } from '../core/errors.js';
import type { Clock, Random } from '../core/ports.js';
import type { TrafficRow } from '../storage/traffic.js';
import type { Secrets } from './secrets.js';
import type { Interceptor, OpenBody, OpenResponse, OutgoingRequest } from './send.js';
import { shownAddress, shownHeaders } from './sensitive.js';
import { BodyBeginning } from './traffic-body.js';

/** Whose bodies are kept: nobody's, those of exchanges that failed (a status of 400 or more, or none), a share of all, or everybody's. */
export type BodyPolicy = 'never' | 'onError' | 'always' | number;

/** An exchange on the wire, without secrets. */
export type RecordedExchange = Omit<TrafficRow, 'id'>;

export interface TrafficOptions {
  /** What the requests are made for. */
  readonly place: Pick<TrafficRow, 'connector' | 'connection' | 'tags' | 'stream' | 'run'>;
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
    const { status, headers, body } = response;
    return { status, headers, body: watched(body, exchange) };
  };
}

function watched(body: OpenBody, exchange: Exchange): OpenBody {
  return {
    read: async () => {
      try {
        const chunk = await body.read();
        if (chunk === undefined) exchange.end(undefined);
        else exchange.take(chunk);
        return chunk;
      } catch (error) {
        exchange.end(error);
        throw error;
      }
    },
    cancel: () => {
      body.cancel();
      // Who stops reading before the end has given up on it.
      exchange.end('left');
    },
  };
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
    const requestHeaders = shownHeaders(headers, hides('header'), redact);
    const responseHeaders = this.#response
      ? shownHeaders(this.#response.headers, () => secretResponses === true, redact)
      : {};
    const requestBody = keeps ? this.#requestBody(request) : null;
    const responseBody =
      keeps && secretResponses !== true
        ? this.#body.kept(this.#response?.headers.get('content-type') ?? null, this.#secrets)
        : null;
    const address = redact(shownAddress(url, hides('parameter')));
    const { connector, connection, tags, stream, run } = this.#options.place;
    // In one literal: there is a row for every request, and spreads take V8 ten times as long.
    this.#options.record({
      connector,
      connection,
      tags,
      stream,
      run,
      time: this.#time,
      attempt,
      method,
      url: address,
      status,
      error: codeOf(error),
      queuedMs,
      firstByteMs: this.#firstByteMs,
      totalMs: this.#clock.monotonic() - this.#began,
      requestBytes: request.byteLength,
      responseBytes: this.#body.bytes,
      requestHeaders,
      responseHeaders,
      requestBody,
      responseBody,
      size:
        ROW_BYTES +
        address.length +
        sizeOf(requestHeaders) +
        sizeOf(responseHeaders) +
        (requestBody?.text.length ?? 0) +
        (responseBody?.text.length ?? 0),
    });
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

function sizeOf(headers: Readonly<Record<string, string>>): number {
  let size = 0;
  for (const name in headers) size += name.length + (headers[name]?.length ?? 0);
  return size;
}
