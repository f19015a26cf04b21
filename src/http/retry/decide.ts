import { NetworkError, TimeoutError } from '../../core/errors.js';
import type { Random } from '../../core/ports.js';
import { CircuitOpenError } from '../circuit/circuit-open-error.js';
import type { GiveUp, OutgoingRequest, ReceivedResponse } from '../send.js';
import { backOffMs } from './back-off.js';

/** What an attempt came to: a response of any status, or what was thrown. */
export type Attempted = { readonly response: ReceivedResponse } | { readonly error: unknown };

/**
 * What it means for another attempt. `refused`: it was not carried out, so every request may be sent again · `halted`: a limit ended it, perhaps
 * after some of the work · `stale`: the connection had been
 * closed while it was idle, which says nothing of the API · `failed`: it may have been carried out · `final`: trying again would change nothing.
 */
export type Outcome = 'fine' | 'refused' | 'halted' | 'stale' | 'failed' | 'final';

/** Statuses below 500 that speak of a moment's trouble: Request Timeout, Too Early. */
const PASSING: ReadonlySet<number> = new Set([408, 425]);
/** Statuses from 500 on that stay as they are: Not Implemented, HTTP Version Not Supported. */
const LASTING: ReadonlySet<number> = new Set([501, 505]);
/** Statuses from 500 on that refuse a request when they are for a limit: Service Unavailable, Bandwidth Limit Exceeded, Overloaded. */
const REFUSING: ReadonlySet<number> = new Set([503, 509, 529]);
/** Statuses below 500 that may come after some of the work: Request Timeout, Conflict. */
const UNSURE: ReadonlySet<number> = new Set([408, 409]);
/** How a connection ends that the server had closed before the request came. */
const CLOSED: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** Methods that may be sent twice (RFC 9110 9.2.2), and the safe ones of WebDAV and QUERY. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
  'QUERY',
]);

export function outcomeOf(attempted: Attempted): Outcome {
  if ('response' in attempted) {
    const { status, limited } = attempted.response;
    if (limited !== undefined) return isUncarried(status) ? 'refused' : 'halted';
    if (PASSING.has(status) || (status >= 500 && !LASTING.has(status))) return 'failed';
    return status >= 400 ? 'final' : 'fine';
  }
  const { error } = attempted;
  if (error instanceof TimeoutError) return isOfApp(error) ? 'final' : 'failed';
  if (!(error instanceof NetworkError) || error instanceof CircuitOpenError) return 'final';
  if (!error.retryable) return 'final';
  const { reason, phase } = error.context;
  return phase === 'headers' && CLOSED.has(reason) ? 'stale' : 'failed';
}

/** Whether something of the app's own took too long, of which the API knows nothing. */
export function isOfApp({ context }: TimeoutError): boolean {
  return context['phase'] === 'authorise';
}

/** Whether a limited response says that nothing was done. A failure that speaks of a limit, or names a time, does not. */
function isUncarried(status: number): boolean {
  return status < 500 ? !UNSURE.has(status) : REFUSING.has(status);
}

/** Whether a request may be sent again although the first one may have been carried out. */
export function isRepeatable({ method, headers }: OutgoingRequest): boolean {
  return IDEMPOTENT.has(method) || headers.has('idempotency-key');
}

/** How often a request has been tried in vain. */
export interface Tries {
  readonly refusals: number;
  /** Failures, the first stale connection not among them. */
  readonly failures: number;
  readonly stale: number;
}

/** After so many failures a request is given up. */
const MAX_FAILURES = 4;
/** After so many refusals; the limiter has waited before each attempt, longer each time. */
const MAX_REFUSALS = 8;

/** Another attempt after so many milliseconds, or none. `costs`: it takes from the retry budget. */
export type Verdict =
  { readonly delayMs: number; readonly costs: boolean } | { readonly giveUp: GiveUp };

/** Whether a request is tried again. `tries` has this outcome counted in. */
export function decideRetry(
  outcome: Exclude<Outcome, 'fine'>,
  repeatable: boolean,
  tries: Tries,
  random: Random,
): Verdict {
  if (outcome === 'final') return { giveUp: 'final' };
  if (outcome === 'halted' && !repeatable) return { giveUp: 'final' };
  if (outcome === 'refused' || outcome === 'halted') {
    // How long to wait is the limiter's to know: the next attempt asks it for a permit.
    return tries.refusals < MAX_REFUSALS ? { delayMs: 0, costs: false } : { giveUp: 'attempts' };
  }
  if (!repeatable) return { giveUp: 'final' };
  if (outcome === 'stale' && tries.stale === 1) return { delayMs: 0, costs: false };
  if (tries.failures >= MAX_FAILURES) return { giveUp: 'attempts' };
  return { delayMs: backOffMs(tries.failures, random), costs: true };
}

/** The tries with one more outcome. */
export function counted(tries: Tries, outcome: Outcome): Tries {
  const { refusals, failures, stale } = tries;
  if (outcome === 'refused' || outcome === 'halted') return { ...tries, refusals: refusals + 1 };
  if (outcome === 'stale' && stale === 0) return { ...tries, stale: 1 };
  return { ...tries, failures: failures + 1 };
}
