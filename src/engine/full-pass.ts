import { judgePass, maxDeleteRatio, type Snapshot, snapshotRule, sweep, type Verdict } from './pass.js';
import type { ReadingReport } from './reading.js';
import { type Run, scope } from './run.js';
import type { PassProgress } from './stream-state.js';

/** Why a full reading is a pass. */
export type PassKind = 'snapshot' | 'sweep';

/** The rule that a full reading judges deletions by: the stream's snapshot, or, after an expired token, the defaults whatever the stream declares. */
export function passRule(run: Run, sweeps: boolean): { readonly rule: Snapshot; readonly kind: PassKind } | undefined {
  const rule = snapshotRule(run.target.stream);
  if (rule) return { rule, kind: 'snapshot' };
  return sweeps ? { rule: { kind: 'snapshot' }, kind: 'sweep' } : undefined;
}

/** Opens a pass: what is stored at this moment is what it will judge. */
export async function openPass(run: Run): Promise<PassProgress> {
  const { env, target, id, counts } = run;
  // A run opens more than one pass only after an expiry or with a later part: its page count tells them apart.
  const pass = `${id}:${counts.pages}:${env.clock.now()}`;
  await env.store.openPass({ lease: run.lease, pass });
  return { id: pass, round: 1, disarmed: null };
}

/**
 * Judges a pass after a complete reading and acts on it. `reread`: everything is to be read once more, to confirm what is missing; else the pass
 * has ended.
 */
export async function concludePass(run: Run, { rule, kind }: { readonly rule: Snapshot; readonly kind: PassKind }, report: ReadingReport): Promise<'reread' | 'ended'> {
  const pass = report.chain.pass;
  if (!pass) return 'ended';
  if (pass.disarmed !== null) {
    await giveUp(run, rule, kind, pass);
    return 'ended';
  }
  const verdict = await judgePass(run, rule, { pass: pass.id, round: pass.round, read: report.chain.read, paging: report.paging });
  if (pass.round === 1) tell(run, 'deletion.pass', kind, verdict);
  if (verdict.kind === 'reread') return 'reread';
  if (verdict.kind === 'held') await hold(run, rule, kind, pass, verdict);
  else await apply(run, rule, kind, pass, verdict);
  return 'ended';
}

async function apply(run: Run, rule: Snapshot, kind: PassKind, pass: PassProgress, verdict: Verdict): Promise<void> {
  const { env, target, lease, active } = run;
  const { judged, missing } = verdict;
  if (verdict.kind === 'sweep') {
    const by = rule.confirm ? 'confirm' : pass.round === 2 ? 'second-pass' : 'stable';
    env.emit({ type: 'deletion.confirmed', ...scope(run), kind, judged, missing, by, confirmed: missing });
    const deleted = await sweep({
      store: env.store, ref: target.ref, lease, pass: pass.id, schemaVersion: target.stream.version ?? 1,
      now: () => env.clock.now(),
      breathe: () => { active.guard(); return env.host.breathe(); },
    });
    run.counts = { ...run.counts, deleted: run.counts.deleted + deleted };
    env.emit({ type: 'deletion.applied', ...scope(run), kind, deleted });
  }
  await env.store.dropPass({ ref: target.ref, lease, pass: pass.id });
}

async function hold(run: Run, rule: Snapshot, kind: PassKind, pass: PassProgress, verdict: Extract<Verdict, { kind: 'held' }>): Promise<void> {
  const { env, lease } = run;
  await env.store.holdPass({ lease, pass: pass.id });
  const { reason, judged, missing } = verdict;
  env.emit({ type: 'deletion.guarded', ...scope(run), kind, reason, judged, missing, maxDeleteRatio: maxDeleteRatio(rule), held: true });
}

/** A pass that cannot judge deletes nothing; the next full reading begins a new one. */
async function giveUp(run: Run, rule: Snapshot, kind: PassKind, pass: PassProgress): Promise<void> {
  const { env, target, lease } = run;
  const { judged, missing } = await env.store.countPass({ ref: target.ref, pass: pass.id });
  await env.store.dropPass({ ref: target.ref, lease, pass: pass.id });
  if (pass.disarmed === 'drift') env.emit({ type: 'deletion.abandoned', ...scope(run), reason: 'drift' });
  else env.emit({ type: 'deletion.guarded', ...scope(run), kind, reason: 'unreadable-key', judged, missing, maxDeleteRatio: maxDeleteRatio(rule), held: false });
}

function tell(run: Run, type: 'deletion.pass', kind: PassKind, { judged, missing }: Verdict): void {
  run.env.emit({ type, ...scope(run), kind, judged, missing });
}
