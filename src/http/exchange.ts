import type { RequestOptions } from '../connector/http.js';
import type { SynclineError } from '../core/errors.js';
import { AbortedError, AuthError, ConfigError, RateLimitError } from '../core/errors.js';
import { Redactor } from '../core/redaction/redactor.js';
import { authorise } from './authorise.js';
import { breakCircuit } from './circuit/break-circuit.js';
import type { HttpClientOptions } from './client-options.js';
import { httpEvents, type HttpEvents } from './http-events.js';
import { hear } from './hear.js';
import { limit } from './limit.js';
import { expectListeners, linked } from './linked-signal.js';
import { publicOnly } from './network/public-only.js';
import { type HttpExchange, observed } from './observe.js';
import type { Origins } from './origins.js';
import { createOrigins } from './origins.js';
import type { RateLimitSignal } from './rate-limit/types.js';
import { reauthorise } from './reauthorise.js';
import { receive } from './receive.js';
import { followRedirects } from './redirects.js';
import type { Report } from './report.js';
import { createReport } from './report.js';
import { requestUrl } from './request-url.js';
import { requestBody, requestHeaders, requestMethod } from './request.js';
import { ApiResponse } from './response.js';
import { retry } from './retry/retry.js';
import type { Secrets } from './secrets.js';
import { createSecrets } from './secrets.js';
import type { OutgoingRequest, ReceivedResponse, Send } from './send.js';
import { intercepted } from './send.js';
import { timeouts } from './timeouts.js';
import { recorded } from './traffic.js';
import { transport } from './transport.js';

/** A successful response, and what reading pages needs beside it. */
export interface Answer {
  readonly response: ApiResponse;
  readonly received: ReceivedResponse;
  /** Resolves an address that the API gave; credentials that authentication adds are left out of it. @throws {HttpError} when it leads elsewhere */
  follow(address: string): URL;
  /** The beginning of what it said as one line, without secrets. */
  excerpt(text: string): string;
  /** An error about this answer. */
  error(happened: string, todo: string): Error;
}

export interface Exchange {
  /** Builds a request, sends it, and refuses what is no success. */
  send(path: string | URL, own: RequestOptions, accept: string): Promise<Answer>;
  /** Where a request would go. @throws {ConfigError} as `send` does */
  address(path: string | URL, searchParams: RequestOptions['searchParams']): URL;
}

export function createExchange(options: HttpClientOptions): Exchange {
  const { connector, connection, stream, run } = options;
  const secrets = createSecrets(options.redactor ?? new Redactor(), `${connector}/${connection}`);
  const where = { connector, connection, stream, run };
  const report = createReport(where, secrets);
  const origins = createOrigins(options.baseUrl, options.allowedOrigins ?? []);
  const events = httpEvents(where, options, report);
  const send = createSend(options, origins, secrets, report, events);
  expectListeners(options.signal);

  const request = async (
    path: string | URL,
    own: RequestOptions,
    accept: string,
  ): Promise<Answer> => {
    options.guard?.();
    const built = located(report, () => build(path, own, accept, options, origins));
    return linked([options.signal, own.signal], async (signal) => {
      const { method, url, headers, body } = built;
      const outgoing: OutgoingRequest = {
        method,
        url,
        headers,
        body,
        signal,
        attempt: 1,
        queuedMs: 0,
        course: undefined,
      };
      if (signal.aborted) throw aborted(outgoing, report);
      const received = await send(outgoing).catch((error: unknown) => {
        throw signal.aborted ? aborted(outgoing, report) : error;
      });
      const error = failureOf(outgoing, received, report);
      if (error !== undefined) {
        events.onRefused(outgoing, received, error);
        if (error instanceof AuthError) await options.onUnauthorised?.(error);
        throw error;
      }
      return answer(outgoing, received, origins, secrets, report);
    });
  };
  return {
    send: request,
    address: (path, searchParams) => located(report, () => requestUrl(path, searchParams, origins)),
  };
}

