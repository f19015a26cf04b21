import ky from 'ky';
import { networkFailure } from './network-failure.js';
import type { Report } from './report.js';
import type { OpenResponse, OutgoingRequest, Send } from './send.js';

/** One request and its response, nothing else: no time-outs, no retries, no redirects, no errors for statuses. */
export function transport(fetch: typeof globalThis.fetch, report: Report): Send<OpenResponse> {
  return async (request) => {
    try {
      const response = await ky(request.url, {
        method: request.method,
        headers: request.headers,
        signal: request.signal,
        redirect: 'manual',
        timeout: false,
        retry: 0,
        throwHttpErrors: false,
        fetch,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      return {
        status: response.status,
        headers: response.headers,
        body: chunks(response.body, request, report),
      };
    } catch (cause) {
      throw networkFailure(request, report, cause, 'headers');
    }
  };
}

async function* chunks(
  body: ReadableStream<Uint8Array> | null,
  request: OutgoingRequest,
  report: Report,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (cause) {
    throw networkFailure(request, report, cause, 'body');
  } finally {
    // What is left is not wanted: it closes the connection. Not awaited, a hanging stream would hold the caller.
    reader.cancel().catch(() => undefined);
  }
}
