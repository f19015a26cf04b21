import { toErrorInfo } from '../events/error-info.js';
import { closeChain } from './close-chain.js';
import { expiredPart } from './expiry.js';
import { concludePass, openPass, passRule } from './full-pass.js';
import { Reading, type ReadingReport } from './reading.js';
import { commitPosition, type Run, scope } from './run.js';
import { START } from './stream-state.js';

/**
 * The work of a run: reads the stream to its end, from further back where the API no longer accepts a page token or cursor, and looks for
 * deletions where the reading is a pass.
 */
export async function readStream(run: Run): Promise<void> {
  const report = await readToEnd(run);
  run.invalid.check();
  await conclude(run, report, report.sweeps);
}

async function readToEnd(run: Run): Promise<ReadingReport & { readonly sweeps: boolean }> {
  let sweeps = false;
  for (;;) {
    const reading = new Reading(run, await passFor(run, sweeps));
    const end = await reading.read();
    if (end.complete) return { ...end, sweeps };
    const part = expiredPart(end, run.cursor, run.mode === 'incremental' && end.asked !== null);
    if (part === undefined) throw end.error;
    if (part === 'cursor') {
      sweeps ||= run.cursor.kind === 'token';
      run.mode = 'full';
      await commitPosition(run, { position: START });
    } else {
      await commitPosition(run, { position: { ...run.position, [run.mode]: null } });
    }
    run.env.emit({ type: 'cursor.expired', ...scope(run), dropped: part, error: toErrorInfo(end.error) });
  }
}

/** A full reading of a stream that looks for deletions is a pass, unless it goes on with one that is open. */
async function passFor(run: Run, sweeps: boolean) {
  const goesOn = run.position[run.mode]?.resume != null;
  return run.mode === 'full' && !goesOn && passRule(run, sweeps) ? openPass(run) : null;
}

async function conclude(run: Run, first: ReadingReport, sweeps: boolean): Promise<void> {
  let report = first;
  for (;;) {
    const rule = passRule(run, sweeps);
    const { pass } = report.chain;
    await commitPosition(run, { position: closeChain(run, report) });
    const next = rule && pass ? await concludePass(run, rule, report) : 'ended';
    if (next === 'ended' || !pass) break;
    const end = await new Reading(run, { ...pass, round: 2 }).read();
    if (!end.complete) throw end.error;
    run.invalid.check();
    report = end;
  }
  const { state, mode, env } = run;
  const passed = mode === 'full' || state.passedAt === null;
  await commitPosition(run, {
    state: { ...state, fullDue: mode === 'full' ? false : state.fullDue, passedAt: passed ? env.clock.now() : state.passedAt },
  });
}
