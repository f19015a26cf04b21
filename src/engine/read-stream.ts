import { parseDuration } from '../core/duration.js';
import { readFeed } from './deletion-feed.js';
import { beginPass, concludePass, isPass, readFromStart } from './full-pass.js';
import { readPart } from './read-part.js';
import { PartitionsError, readPartitions } from './partitions.js';
import { probe } from './probe.js';
import { commitState, type Part, type Run } from './run.js';
import { hasResume, openPosition, roundOf } from './stream-state.js';

/**
 * The work of a run: deletions that the API tells first, then the stream to its end, all partitions of it, then the deletions that have to be looked for.
 */
export async function readStream(run: Run): Promise<void> {
  const unreadable = await readFeed(run);
  await readOrProbe(run);
  const judges = run.mode === 'full' && run.state.pass !== null;
  run.invalid.check();
  while (run.state.pass && (await concludePass(run)) === 'reread') {
    await readAll(run);
    run.invalid.check();
  }
  await probe(run);
  const first = run.state.fullAt === null;
  // A partition that expired in a run without a pass leaves the sweep to the next one.
  const sweepDue = run.state.sweepDue && !judges;
  if (run.mode === 'full')
    await commitState(run, { sweepDue, round: null, fullAt: run.env.clock.now() });
  else if (first) await commitState(run, { fullAt: run.env.clock.now() });
  if (unreadable) throw unreadable;
}

/** A partition that fails for good must not keep the others' records from being probed. */
async function readOrProbe(run: Run): Promise<void> {
  try {
    await readAll(run);
  } catch (error) {
    if (error instanceof PartitionsError) await probe(run);
    throw error;
  }
}

async function readAll(run: Run): Promise<void> {
  if (run.target.stream.partitions) {
    if (isPass(run) && !run.state.pass) await beginPass(run);
    else if (run.mode === 'full') await openRound(run);
    await readPartitions(run);
    return;
  }
  const position = await storedPosition(run);
  const part: Part = { key: '', partition: undefined, modified: null, position };
  if (await beginsAgain(run, part)) {
    run.mode = 'full';
    run.state = { ...run.state, sweepDue: true };
  }
  // Without a token to go on from, everything is read from the beginning, and what an earlier attempt has met proves nothing.
  const goesOn =
    hasResume(part.position.full, roundOf(run.state, 'full')) || run.state.pass?.round === 2;
  if (isPass(run) && !(run.state.pass && goesOn)) await beginPass(run);
  await readPart(run, part, () => readFromStart(run));
}

/**
 * A full reading that is due in every so often goes on over runs: while a partition fails for good, the others are not read in full again in each
 * of them, but when it is due the next time.
 */
async function openRound(run: Run): Promise<void> {
  const { full } = run.target.stream;
  const { round } = run.state;
  const now = run.env.clock.now();
  if (full === undefined) {
    if (round !== null) await commitState(run, { round: null });
    return;
  }
  if (round !== null && now - round.beganAt < parseDuration(full.every, 'full.every')) return;
  await commitState(run, { round: { id: run.id, beganAt: now } });
}

/** A first listing by token that begins again: what it stored before may be gone by now, and no delta will tell. */
async function beginsAgain({ env, target, cursor, mode, state }: Run, { position }: Part) {
  if (cursor.kind !== 'token' || position.cursor !== null || state.sweepDue) return false;
  if (hasResume(position[mode], roundOf(state, mode))) return false;
  return (await env.store.countRecords({ ref: target.ref })) > 0;
}

async function storedPosition({ env, target }: Run) {
  return openPosition(await env.store.getPosition({ ref: target.ref, partition: '' }));
}
