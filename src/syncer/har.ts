import type { TrafficBody } from '../storage/traffic.js';
import type { TrafficExchange } from './traffic-log.js';

/** The version of this package: a test holds it to package.json. */
const VERSION = '0.1.0';

interface Named {
  readonly name: string;
  readonly value: string;
}

/** An HTTP archive, version 1.2 (http://www.softwareishard.com/blog/har-12-spec). */
export interface Har {
  readonly log: {
    readonly version: '1.2';
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly HarEntry[];
  };
}

export interface HarEntry {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly httpVersion: string;
    readonly cookies: readonly Named[];
    readonly headers: readonly Named[];
    readonly queryString: readonly Named[];
    readonly postData?: { readonly mimeType: string; readonly text: string };
    readonly headersSize: number;
    readonly bodySize: number;
  };
  readonly response: {
    /** 0: none came. */
    readonly status: number;
    readonly statusText: string;
    readonly httpVersion: string;
    readonly cookies: readonly Named[];
    readonly headers: readonly Named[];
    readonly content: { readonly size: number; readonly mimeType: string; readonly text?: string };
    readonly redirectURL: string;
    readonly headersSize: number;
    readonly bodySize: number;
    /** The code of what went wrong. */
    readonly _error?: string;
  };
  readonly cache: Readonly<Record<string, never>>;
  /** Milliseconds; `blocked` is the wait for permits. */
  readonly timings: {
    readonly blocked: number;
    readonly send: number;
    readonly wait: number;
    readonly receive: number;
  };
  /** Where it belongs: connector, connection, stream, run, attempt. */
  readonly comment: string;
}

/**
 * Exchanges as an HTTP archive, which browsers' developer tools and others open. Sizes that are not known are -1, as the format says.
 *
 * @example await writeFile('acme.har', JSON.stringify(await toHar(syncer.traffic({ connection: 'acme' }))));
 */
export async function toHar(
  exchanges: AsyncIterable<TrafficExchange> | Iterable<TrafficExchange>,
): Promise<Har> {
  const entries: HarEntry[] = [];
  for await (const exchange of exchanges) entries.push(entryOf(exchange));
  return {
    log: { version: '1.2', creator: { name: 'syncline', version: VERSION }, entries },
  };
}

function entryOf(exchange: TrafficExchange): HarEntry {
  const { time, queuedMs, totalMs, firstByteMs, requestHeaders } = exchange;
  const { connector, connection, stream, run, attempt } = exchange;
  const wait = firstByteMs ?? totalMs;
  const place = [connector, connection, stream, run, `attempt ${attempt}`];
  return {
    startedDateTime: time.toISOString(),
    time: queuedMs + totalMs,
    request: {
      method: exchange.method,
      url: exchange.url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(requestHeaders),
      queryString: URL.canParse(exchange.url)
        ? Array.from(new URL(exchange.url).searchParams, ([name, value]) => ({ name, value }))
        : [],
      ...(exchange.requestBody === null
        ? {}
        : {
            postData: {
              mimeType: typeOf(requestHeaders),
              text: textOf(exchange.requestBody),
            },
          }),
      headersSize: -1,
      bodySize: exchange.requestBytes,
    },
    response: responseOf(exchange),
    cache: {},
    timings: { blocked: queuedMs, send: 0, wait, receive: totalMs - wait },
    comment: place.filter((name) => name !== null).join('/'),
  };
}

function responseOf(exchange: TrafficExchange): HarEntry['response'] {
  const { status, error, responseHeaders, responseBody, responseBytes } = exchange;
  return {
    status: status ?? 0,
    statusText: '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: named(responseHeaders),
    content: {
      size: responseBytes,
      mimeType: typeOf(responseHeaders),
      ...(responseBody === null ? {} : { text: textOf(responseBody) }),
    },
    redirectURL: responseHeaders['location'] ?? '',
    headersSize: -1,
    bodySize: status === null ? -1 : responseBytes,
    ...(error === null ? {} : { _error: error }),
  };
}

function named(headers: Readonly<Record<string, string>>): readonly Named[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}

function typeOf(headers: Readonly<Record<string, string>>): string {
  return headers['content-type'] ?? 'x-unknown';
}

function textOf({ text, truncated }: TrafficBody): string {
  return truncated ? `${text}…` : text;
}
