import {
  judgePass,
  maxDeleteRatio,
  type Snapshot,
  snapshotRule,
  sweep,
  type Verdict,
} from './pass.js';
import { commitState, type Run, scope } from './run.js';
import type { PassProgress } from './stream-state.js';

/** Whether the run's full reading is a pass: it looks for deletions. */
export function isPass({ mode, target, state }: Run): boolean {
  return mode === 'full' && (snapshotRule(target.stream) !== undefined || state.sweepDue);
}

/** Opens a pass: what is stored at this moment is what it will judge. */
export async function beginPass(run: Run): Promise<void> {
  const { env, id, counts, lease, target } = run;
  // A run opens more than one pass only after an expiry, or in another process: page count and lease tell them apart.
  const pass = `${id}:${lease.token}:${counts.pages}`;
  // Opening one drops the one before: the state must not name it any more.
  if (run.state.pass) await commitState(run, { pass: null });
  await env.store.openPass({ lease, pass });
  const kind = snapshotRule(target.stream) ? 'snapshot' : 'sweep';
  await commitState(run, {
    pass: { id: pass, round: 1, start: run.start, kind, disarmed: null, met: false, stable: true },
  });
}

/** Everything is read again because the cursor has expired: what was deleted meanwhile, no delta will tell any more. */
export async function readFromStart(run: Run): Promise<void> {
  run.mode = 'full';
  if (run.cursor.kind === 'token') run.state = { ...run.state, sweepDue: true };
  if (isPass(run)) await beginPass(run);
}

/**
 * Judges the open pass after everything has been read, and acts on it. `reread`: everything is to be read once more, to confirm what is
 * missing; else the pass has ended.
 */
export async function concludePass(run: Run): Promise<'reread' | 'ended'> {
  const { pass } = run.state;
  if (!pass || run.mode !== 'full') return 'ended';
  const rule: Snapshot = snapshotRule(run.target.stream) ?? { kind: 'snapshot' };
  if (pass.disarmed !== null) {
    await giveUp(run, rule, pass);
  } else {
    const verdict = await judgePass(run, rule, pass);
    const { judged, missing } = verdict;
    if (pass.round === 1) {
      run.env.emit({ type: 'deletion.pass', ...scope(run), kind: pass.kind, judged, missing });
    }
    if (verdict.kind === 'reread') {
      await commitState(run, { pass: { ...pass, round: 2, met: false } });
      return 'reread';
    }
    if (verdict.kind === 'held') await hold(run, rule, pass, verdict);
    else await apply(run, rule, pass, verdict);
  }
  return 'ended';
}

/** The state forgets a pass before the store does, so that a pass which it names is always there to be judged. */
async function endPass(run: Run, pass: PassProgress): Promise<void> {
  await commitState(run, { pass: null });
  await run.env.store.dropPass({ ref: run.target.ref, lease: run.lease, pass: pass.id });
}

async function apply(
  run: Run,
  rule: Snapshot,
  pass: PassProgress,
  verdict: Verdict,
): Promise<void> {
  const { env } = run;
  const { judged, missing } = verdict;
  if (verdict.kind === 'sweep') {
    const by = rule.confirm ? 'confirm' : pass.round === 2 ? 'second-pass' : 'stable';
    env.emit({
      type: 'deletion.confirmed',
      ...scope(run),
      kind: pass.kind,
      judged,
      missing,
      by,
      confirmed: missing,
    });
    await sweepAway(run, pass.id, pass.kind);
  }
  await endPass(run, pass);
}

/** Deletes what a pass found missing, and tells it. */
export async function sweepAway(
  run: Run,
  pass: string,
  kind: 'snapshot' | 'sweep' | 'probe',
): Promise<void> {
  const { env, target, lease, active } = run;
  const deleted = await sweep({
    store: env.store,
    ref: target.ref,
    lease,
    pass,
    schemaVersion: target.stream.version ?? 1,
    history: target.stream.history === true,
    now: () => env.clock.now(),
    breathe: () => {
      active.guard();
      return env.breathe();
    },
  });
  run.counts = { ...run.counts, deleted: run.counts.deleted + deleted };
  env.emit({ type: 'deletion.applied', ...scope(run), kind, deleted });
}

async function hold(
  run: Run,
  rule: Snapshot,
  pass: PassProgress,
  { reason, judged, missing }: Extract<Verdict, { kind: 'held' }>,
): Promise<void> {
  const { env, lease } = run;
  await commitState(run, { pass: null });
  await env.store.holdPass({ lease, pass: pass.id });
  await commitState(run, { held: missing });
  env.emit({
    type: 'deletion.guarded',
    ...scope(run),
    kind: pass.kind,
    reason,
    judged,
    missing,
    maxDeleteRatio: maxDeleteRatio(rule),
    held: true,
  });
}

/** A pass that cannot judge deletes nothing; the next full reading begins a new one. */
async function giveUp(run: Run, rule: Snapshot, pass: PassProgress): Promise<void> {
  const { env, target } = run;
  const { judged, missing } = await env.store.countPass({ ref: target.ref, pass: pass.id });
  await endPass(run, pass);
  if (pass.disarmed === 'drift') {
    env.emit({ type: 'deletion.abandoned', ...scope(run), reason: 'drift' });
    return;
  }
  env.emit({
    type: 'deletion.guarded',
    ...scope(run),
    kind: pass.kind,
    reason: 'unreadable-key',
    judged,
    missing,
    maxDeleteRatio: maxDeleteRatio(rule),
    held: false,
  });
}
