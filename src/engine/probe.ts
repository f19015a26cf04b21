import { parseDuration } from '../core/duration.js';
import type { ProbeDeletions } from '../connector/deletions.js';
import { deletionRules } from './deletion-rules.js';
import { sweepAway } from './full-pass.js';
import { checkConnection, eachBatch, maxDeleteRatio } from './pass.js';
import { commitState, countRequest, type Run, scope } from './run.js';
import { openCallbacks } from './run-context.js';

type Probe = ProbeDeletions<unknown, unknown>;

/** Asks the API for each stored key whether it is still there, when that is due. */
export async function probe(run: Run): Promise<void> {
  const { target, env, state } = run;
  const rule = deletionRules(target.stream).find((one) => one.kind === 'probe');
  // A pass that goes on over runs keeps its marks: two at a time are not kept.
  if (!rule || run.state.pass || !isDue(rule, state.probedAt, env.clock.now())) return;
  // A run that another process takes over may have held one already.
  const pass = `${run.id}:${run.lease.token}:probe`;
  await env.store.openPass({ lease: run.lease, pass });
  await askAll(run, rule, pass);
  await conclude(run, rule, pass);
  await commitState(run, { probedAt: env.clock.now() });
}

function isDue({ every }: Probe, probedAt: number | null, now: number): boolean {
  return (
    every === undefined ||
    probedAt === null ||
    now - probedAt >= parseDuration(every, 'deletions.every')
  );
}

async function askAll(run: Run, rule: Probe, pass: string): Promise<void> {
  const { env, target, active, lease } = run;
  const { context } = openCallbacks(env, target, run, {
    observe: (exchange) => {
      countRequest(run, exchange.attempt);
    },
  });
  await eachBatch(run, pass, true, async (rows) => {
    const asked = rows.map((row) => row.key);
    const missing = new Set(await active.race(Promise.resolve(rule.check(context, asked))));
    const there = asked.filter((key) => !missing.has(key));
    if (there.length > 0) await env.store.markSeen({ lease, pass, keys: there });
  });
}

async function conclude(run: Run, rule: Probe, pass: string): Promise<void> {
  const { env, target, lease } = run;
  const { judged, missing } = await env.store.countPass({ ref: target.ref, pass });
  env.emit({ type: 'deletion.pass', ...scope(run), kind: 'probe', judged, missing });
  if (missing === 0) return env.store.dropPass({ ref: target.ref, lease, pass });
  if (missing / judged > maxDeleteRatio(rule)) {
    await env.store.holdPass({ lease, pass });
    await commitState(run, { held: missing });
    const guarded = {
      kind: 'probe',
      reason: 'ratio',
      judged,
      missing,
      maxDeleteRatio: maxDeleteRatio(rule),
      held: true,
    } as const;
    env.emit({ type: 'deletion.guarded', ...scope(run), ...guarded });
    return;
  }
  await checkConnection(run);
  await commitState(run, { deletedApart: run.state.deletedApart + 1 });
  await sweepAway(run, pass, 'probe');
  await env.store.dropPass({ ref: target.ref, lease, pass });
}
