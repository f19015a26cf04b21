import ky from 'ky';
import { NetworkError, TimeoutError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import type { Report } from './report.js';
import type { OpenResponse, OutgoingRequest, Send } from './send.js';

/** Node's own time-outs, which end a connection before ours do when they are shorter. */
const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

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
      throw failure(request, report, cause);
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
    throw failure(request, report, cause);
  } finally {
    // What is left is not wanted: it closes the connection. Not awaited, a hanging stream would hold the caller.
    reader.cancel().catch(() => undefined);
  }
}

function failure(request: OutgoingRequest, report: Report, cause: unknown): unknown {
  if (request.signal.aborted) return request.signal.reason;
  const { code, text } = reasonOf(cause);
  const context = report.context(request, code === undefined ? {} : { reason: code });
  const todo = 'Check the address and the network; it is worth trying again.';
  return TIMEOUT_CODES.has(code ?? '')
    ? new TimeoutError(report.message(request, `timed out: ${text}`, todo), { cause, context })
    : new NetworkError(report.message(request, `failed: ${text}`, todo), { cause, context });
}

/** fetch says "fetch failed"; what it means is in its cause, for several addresses in a list of causes. */
function reasonOf(error: unknown): { readonly code: string | undefined; readonly text: string } {
  let found = error;
  for (let depth = 0; depth < 5 && isObject(found); depth++) {
    const inner =
      found['cause'] ??
      (Array.isArray(found['errors']) ? (found['errors'] as readonly unknown[])[0] : undefined);
    if (inner === undefined || inner === null) break;
    found = inner;
  }
  const code = isObject(found) && typeof found['code'] === 'string' ? found['code'] : undefined;
  const message = found instanceof Error && found.message !== '' ? found.message : undefined;
  return {
    code,
    text:
      [message, code !== undefined && message?.includes(code) !== true ? code : undefined]
        .filter(Boolean)
        .join(', ') || 'the connection was lost',
  };
}
