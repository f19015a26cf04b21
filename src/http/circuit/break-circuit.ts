import { NetworkError, TimeoutError } from '../../core/errors.js';
import type { Report } from '../report.js';
import type { Interceptor, OutgoingRequest, ReceivedResponse } from '../send.js';
import { isOfApp } from '../retry/decide.js';
import { CircuitOpenError } from './circuit-open-error.js';
import type { Circuits } from './circuits.js';

/**
 * Fails requests at once to a host that has failed too often, but for one now and then that finds out whether it works again. Failures are the
 * network's, time-outs and 5xx; an API that says "slow down" works.
 */
export function breakCircuit(circuits: Circuits, connector: string, report: Report): Interceptor {
  return async (request, next) => {
    const leave = circuits.ask(connector, request.url.host);
    if ('until' in leave) throw circuitOpen(request, leave.until, report);
    let response: ReceivedResponse;
    try {
      response = await next(request);
    } catch (error) {
      const failure =
        error instanceof NetworkError || (error instanceof TimeoutError && !isOfApp(error));
      if (failure && error.retryable && !request.signal.aborted) leave.failed(error);
      else leave.toldNothing();
      throw error;
    }
    if (response.status < 500 || response.limited !== undefined) leave.worked();
    else leave.failed(report.httpError(request, response, `answered ${response.status}`, ''));
    return response;
  };
}

function circuitOpen(request: OutgoingRequest, until: number, report: Report): CircuitOpenError {
  const at = new Date(until);
  return new CircuitOpenError(
    report.message(
      request,
      `was not sent: ${request.url.host} has failed too often in a row`,
      `It is tried again from ${at.toISOString()} on.`,
    ),
    { context: report.context(request, { circuit: 'open', until: at }) },
  );
}
