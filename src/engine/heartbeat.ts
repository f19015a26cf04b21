import { AbortedError, LeaseLostError, TimeoutError } from '../core/errors.js';
import { placeOf, type Run, scope } from './run.js';

/** How long a lease lasts from its last renewal. */
export const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

/**
 * Keeps a run's lease, and ends the run when it was lost, when somebody asked for its end, or when it is over its time or stuck. Resolves when
 * `stop` aborts.
 */
export async function keepAlive(run: Run, stop: AbortSignal): Promise<void> {
  const reason = await watch(run, stop);
  if (reason) run.active.end(reason);
}

/** Why the run has to end; undefined when it ended by itself. */
async function watch(run: Run, stop: AbortSignal): Promise<Error | undefined> {
  const { env, active } = run;
  const { clock, deadlines } = env;
  const started = clock.monotonic();
  let heldSince = started;
  let moved = active.moved;
  let movedAt = started;
  for (;;) {
    const now = clock.monotonic();
    if (active.moved !== moved || run.waits.any) [moved, movedAt] = [active.moved, now];
    const left = deadlines.maxRunTime - (now - started);
    const idleLeft = deadlines.stallAfter - (now - movedAt);
    if (left <= 0) return tooLong(run, deadlines.maxRunTime);
    if (idleLeft <= 0) return stalled(run, now - movedAt);
    if (!(await slept(run, Math.min(RENEW_MS, left, idleLeft), stop))) return undefined;
    const renewed = await renew(run);
    if (renewed === 'held') heldSince = clock.monotonic();
    else if (renewed !== 'unknown') return renewed;
    else if (clock.monotonic() - heldSince > LEASE_MS) return lost(run, undefined);
  }
}

async function slept(run: Run, ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await run.env.clock.sleep(ms, stop);
    return !stop.aborted;
  } catch {
    return false;
  }
}

/** `unknown`: the store did not answer, so the lease may last as long as it was given for. */
async function renew(run: Run): Promise<'held' | 'unknown' | Error> {
  const { env, lease } = run;
  try {
    const { cancelRequested } = await env.store.renewLease({
      lease,
      now: env.clock.now(),
      leaseMs: LEASE_MS,
    });
    return cancelRequested
      ? new AbortedError(`${placeOf(run)} was cancelled`, {
          context: { ...lease.ref, run: run.id, reason: 'asked' },
        })
      : 'held';
  } catch (error) {
    return error instanceof LeaseLostError ? lost(run, error) : 'unknown';
  }
}

function lost(run: Run, cause: unknown): LeaseLostError {
  return new LeaseLostError(
    `${placeOf(run)}: another process has taken the run over; nothing more is committed here`,
    {
      cause,
      context: { ...run.target.ref, run: run.id },
    },
  );
}

function tooLong(run: Run, maxRunTime: number): TimeoutError {
  return new TimeoutError(
    `${placeOf(run)} took longer than deadlines.maxRunTime (${maxRunTime} ms) and was ended. What it has committed stays; yield pages with 'resume' to let the next run go on from there`,
    { context: { ...run.target.ref, run: run.id } },
  );
}

function stalled(run: Run, idleMs: number): TimeoutError {
  const error = new TimeoutError(
    `${placeOf(run)} has shown no page and no request for ${idleMs} ms (deadlines.stallAfter) and was ended: does its 'pull' wait for something that never comes?`,
    { context: { ...run.target.ref, run: run.id } },
  );
  run.env.emit({ type: 'run.stalled', ...scope(run), idleMs });
  return error;
}
