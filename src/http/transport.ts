import { networkFailure } from './network-failure.js';
import type { Report } from './report.js';
import type { OpenBody, OpenResponse, OutgoingRequest, Send } from './send.js';

/** One request and its response, nothing else: no time-outs, no retries, no redirects, no errors for statuses. */
export function transport(fetch: typeof globalThis.fetch, report: Report): Send<OpenResponse> {
  return async (request) => {
    try {
      const { url, method, headers, signal, body } = request;
      const response = await fetch(url, {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
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

/** No body at all: HEAD, 204, 304. */
const EMPTY: OpenBody = { read: async () => undefined, cancel: () => undefined };

function chunks(
  body: ReadableStream<Uint8Array> | null,
  request: OutgoingRequest,
  report: Report,
): OpenBody {
  if (body === null) return EMPTY;
  const reader = body.getReader();
  return {
    read: async () => {
      try {
        return (await reader.read()).value;
      } catch (cause) {
        throw networkFailure(request, report, cause, 'body');
      }
    },
    cancel: () => {
      // It closes the connection. Not awaited, a hanging stream would hold the caller.
      reader.cancel().catch(() => undefined);
    },
  };
}
