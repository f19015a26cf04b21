import type { JsonValue } from '../core/json.js';
import type { OrderValue } from '../core/order-value.js';
import type { Lease } from '../storage/contract.js';
import type { RunCounts, RunMode } from '../storage/runs.js';
import type { ActiveRun } from './active-run.js';
import type { CursorSpec } from './cursor-request.js';
import type { EngineEnvironment, RunTarget } from './environment.js';
import type { InvalidShare } from './invalid-share.js';
import { type Position, type StreamState, toJson } from './stream-state.js';

/** A run under way: what all its parts share. State and position are as last committed. */
export interface Run {
  readonly env: EngineEnvironment;
  readonly target: RunTarget;
  readonly id: string;
  readonly lease: Lease;
  readonly active: ActiveRun;
  readonly attempt: number;
  readonly cursor: CursorSpec;
  readonly start: OrderValue | null;
  readonly invalid: InvalidShare;
  readonly onProgress: (progress: RunProgress) => void;
  mode: RunMode;
  state: StreamState;
  position: Position;
  /** What the run has done, in all processes that worked on it. */
  counts: RunCounts;
  /** Requests that no commit has counted yet. */
  requests: RequestCounts;
}

export interface RequestCounts {
  readonly requests: number;
  readonly retries: number;
}

/** How far a run has come, after a commit. */
export interface RunProgress {
  readonly counts: RunCounts;
  /** Records that the present reading has brought, its parts in earlier runs included. */
  readonly read: number;
  /** How many the API says there are. */
  readonly total: number | undefined;
}

/** Where events of a run belong. */
export function scope(run: Run) {
  const { target, id, attempt } = run;
  return { ...target.ref, run: id, attempt, tags: target.connection.tags };
}

/** Where a run belongs, for messages. */
export function placeOf(run: Pick<Run, 'target' | 'id'>): string {
  const { connector, connection, stream } = run.target.ref;
  return `${connector}/${connection}/${stream}, run ${run.id}`;
}

/** Commits state and position without records. */
export async function commitPosition(run: Run, changed: { readonly state?: StreamState; readonly position?: Position }): Promise<void> {
  const { env, target, lease, active } = run;
  active.guard();
  const state = changed.state ?? run.state;
  const position = changed.position ?? run.position;
  const counted = run.requests;
  await env.store.commit({
    ref: target.ref, lease, now: env.clock.now(), origin: 'pull', receivedAt: env.clock.now(), partition: '',
    schemaVersion: target.stream.version ?? 1, items: [], rejected: [], decide: () => 'ignore', counts: counted,
    state: toJson(state), positions: [{ partition: '', position: toJson(position) }],
  });
  uncount(run, counted);
  run.state = state;
  run.position = position;
}

/** Takes requests off that a commit has counted; others may have been sent meanwhile. */
export function uncount(run: Run, counted: RequestCounts): void {
  run.requests = { requests: run.requests.requests - counted.requests, retries: run.requests.retries - counted.retries };
}

