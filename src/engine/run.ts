import type { JsonValue } from '../core/json.js';
import type { OrderValue } from '../core/order-value.js';
import type { Lease } from '../storage/contract.js';
import type { RunCounts, RunMode } from '../storage/runs.js';
import type { AnyStream } from '../connector/connector.js';
import type { ActiveRun } from './active-run.js';
import type { CursorSpec } from './cursor-request.js';
import type { EngineEnvironment, RunTarget } from './environment.js';
import type { InvalidShare } from './invalid-share.js';
import type { RunWaits } from './run-waits.js';
import { type Position, type StreamState, toJson } from './stream-state.js';

/** A run under way: what all its parts share. */
export interface Run {
  readonly env: EngineEnvironment;
  /** Its stream's schema comes to know the customer's own fields before anything is read. */
  target: RunTarget;
  readonly id: string;
  readonly lease: Lease;
  readonly active: ActiveRun;
  /** Requests of the run that wait for a limit. */
  readonly waits: RunWaits;
  readonly attempt: number;
  /** Becomes `full` when the cursor has expired and everything is read again. */
  mode: RunMode;
  readonly cursor: CursorSpec;
  readonly start: OrderValue | null;
  readonly invalid: InvalidShare;
  /** Other streams of the connection whose own fields were asked for. */
  readonly others: Map<string, AnyStream>;
  readonly onProgress: (progress: RunProgress) => void;
  /** As it is, or is just being committed: should that fail, the run is over. */
  state: StreamState;
  /** What the run has done, in all processes that worked on it. */
  counts: RunCounts;
  /** Requests that no commit has counted yet. */
  requests: RequestCounts;
}

/** What a run reads on its own: one partition of the stream, or all of it where it has none. */
export interface Part {
  /** The partition's key; empty where the stream has none. */
  readonly key: string;
  /** What `ctx.partition` is. */
  readonly partition: unknown;
  /** What the partition says of its last change, as it was listed for this run. */
  readonly modified: string | number | null;
  /** As last committed. */
  position: Position;
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

/** Where events of a part belong. */
export function partScope(run: Run, part: Part) {
  return part.key === '' ? scope(run) : { ...scope(run), partition: part.key };
}

/** Where a run belongs, for messages. */
export function placeOf(run: Pick<Run, 'target' | 'id'>): string {
  const { connector, connection, stream } = run.target.ref;
  return `${connector}/${connection}/${stream}, run ${run.id}`;
}

/** Commits the run's state, without records. */
export async function commitState(run: Run, changed: Partial<StreamState>): Promise<void> {
  run.state = { ...run.state, ...changed };
  await commitBare(run, []);
}

/** Commits a part's position, and the run's state with it, without records. */
export async function commitPosition(run: Run, part: Part, position: Position): Promise<void> {
  await commitBare(run, [{ partition: part.key, position: toJson(position) }]);
  part.position = position;
}

/** Commits positions by their keys; null removes one. */
export async function commitBare(
  run: Run,
  positions: readonly { readonly partition: string; readonly position: JsonValue }[],
): Promise<void> {
  const { env, target, lease, active } = run;
  active.guard();
  const counted = run.requests;
  await env.store.commit({
    ref: target.ref,
    lease,
    now: env.clock.now(),
    origin: 'pull',
    receivedAt: env.clock.now(),
    partition: '',
    schemaVersion: target.stream.version ?? 1,
    items: [],
    rejected: [],
    decide: () => 'ignore',
    counts: counted,
    state: toJson(run.state),
    positions,
  });
  uncount(run, counted);
}

/** Takes requests off that a commit has counted; others may have been sent meanwhile. */
export function uncount(run: Run, counted: RequestCounts): void {
  run.requests = {
    requests: run.requests.requests - counted.requests,
    retries: run.requests.retries - counted.retries,
  };
}

/** Counts a request that the next commit will add to the run's row. */
export function countRequest(run: Run, attempt: number): void {
  run.requests = {
    requests: run.requests.requests + 1,
    retries: run.requests.retries + (attempt > 1 ? 1 : 0),
  };
  run.active.touch();
}
