import { canonicalText } from '../core/canonical-json.js';
import { AbortedError, ConfigError, LeaseLostError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { toErrorInfo } from '../events/error-info.js';
import type { Lease } from '../storage/contract.js';
import type { RunRow } from '../storage/runs.js';
import { ActiveRun } from './active-run.js';
import { keepsConfig } from './config-change.js';
import { cursorSpec, startValue } from './cursor-request.js';
import type { EngineEnvironment, RunTarget } from './environment.js';
import { endedBy } from './run-machine.js';
import { keepAlive } from './heartbeat.js';
import { InvalidShare } from './invalid-share.js';
import { introspectRun } from './introspection.js';
import { snapshotRule } from './pass.js';
import { readStream } from './read-stream.js';
import { commitBare, commitState, placeOf, type Run, type RunProgress, scope } from './run.js';
import { RunWaits } from './run-waits.js';
import type { AnyStream } from '../connector/connector.js';
import {
  hasResume,
  isRedefined,
  openPosition,
  openState,
  type PassProgress,
  roundOf,
} from './stream-state.js';

/** A run that this process has claimed. */
export interface ClaimedRun {
  readonly row: RunRow;
  readonly lease: Lease;
  /** Another process had begun it and died. */
  readonly resumed: boolean;
}

/** How many positions are dropped at a time. */
const POSITIONS = 500;

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
    await tellStart(run, claim);
    await introspectRun(run);
    await active.race(readStream(run));
  } catch (thrown) {
    error = env.redactError(thrown);
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
  const stored = await env.store.getStreamState({ ref });
  const cursor = cursorSpec(stream);
  const state = openState(stored, stream, target.connection.config);
  checkVersion(env, target, row.id, state.version);
  const config = canonicalText(target.connection.config);
  const path = `streams.${ref.stream}`;
  const { start, type } =
    cursor.kind === 'field'
      ? startValue(cursor.field, target, state.orderType, path)
      : { start: null, type: state.orderType };
  const changed =
    state.config !== config &&
    !keepsConfig(target.connector, state.config, target.connection.config);
  const sweepDue = state.sweepDue || changed;
  const invalid = new InvalidShare(stream.invalid, placeOf({ target, id: row.id }));
  const mode = cursor.kind === 'none' || sweepDue ? 'full' : row.mode;
  const run: Run = {
    ...{
      env,
      target,
      id: row.id,
      lease,
      active,
      attempt: row.attempt,
      mode,
      cursor,
      start,
      invalid,
    },
    waits: waitsOf(env, lease, () => scope(run)),
    others: new Map(),
    onProgress,
    state: {
      ...state,
      ...{ pass: stillJudged(state.pass, stream), orderType: type, config, sweepDue },
      resetTo: changed ? null : state.resetTo,
    },
    counts: row.counts,
    requests: { requests: 0, retries: 0 },
  };
  if (changed || isRedefined(stored, state)) await forgetPositions(run);
  if (changed) env.emit({ type: 'cursor.reset', ...scope(run), reason: 'config', cursor: null });
  return run;
}

/** Shows in the run's row and by events that it waits for a limit. */
function waitsOf(
  { clock, emit, store }: EngineEnvironment,
  lease: Lease,
  about: () => ReturnType<typeof scope>,
): RunWaits {
  let marked = Promise.resolve();
  // Only shown: a store that cannot keep it now is not the run's trouble.
  const mark = (waiting: boolean): void => {
    marked = marked.then(() => store.markWaiting({ lease, waiting })).catch(() => undefined);
  };
  return new RunWaits({
    clock,
    began: (until) => {
      mark(true);
      const date = until === undefined ? null : new Date(until);
      emit({ type: 'run.waiting', ...about(), until: date, suspended: false });
    },
    ended: (pausedMs) => {
      mark(false);
      emit({ type: 'run.resumed', ...about(), after: 'waiting', pausedMs });
    },
  });
}

/** A pass of a snapshot rule that is no longer declared proves nothing any more. */
function stillJudged(pass: PassProgress | null, stream: AnyStream): PassProgress | null {
  return pass?.kind === 'snapshot' && !snapshotRule(stream) ? null : pass;
}

