import type { Clock } from '../core/ports.js';
import { addressOf } from './report.js';
import type { Interceptor, ReceivedResponse } from './send.js';

/** One request and what came of it: a hop of a redirect and an attempt of a retry are exchanges of their own. */
export interface HttpExchange {
  readonly method: string;
  /** Without query and credentials. */
  readonly url: string;
  /** Undefined when no response arrived in full; then `error` says why. */
  readonly status: number | undefined;
  readonly error: unknown;
  /** Which attempt at the same request it was, counted from 1. */
  readonly attempt: number;
  /** Milliseconds that the attempt waited for permits. */
  readonly queuedMs: number;
  /** Our clock when the request was sent, in epoch milliseconds. */
  readonly requestedAt: number;
  /** The server's clock when it answered, from its `Date` header, in epoch milliseconds. */
  readonly serverTime: number | undefined;
  /** Milliseconds from sending until status and headers were there; undefined as `status` is. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds until the body had arrived. */
  readonly durationMs: number;
  /** Bytes of the request's body. */
  readonly requestBytes: number;
  /** Bytes of the response's body after decompression. */
  readonly bytes: number;
}

/** Tells of every exchange, failed ones too. */
export function observed(observe: (exchange: HttpExchange) => void, clock: Clock): Interceptor {
  return async (request, next) => {
    const began = clock.monotonic();
    const requestedAt = clock.now();
    const { method, url, attempt, queuedMs } = request;
    let response: ReceivedResponse | undefined;
    let error: unknown;
    try {
      response = await next(request);
      return response;
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      observe({
        method,
        url: addressOf(url),
        attempt,
        queuedMs,
        status: response?.status,
        error,
        requestedAt: response?.requestedAt ?? requestedAt,
        serverTime: response?.serverTime,
        firstByteMs: response?.firstByteMs,
        durationMs: clock.monotonic() - began,
        requestBytes: request.body === undefined ? 0 : Buffer.byteLength(request.body),
        bytes: response?.body.byteLength ?? 0,
      });
    }
  };
}
