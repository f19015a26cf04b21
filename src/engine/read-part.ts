import { toErrorInfo } from '../events/error-info.js';
import type { RunMode } from '../storage/runs.js';
import { closeChain } from './close-chain.js';
import { startsEarlier } from './earlier-start.js';
import { expiredPart } from './expiry.js';
import { Reading } from './reading.js';
import { commitPosition, commitState, type Part, partScope, type Run } from './run.js';
import { type Chain, hasResume, type Position, roundOf, START } from './stream-state.js';

/**
 * Reads a part to its end and closes its chain: from further back where the API no longer accepts a page token or cursor. `onFull` is
 * called before everything is read again.
 *
 * @throws what `pull` threw, when that is not an expiry
 */
export async function readPart(
  run: Run,
  part: Part,
  onFull: () => Promise<void>,
  mode = run.mode,
): Promise<void> {
  await readToEnd(run, part, onFull, mode);
  let goesOn = run.mode === 'incremental';
  while (goesOn && startsEarlier(run, part.position)) goesOn = await readEarlier(run, part);
}

async function readToEnd(
  run: Run,
  part: Part,
  onFull: () => Promise<void>,
  first: RunMode,
): Promise<void> {
  let mode = first;
  for (;;) {
    const end = await new Reading(run, part, mode).read();
    if (end.complete) {
      const position = closeChain(run, part, mode, end);
      await commitPosition(run, part, {
        ...position,
        modified: modifiedBefore(run, part, mode, end.chain),
        passed: passedRound(run, mode, position),
      });
      return;
    }
    const expired = expiredPart(end, run.cursor, mode === 'incremental' && end.asked !== null);
    if (expired === undefined) throw end.error;
    // A first listing by token must not just begin again: what it stored before may be gone by now.
    const isFirst = run.cursor.kind === 'token' && part.position.cursor === null;
    if (expired === 'resume' && !isFirst) {
      await commitPosition(run, part, { ...part.position, [mode]: null, validators: [] });
    } else {
      mode = 'full';
      // First what is due, then the cursor: a crash in between must not leave a reading that looks for no deletions.
      await onFull();
      await commitPosition(run, part, START);
    }
    tellExpired(run, part, expired, end.error);
  }
}

/** What the partition said of its last change before all was read that its committed cursor stands for. */
function modifiedBefore(
  { cursor }: Run,
  { position }: Part,
  mode: RunMode,
  { drifted, from, modified }: Chain,
): Position['modified'] {
  // A full listing names nothing that is gone: the changes since the committed token are still to be asked for.
  if (cursor.kind === 'token' && mode === 'full' && from !== null) return position.modified;
  // What the list has moved past the reading comes with the next one.
  return drifted ? null : modified;
}

/**
 * Reads what lies before the old `start`. Its page token may expire, too: it is begun again then. False when the list moved meanwhile: it is
 * read again in the next run.
 */
async function readEarlier(run: Run, part: Part): Promise<boolean> {
  const begins = !hasResume(part.position.earlier, null);
  if (begins) {
    const cursor = run.start;
    run.env.emit({ type: 'cursor.reset', ...partScope(run, part), reason: 'start', cursor });
  }
  const end = await new Reading(run, part, 'earlier').read();
  if (end.complete) {
    await commitPosition(run, part, closeChain(run, part, 'earlier', end));
    return !end.chain.drifted;
  }
  if (expiredPart(end, run.cursor, false) !== 'resume') throw end.error;
  await commitPosition(run, part, { ...part.position, earlier: null });
  tellExpired(run, part, 'resume', end.error);
  return true;
}

function tellExpired(run: Run, part: Part, dropped: 'resume' | 'cursor', thrown: unknown): void {
  const error = toErrorInfo(thrown);
  run.env.emit({ type: 'cursor.expired', ...partScope(run, part), dropped, error });
}

function passedRound({ state }: Run, mode: RunMode, { passed }: Position): string | null {
  return roundOf(state, mode) ?? passed;
}

/** Lets the next run read everything and look for deletions. A pass that is open may have seen what is gone by now. */
export async function dueSweep(run: Run): Promise<void> {
  if (!run.state.sweepDue || run.state.pass) await commitState(run, { sweepDue: true, pass: null });
}
