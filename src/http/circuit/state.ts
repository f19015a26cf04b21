/**
 * A host as its circuit sees it. Instants are monotonic milliseconds. `failures`: in a row · `openings`: how often it was opened since the host
 * last worked · `probing`: the single request is under way.
 */
export type CircuitState =
  | { readonly kind: 'closed'; readonly failures: number }
  | {
      readonly kind: 'open';
      readonly since: number;
      readonly until: number;
      readonly openings: number;
    }
  | {
      readonly kind: 'half-open';
      readonly since: number;
      readonly openings: number;
      readonly probing: boolean;
    };

/** So many failures in a row open a circuit. */
export const FAILURES_TO_OPEN = 20;
const FIRST_OPEN_MS = 30_000;
const LONGEST_OPEN_MS = 300_000;

export const CLOSED: CircuitState = { kind: 'closed', failures: 0 };

/** A request asks for leave. `probe`: it is the one that finds out whether the host works again. */
export function admit(
  state: CircuitState,
  now: number,
): { readonly state: CircuitState; readonly leave: 'send' | 'probe' | 'refused' } {
  if (state.kind === 'closed') return { state, leave: 'send' };
  if (state.kind === 'open' && now < state.until) return { state, leave: 'refused' };
  if (state.kind === 'half-open' && state.probing) return { state, leave: 'refused' };
  const { since, openings } = state;
  return { state: { kind: 'half-open', since, openings, probing: true }, leave: 'probe' };
}

/** The host answered. What was sent before the circuit opened says nothing once it is open. */
export function worked(state: CircuitState, probe: boolean): CircuitState {
  if (state.kind === 'closed') return state.failures === 0 ? state : CLOSED;
  return probe ? CLOSED : state;
}

/** The host failed. */
export function failed(state: CircuitState, probe: boolean, now: number): CircuitState {
  if (state.kind === 'closed') {
    const failures = state.failures + 1;
    return failures < FAILURES_TO_OPEN ? { kind: 'closed', failures } : opened(now, now, 1);
  }
  return probe ? opened(state.since, now, state.openings + 1) : state;
}

/** A request ended without telling anything of the host: it was cancelled, or never sent. */
export function toldNothing(state: CircuitState, probe: boolean): CircuitState {
  return probe && state.kind === 'half-open' ? { ...state, probing: false } : state;
}

function opened(since: number, now: number, openings: number): CircuitState {
  const ms = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** (openings - 1));
  return { kind: 'open', since, until: now + ms, openings };
}
