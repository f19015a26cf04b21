import { canonicalText } from '../core/canonical-json.js';
import { AbortedError, LeaseLostError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import { toErrorInfo } from '../events/error-info.js';
import type { Lease } from '../storage/contract.js';
import type { RunRow } from '../storage/runs.js';
import { ActiveRun } from './active-run.js';
import { cursorSpec, startValue } from './cursor-request.js';
import type { EngineEnvironment, RunTarget } from './environment.js';
import { keepAlive } from './heartbeat.js';
import { InvalidShare } from './invalid-share.js';
import { readStream } from './read-stream.js';
import { commitPosition, placeOf, type Run, type RunProgress, scope } from './run.js';
import { openPosition, openState, START } from './stream-state.js';

/** A run that this process has claimed. */
export interface ClaimedRun {
  readonly row: RunRow;
  readonly lease: Lease;
  /** Another process had begun it and died. */
  readonly resumed: boolean;
}

/** How a run ended here. `lost`: another process executes it now, and its row tells how it ends. */
export type RunOutcome =
  | { readonly kind: 'ended'; readonly row: RunRow; readonly error: unknown }
  | { readonly kind: 'lost'; readonly error: LeaseLostError };

/** Executes a claimed run to its end. Rejects only when the store fails; the run's own failure is an outcome. */
export async function executeRun(
  env: EngineEnvironment,
  target: RunTarget,
  claim: ClaimedRun,
  active: ActiveRun,
  onProgress: (progress: RunProgress) => void,
): Promise<RunOutcome> {
  const stop = new AbortController();
  const started = env.clock.monotonic();
  let run: Run | undefined;
  let error: unknown;
  try {
    run = await openRun(env, target, claim, active, onProgress);
    void keepAlive(run, stop.signal);
    tellStart(run, claim);
    await active.race(readStream(run));
  } catch (thrown) {
    error = thrown;
  }
  stop.abort();
  active.end(new AbortedError(`${placeOf({ target, id: claim.row.id })} has ended`));
  if (error instanceof LeaseLostError) return lost(run, error);
  return end(env, target, claim, run, error, env.clock.monotonic() - started);
}

async function openRun(
  env: EngineEnvironment,
  target: RunTarget,
  { row, lease }: ClaimedRun,
  active: ActiveRun,
  onProgress: (progress: RunProgress) => void,
): Promise<Run> {
  const { ref, stream } = target;
  const [storedState, storedPosition] = await Promise.all([
    env.store.getStreamState({ ref }),
    env.store.getPosition({ ref, partition: '' }),
  ]);
  const cursor = cursorSpec(stream);
  const state = openState(storedState, stream, target.connection.config);
  const started = cursor.kind === 'field'
    ? startValue(cursor.field, target, state.orderType, `streams.${ref.stream}`)
    : { start: null, type: state.orderType };
  const redefined = isObject(storedState) && storedState['definition'] !== state.definition;
  const run: Run = {
    env, target, id: row.id, lease, active, attempt: row.attempt, cursor, start: started.start, onProgress,
    invalid: new InvalidShare(stream.invalid, `${ref.connector}/${ref.connection}/${ref.stream}, run ${row.id}`),
    mode: cursor.kind === 'none' ? 'full' : row.mode,
    state: { ...state, orderType: started.type },
    position: redefined ? START : openPosition(storedPosition),
    counts: row.counts,
    requests: { requests: 0, retries: 0 },
  };
  await followConfig(run);
  return run;
}

/** What was read under another config says nothing about this one: everything is read again, and deletions are looked for. */
async function followConfig(run: Run): Promise<void> {
  const { target, state, env } = run;
  const config = canonicalText(target.connection.config);
  if (state.config !== config) {
    const keep = target.connector.configChanged?.(JSON.parse(state.config), target.connection.config) === 'keep';
    await commitPosition(run, {
      state: { ...state, config, fullDue: state.fullDue || !keep },
      ...(keep ? {} : { position: START }),
    });
    if (!keep) env.emit({ type: 'cursor.reset', ...scope(run), reason: 'config', cursor: null });
  }
  if (run.state.fullDue) run.mode = 'full';
}

function tellStart(run: Run, { row, resumed }: ClaimedRun): void {
  const { env, position, mode } = run;
  if (resumed) {
    env.emit({ type: 'run.resumed', ...scope(run), after: 'crash', pausedMs: 0 });
    return;
  }
  env.emit({ type: 'run.started', ...scope(run), mode: row.mode, cursor: position.cursor, continues: position[mode]?.resume != null });
}

function lost(run: Run | undefined, error: LeaseLostError): RunOutcome {
  if (run) run.env.emit({ type: 'run.lost', ...scope(run), error: toErrorInfo(error) });
  return { kind: 'lost', error };
}

async function end(env: EngineEnvironment, target: RunTarget, claim: ClaimedRun, run: Run | undefined, error: unknown, durationMs: number): Promise<RunOutcome> {
  const cancelled = error instanceof AbortedError;
  const info = error === undefined ? null : toErrorInfo(error);
  const cursor = run?.position.cursor ?? null;
  let row: RunRow;
  try {
    row = await env.store.finishRun({
      run: claim.row.id, lease: claim.lease, now: env.clock.now(), counts: run?.requests ?? {}, cursor,
      status: info === null ? 'succeeded' : cancelled ? 'cancelled' : 'failed',
      error: info,
    });
  } catch (thrown) {
    if (thrown instanceof LeaseLostError) return lost(run, thrown);
    throw thrown;
  }
  const tags = target.connection.tags;
  const about = { ...target.ref, run: row.id, attempt: row.attempt, tags, mode: row.mode, counts: row.counts, cursor, durationMs };
  if (info === null) env.emit({ type: 'run.succeeded', ...about });
  else if (cancelled) env.emit({ type: 'run.cancelled', ...about, reason: cancelReason(error) });
  else env.emit({ type: 'run.failed', ...about, error: info });
  return { kind: 'ended', row, error };
}

function cancelReason({ context }: AbortedError): 'asked' | 'config' | 'deleted' | 'stop' {
  const { reason } = context;
  return reason === 'config' || reason === 'deleted' || reason === 'stop' ? reason : 'asked';
}
