import { SynclineError } from '../core/errors.js';
import type { RunStatus } from '../storage/runs.js';

/** What can happen to a run. */
export type RunEvent =
  /** A process took the stream's lease for it. */
  | 'claim'
  /** It waits for a limit and gives its slot back. */
  | 'park'
  /** The wait is over, in the same process. */
  | 'admit'
  /** Its process left it, by dying or on purpose: it waits to be claimed again. */
  | 'orphan'
  | 'complete'
  | 'fail'
  | 'cancel'
  /** A stream that it comes after has failed. */
  | 'skip';

type Transition = RunStatus | 'refused';

/** Every state with every event: a new one of either does not compile until each cell is decided. */
export const TRANSITIONS: Readonly<Record<RunStatus, Readonly<Record<RunEvent, Transition>>>> = {
  queued: {
    claim: 'running',
    park: 'refused',
    admit: 'refused',
    orphan: 'refused',
    complete: 'refused',
    fail: 'failed',
    cancel: 'cancelled',
    skip: 'skipped',
  },
  running: {
    claim: 'running',
    park: 'waiting',
    admit: 'refused',
    orphan: 'queued',
    complete: 'succeeded',
    fail: 'failed',
    cancel: 'cancelled',
    skip: 'refused',
  },
  waiting: {
    claim: 'running',
    park: 'refused',
    admit: 'running',
    orphan: 'queued',
    complete: 'refused',
    fail: 'failed',
    cancel: 'cancelled',
    skip: 'refused',
  },
  succeeded: ended(),
  failed: ended(),
  cancelled: ended(),
  skipped: ended(),
};

/**
 * The state after an event.
 *
 * @throws {SynclineError} when the event cannot happen in that state: a defect of the engine, never of the app
 */
export function nextStatus(status: RunStatus, event: RunEvent): RunStatus {
  const next = TRANSITIONS[status][event];
  if (next === 'refused')
    throw new SynclineError(
      `a run that is ${status} cannot ${event}: this is a defect of Syncline, please report it`,
    );
  return next;
}

/** The states in which nothing can happen to a run any more. */
export type EndedStatus = Extract<RunStatus, 'succeeded' | 'failed' | 'cancelled' | 'skipped'>;

/**
 * The state that an event ends a run in.
 *
 * @throws {SynclineError} as {@link nextStatus}, and when the event is no end
 */
export function endedBy(status: RunStatus, event: RunEvent): EndedStatus {
  const next = nextStatus(status, event);
  if (isEnded(next)) return next;
  throw new SynclineError(
    `${event} does not end a run that is ${status}: this is a defect of Syncline, please report it`,
  );
}

/** Whether a run has come to its end. */
export function isEnded(status: RunStatus): status is EndedStatus {
  return TRANSITIONS[status].cancel === 'refused';
}

function ended(): Readonly<Record<RunEvent, 'refused'>> {
  return {
    claim: 'refused',
    park: 'refused',
    admit: 'refused',
    orphan: 'refused',
    complete: 'refused',
    fail: 'refused',
    cancel: 'refused',
    skip: 'refused',
  };
}
