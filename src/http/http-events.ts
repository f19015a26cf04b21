import type { SynclineError } from '../core/errors.js';
import { toErrorInfo } from '../events/error-info.js';
import type { EventInput } from '../events/event-map.js';
import type { HttpExchange } from './observe.js';
import { addressOf, type Report, type Where } from './report.js';
import type { RetryOptions } from './retry/retry.js';
import type { OutgoingRequest, ReceivedResponse } from './send.js';

export type HttpEvent = EventInput<'http.exchange' | 'http.retry' | 'http.failed'>;

/** What the client tells of requests that fail. */
export interface HttpEvents extends Pick<RetryOptions, 'onRetry' | 'onGivenUp'> {
  /** A response has come in full. */
  onExchange(exchange: HttpExchange): void;
  /** The last response to a request is no success. */
  onRefused(request: OutgoingRequest, received: ReceivedResponse, error: SynclineError): void;
}

/** Where events go. */
export interface HttpListeners {
  /** Takes `http.*` events. */
  readonly emit?: ((event: HttpEvent) => void) | undefined;
  /** Whether anybody listens to events of that name: those of every request are made only then. Default: nobody does. */
  readonly isHeard?: ((type: HttpEvent['type']) => boolean) | undefined;
}

export function httpEvents(where: Where, to: HttpListeners, report: Report): HttpEvents {
  const { emit } = to;
  const about = aboutOf(where, report);
  return {
    onExchange(exchange) {
      if (exchange.status === undefined || to.isHeard?.('http.exchange') !== true) return;
      const { method, url, status, attempt, queuedMs, firstByteMs = 0, durationMs } = exchange;
      const { requestBytes, bytes: responseBytes } = exchange;
      emit?.({
        ...{ type: 'http.exchange', ...about(method, url, attempt), status },
        ...{ queuedMs, firstByteMs, durationMs, requestBytes, responseBytes },
      });
    },
    onRetry(request, attempted, delayMs) {
      const response = 'response' in attempted ? attempted.response : undefined;
      const status = response?.status ?? null;
      const error =
        'error' in attempted
          ? attempted.error
          : report.httpError(
              request,
              attempted.response,
              `answered ${String(status)}`,
              'It is sent again.',
            );
      emit?.({
        type: 'http.retry',
        ...about(request.method, addressOf(request.url), request.attempt),
        status,
        delayMs,
        error: toErrorInfo(error),
      });
    },
    onGivenUp(request, error, reason = 'final') {
      emit?.({
        type: 'http.failed',
        ...about(request.method, addressOf(request.url), request.attempt),
        status: null,
        reason,
        error: toErrorInfo(error),
      });
    },
    onRefused(request, { status, attempt, gaveUp = 'final' }, error) {
      emit?.({
        type: 'http.failed',
        ...about(request.method, addressOf(request.url), attempt),
        status,
        reason: gaveUp,
        error: toErrorInfo(error),
      });
    },
  };
}

function aboutOf({ connector, connection, stream, run }: Where, report: Report) {
  return (method: string, address: string, attempt: number) => ({
    connector,
    connection,
    ...(stream === undefined ? {} : { stream }),
    ...(run === undefined ? {} : { run }),
    method,
    url: report.redact(address),
    attempt,
  });
}