/**
 * A process that knows an older schema than the stored one leaves the stream to those that know it.
 *
 * @throws {ConfigError}
 */
function checkVersion(
  { emit }: EngineEnvironment,
  target: RunTarget,
  run: string,
  stored: number,
): void {
  const { ref, stream, connection } = target;
  const defined = stream.version ?? 1;
  if (stored <= defined) return;
  emit({
    type: 'connection.unclaimed',
    ...ref,
    tags: connection.tags,
    reason: 'version',
    stored,
    defined,
  });
  throw new ConfigError(
    `${placeOf({ target, id: run })}: its records are stored with schema version ${stored}, and this process defines version ${defined}; deploy the newer definition here too`,
    { context: { ...ref, run, stored, defined } },
  );
}

/** Drops all cursors and chains, of every partition, and the pass and feed token that go with them. */
async function forgetPositions(run: Run): Promise<void> {
  const { env, target } = run;
  await commitState(run, { pass: null, feed: null });
  for (;;) {
    const rows = await env.store.listPositions({ ref: target.ref, limit: POSITIONS });
    if (rows.length === 0) return;
    await commitBare(
      run,
      rows.map(({ partition }) => ({ partition, position: null })),
    );
  }
}

async function tellStart(run: Run, { resumed }: ClaimedRun): Promise<void> {
  const { env, target, mode } = run;
  if (resumed) {
    env.emit({ type: 'run.resumed', ...scope(run), after: 'crash', pausedMs: 0 });
    return;
  }
  const position = openPosition(await env.store.getPosition({ ref: target.ref, partition: '' }));
  const continues = hasResume(position[mode], roundOf(run.state, mode));
  env.emit({ type: 'run.started', ...scope(run), mode, continues, cursor: position.cursor });
}

function lost(run: Run | undefined, error: LeaseLostError): RunOutcome {
  if (run) run.env.emit({ type: 'run.lost', ...scope(run), error: toErrorInfo(error) });
  return { kind: 'lost', error };
}

async function end(
  env: EngineEnvironment,
  target: RunTarget,
  claim: ClaimedRun,
  run: Run | undefined,
  error: unknown,
  durationMs: number,
): Promise<RunOutcome> {
  const cancelled = error instanceof AbortedError;
  const info = error === undefined ? null : toErrorInfo(error);
  const cursor = run ? await shownCursor(run) : null;
  let row: RunRow;
  try {
    row = await env.store.finishRun({
      run: claim.row.id,
      lease: claim.lease,
      now: env.clock.now(),
      counts: run?.requests ?? {},
      cursor,
      status: endedBy(claim.row.status, info === null ? 'complete' : cancelled ? 'cancel' : 'fail'),
      error: info,
    });
  } catch (thrown) {
    if (thrown instanceof LeaseLostError) return lost(run, thrown);
    throw thrown;
  }
  const tags = target.connection.tags;
  const about = {
    ...target.ref,
    run: row.id,
    attempt: row.attempt,
    tags,
    mode: row.mode,
    counts: row.counts,
    cursor,
    durationMs,
  };
  if (info === null) env.emit({ type: 'run.succeeded', ...about });
  else if (cancelled) env.emit({ type: 'run.cancelled', ...about, reason: cancelReason(error) });
  else env.emit({ type: 'run.failed', ...about, error: info });
  return { kind: 'ended', row, error };
}

/** The stream's committed cursor, as results show it; null with partitions. */
async function shownCursor({ env, target }: Run): Promise<JsonValue> {
  if (target.stream.partitions) return null;
  return openPosition(await env.store.getPosition({ ref: target.ref, partition: '' })).cursor;
}

/** Why a run was cancelled, as events tell it. */
export function cancelReason(error: unknown): 'asked' | 'config' | 'deleted' | 'stop' {
  const reason = error instanceof AbortedError ? error.context['reason'] : undefined;
  return reason === 'config' || reason === 'deleted' || reason === 'stop' ? reason : 'asked';
}
