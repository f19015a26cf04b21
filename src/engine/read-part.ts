import { toErrorInfo } from '../events/error-info.js';
import type { RunMode } from '../storage/runs.js';
import { closeChain } from './close-chain.js';
import { expiredPart } from './expiry.js';
import { Reading } from './reading.js';
import { commitPosition, commitState, type Part, partScope, type Run } from './run.js';
import { type Position, roundOf, START } from './stream-state.js';

/**
 * Reads a part to its end and closes its chain: from further back where the API no longer accepts a page token or cursor. `full`: the reading became a
 * full one by that, though the run is not.
 *
 * @throws what `pull` threw, when that is not an expiry
 */
export async function readPart(
  run: Run,
  part: Part,
  modified: string | number | null,
  onFull: () => Promise<void>,
): Promise<void> {
  let mode = run.mode;
  for (;;) {
    const end = await new Reading(run, part, mode).read();
    if (end.complete) {
      const position = closeChain(run, part, mode, end);
      await commitPosition(run, part, {
        ...position,
        modified,
        passed: passedRound(run, mode, position),
      });
      return;
    }
    const expired = expiredPart(end, run.cursor, mode === 'incremental' && end.asked !== null);
    if (expired === undefined) throw end.error;
    if (expired === 'resume') {
      await commitPosition(run, part, { ...part.position, [mode]: null });
    } else {
      mode = 'full';
      await commitPosition(run, part, { ...START, full: part.position.full });
      await onFull();
    }
    const error = toErrorInfo(end.error);
    run.env.emit({ type: 'cursor.expired', ...partScope(run, part), dropped: expired, error });
  }
}

function passedRound({ state }: Run, mode: RunMode, { passed }: Position): string | null {
  return mode === 'full' && state.pass ? roundOf(state.pass) : passed;
}

/** Lets the next run read everything and look for deletions. */
export async function dueSweep(run: Run): Promise<void> {
  if (!run.state.sweepDue) await commitState(run, { sweepDue: true });
}
