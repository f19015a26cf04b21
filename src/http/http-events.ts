import type { SynclineError } from '../core/errors.js';
import { toErrorInfo } from '../events/error-info.js';
import type { EventInput } from '../events/event-map.js';
import { addressOf, type Report, type Where } from './report.js';
import type { RetryOptions } from './retry/retry.js';
import type { OutgoingRequest, ReceivedResponse } from './send.js';

export type HttpEvent = EventInput<'http.retry' | 'http.failed'>;

/** What the client tells of requests that fail. */
export interface HttpEvents extends Pick<RetryOptions, 'onRetry' | 'onGivenUp'> {
  /** The last response to a request is no success. */
  onRefused(request: OutgoingRequest, received: ReceivedResponse, error: SynclineError): void;
}

export function httpEvents(
  { connector, connection, stream, run }: Where,
  emit: ((event: HttpEvent) => void) | undefined,
  report: Report,
): HttpEvents {
  const about = ({ method, url }: OutgoingRequest, attempt: number) => ({
    connector,
    connection,
    ...(stream === undefined ? {} : { stream }),
    ...(run === undefined ? {} : { run }),
    method,
    url: report.redact(addressOf(url)),
    attempt,
  });
  return {
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
        ...about(request, request.attempt),
        status,
        delayMs,
        error: toErrorInfo(error),
      });
    },
    onGivenUp(request, error, reason = 'final') {
      emit?.({
        type: 'http.failed',
        ...about(request, request.attempt),
        status: null,
        reason,
        error: toErrorInfo(error),
      });
    },
    onRefused(request, { status, attempt, gaveUp = 'final' }, error) {
      emit?.({
        type: 'http.failed',
        ...about(request, attempt),
        status,
        reason: gaveUp,
        error: toErrorInfo(error),
      });
    },
  };
}
