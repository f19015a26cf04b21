import { NetworkError, TimeoutError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import type { Report } from './report.js';
import type { OutgoingRequest } from './send.js';

/** Node's own time-outs, which end a connection before ours do when they are shorter. */
const TIMEOUT_CODES: ReadonlySet<unknown> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** What a failure of fetch means: the abort of the request's signal, a time-out, or the network. `phase`: what was waited for. */
export function networkFailure(
  request: OutgoingRequest,
  report: Report,
  error: unknown,
  phase: 'headers' | 'body',
): unknown {
  if (request.signal.aborted) return request.signal.reason;
  const chain = causesOf(error);
  const { code, text } = reasonOf(chain.at(-1));
  // fetch repeats addresses, which may hold a key, in its errors.
  const isClean = chain.every((cause) => report.isClean(textOf(cause)));
  const options = {
    context: report.context(request, { phase, ...(code === undefined ? {} : { reason: code }) }),
    ...(isClean ? { cause: error } : {}),
  };
  const todo = 'Check the address and the network; it is worth trying again.';
  return TIMEOUT_CODES.has(code)
    ? new TimeoutError(report.message(request, `timed out: ${text}`, todo), options)
    : new NetworkError(report.message(request, `failed: ${text}`, todo), options);
}

/** An error and what led to it, innermost last: fetch only says "fetch failed" itself. Several addresses make a list of causes. */
function causesOf(error: unknown): readonly unknown[] {
  const chain = [error];
  for (
    let inner = causeOf(error);
    inner !== undefined && chain.length < 8;
    inner = causeOf(inner)
  ) {
    chain.push(inner);
  }
  return chain;
}

function causeOf(error: unknown): unknown {
  if (!isObject(error)) return undefined;
  const errors = error['errors'];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return error['cause'] ?? first ?? undefined;
}

function reasonOf(cause: unknown): { readonly code: string | undefined; readonly text: string } {
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : undefined;
  const message = cause instanceof Error && cause.message !== '' ? cause.message : undefined;
  if (message === undefined) return { code, text: code ?? 'the connection was lost' };
  const isNamed = code === undefined || message.includes(code);
  return { code, text: isNamed ? message : `${message}, ${code}` };
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}` : String(cause);
}
