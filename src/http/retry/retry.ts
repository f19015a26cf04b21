import type { Clock, Random } from '../../core/ports.js';
import type { Interceptor, OutgoingRequest, ReceivedResponse, Send } from '../send.js';
import type { RetryBudgets } from './budget.js';
import {
  type Attempted,
  counted,
  decideRetry,
  type Outcome,
  outcomeOf,
  isRepeatable,
  type Tries,
  type Verdict,
} from './decide.js';

export interface RetryOptions {
  readonly connector: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly budgets: RetryBudgets;
  /** How long a request may be tried in all, in milliseconds. */
  readonly maxMs: number;
  /** Told of each attempt that is followed by another one. */
  readonly onRetry: (request: OutgoingRequest, attempted: Attempted, delayMs: number) => void;
  /** Told of each error that is the last one. Of responses that are no success the caller of the client is told. */
  readonly onGivenUp: (
    request: OutgoingRequest,
    error: unknown,
    reason: ReceivedResponse['gaveUp'],
  ) => void;
}

/** Sends requests again that failed or were refused, where that is safe and of use: the one place that counts attempts. */
export function retry(options: RetryOptions): Interceptor {
  const { clock, budgets, connector } = options;
  return async (request, next) => {
    const budget = budgets.of(connector, request.url.host);
    const giveUpAt = clock.monotonic() + options.maxMs;
    let tries: Tries = { refusals: 0, failures: 0, stale: 0 };
    for (
      let current = request;
      ;
      current = { ...current, attempt: current.attempt + 1, queuedMs: 0 }
    ) {
      const attempted = await attempt(current, next);
      const outcome = outcomeOf(attempted);
      if (outcome === 'fine') {
        budget.succeeded();
        return settle(attempted, undefined);
      }
      tries = counted(tries, outcome);
      const verdict = judge(outcome, current, tries, giveUpAt);
      if ('giveUp' in verdict || current.signal.aborted) {
        const reason = 'giveUp' in verdict ? verdict.giveUp : 'final';
        if ('error' in attempted && !current.signal.aborted)
          options.onGivenUp(current, attempted.error, reason);
        return settle(attempted, reason);
      }
      options.onRetry(current, attempted, verdict.delayMs);
      if (verdict.delayMs > 0) await clock.sleep(verdict.delayMs, current.signal);
    }
  };

  function judge(
    outcome: Exclude<Outcome, 'fine'>,
    request: OutgoingRequest,
    tries: Tries,
    giveUpAt: number,
  ): Verdict {
    const verdict = decideRetry(outcome, isRepeatable(request), tries, options.random);
    if ('giveUp' in verdict) return verdict;
    if (clock.monotonic() + verdict.delayMs > giveUpAt) return { giveUp: 'time' };
    const budget = budgets.of(connector, request.url.host);
    return verdict.costs && !budget.take() ? { giveUp: 'budget' } : verdict;
  }
}

async function attempt(request: OutgoingRequest, next: Send): Promise<Attempted> {
  try {
    return { response: await next(request) };
  } catch (error) {
    return { error };
  }
}

function settle(attempted: Attempted, gaveUp: ReceivedResponse['gaveUp']): ReceivedResponse {
  if ('error' in attempted) throw attempted.error;
  const { response } = attempted;
  return gaveUp === undefined ? response : { ...response, gaveUp };
}