/** From the outside in: redirects, retries, limits, the circuit, what is told of exchanges, credentials, the body in full, its time-outs, the wire. */
function createSend(
  options: HttpClientOptions,
  origins: Origins,
  secrets: Secrets,
  report: Report,
  events: HttpEvents,
): Send {
  const { clock, random, connector, connection, observe, limits, failures, traffic } = options;
  const { publicOnly: lookup } = options;
  const exchanged = (exchange: HttpExchange): void => {
    observe?.(exchange);
    events.onExchange(exchange);
  };
  const wire = intercepted(transport(options.fetch, report), [
    ...(traffic === undefined ? [] : [recorded(traffic, clock, random, secrets)]),
    timeouts(clock, options.timeouts, report),
  ]);
  return intercepted(receive(wire, clock, options.maxBytes, report), [
    followRedirects(origins, secrets, report),
    ...(options.credentials === undefined ? [] : [reauthorise(options.credentials)]),
    ...(failures ? [retry({ connector, clock, random, ...failures, ...events })] : []),
    ...(limits ? [limit(limits, { connector, connection, clock, origins })] : []),
    ...(failures ? [breakCircuit(failures.circuits, connector, report)] : []),
    ...(limits ? [hear({ clock, origins, rateLimit: limits.rateLimit }, report)] : []),
    ...(options.interceptors ?? []),
    ...(lookup ? [publicOnly({ lookup, clock, connectMs: options.timeouts.connect }, report)] : []),
    observed(exchanged, clock),
    ...(options.authorise ? [authorise(options.authorise, clock, secrets, report)] : []),
  ]);
}

function build(
  path: string | URL,
  own: RequestOptions,
  accept: string,
  options: HttpClientOptions,
  origins: Origins,
): Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'> {
  const method = requestMethod(own.method);
  const headers = requestHeaders(options.headers ?? {}, own.headers, accept);
  const body = requestBody(method, own, headers);
  return { method, url: requestUrl(path, own.searchParams, origins), headers, body };
}

/** A mistake in a request says where it was made. */
function located<T>(report: Report, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ConfigError ? report.located(error) : error;
  }
}

function aborted(request: OutgoingRequest, report: Report): AbortedError {
  return new AbortedError(
    report.message(request, 'was cancelled', 'Its signal was aborted, or its run has ended.'),
    {
      context: report.context(request),
      cause: request.signal.reason,
    },
  );
}

/** Success is 2xx, and 304, which only who asks with a condition is answered, unless the API says in it that it refuses. */
function failureOf(
  request: OutgoingRequest,
  received: ReceivedResponse,
  report: Report,
): SynclineError | undefined {
  const { status, limited, attempt } = received;
  const asked = { ...request, attempt };
  if (limited === undefined && ((status >= 200 && status < 300) || status === 304))
    return undefined;
  const said = report.excerpt(received.body);
  const happened = `answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (limited !== undefined) return rateLimitError(asked, received, limited, happened, report);
  if (status === 401 && received.isStray === true)
    return strayed(asked, received, happened, report);
  if (status !== 401) return report.httpError(asked, received, happened, todoFor(status));
  const todo = 'The API refuses the credentials: set them anew with connections.update().';
  return new AuthError(report.message(asked, happened, todo), {
    context: report.context(asked, { status }),
  });
}

/** Another origin knows nothing of the credentials, and says nothing of them. */
function strayed(
  request: OutgoingRequest,
  received: ReceivedResponse,
  happened: string,
  report: Report,
): SynclineError {
  return report.httpError(
    request,
    received,
    `was redirected to ${new URL(received.url).origin}, which ${happened}`,
    'Credentials do not follow redirects to other origins: ask that one directly, or correct baseUrl.',
  );
}

function rateLimitError(
  request: OutgoingRequest,
  received: ReceivedResponse,
  { kind, scope, retryAfterMs }: RateLimitSignal,
  happened: string,
  report: Report,
): RateLimitError {
  const { status } = received;
  const todo =
    'The API asks to slow down, and waiting has not helped: declare its limits on the connector, or ask for less.';
  return new RateLimitError(report.message(request, happened, todo), {
    context: report.context(request, { status, kind, scope, retryAfterMs }),
    cause: report.httpError(request, received, happened, todo),
  });
}

function todoFor(status: number): string {
  if (status === 403)
    return 'The credentials are known, but may not do this: check their scopes and the plan.';
  if (status === 404 || status === 410)
    return 'Check the path, baseUrl, and that the credentials may see it.';
  if (status === 429) return 'The API asks to slow down: declare its limits on the connector.';
  if (status >= 300 && status < 400) return 'A redirect without a place to go to: check the path.';
  if (status >= 500) return 'The API has failed; it is worth trying again later.';
  return 'Correct the request; the error has the headers and body of the answer.';
}

function answer(
  request: OutgoingRequest,
  received: ReceivedResponse,
  origins: Origins,
  secrets: Secrets,
  report: Report,
): Answer {
  return {
    response: new ApiResponse(request, received, report),
    received,
    follow(address) {
      const target = origins.follow(address, new URL(received.url));
      if ('url' in target) return secrets.withoutCredentials(target.url, request.url);
      throw report.httpError(
        request,
        received,
        `named as its next page ${target.refused}`,
        target.todo,
      );
    },
    excerpt: (text) => report.excerpt(text),
    error: (happened, todo) => report.httpError(request, received, happened, todo),
  };
}
