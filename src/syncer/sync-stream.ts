import { type Duration, parseDuration } from '../core/duration.js';
import { AbortedError, ConfigError } from '../core/errors.js';
import type { AnyStream } from '../connector/connector.js';
import { keepsConfig } from '../engine/config-change.js';
import { snapshotRule } from '../engine/pass.js';
import { openState } from '../engine/stream-state.js';
import type { ConnectionRow } from '../storage/connections.js';
import { shownStatus } from './connection-status.js';
import type { StreamRef } from '../storage/contract.js';
import type { RunMode } from '../storage/runs.js';
import type { Progress } from './progress.js';
import { needsReauth } from './reauth.js';
import type { EndedRun, RunCoordinator } from './run-coordinator.js';
import { type RunResult, toRunResult } from './run-result.js';
import type { Services } from './services.js';

export interface SyncOptions {
  /**
   * `'full'` reads everything. Default: `'incremental'`; but a stream without a cursor reads everything each time, and so does one whose
   * `deletions` of kind snapshot are due.
   */
  readonly mode?: RunMode;
  /** Called after each commit. What it throws or returns harms nothing. */
  readonly onProgress?: (progress: Progress) => unknown;
  /** Ends the waiting; the run too, if nobody else waits for it. */
  readonly signal?: AbortSignal;
  /** Ends the waiting after so long: resolves with the run as it is then, while it goes on. */
  readonly deadline?: Duration;
  /** False: a failed run is returned instead of thrown. Default true. */
  readonly throws?: boolean;
}

/** Runs a stream here, or joins the run that is on; see `StreamHandle.sync`. */
export class StreamSync {
  readonly #services: Services;
  readonly #runs: RunCoordinator;
  readonly #newId: () => string;
  /** How many callers wait for a run. */
  readonly #waiting = new Map<string, number>();

  constructor(services: Services, runs: RunCoordinator, newId: () => string) {
    this.#services = services;
    this.#runs = runs;
    this.#newId = newId;
  }

  async sync(ref: StreamRef, options: SyncOptions): Promise<RunResult> {
    const { signal, deadline, onProgress, throws = true } = options;
    const deadlineMs = deadline === undefined ? undefined : parseDuration(deadline, 'deadline');
    if (signal?.aborted) throw left(ref, signal);
    checkMode(options.mode);
    const connection = await this.#services.connection(ref.connector, ref.connection);
    checkRuns(connection, ref);
    const { tags } = connection;
    const mode = await this.#mode(ref, options.mode, connection.config);
    const { run: row, joined } = await this.#runs.request(ref, mode, this.#newId(), tags);
    const driven = this.#runs.drive(row, tags);
    if (onProgress) driven.listeners.add(onProgress);
    this.#count(row.id, 1);
    try {
      const ended = await this.#wait(ref, driven.done, signal, deadlineMs);
      if (!ended) return await this.#live(row.id, ref);
      const result = toRunResult(ended.row, ended.error);
      if (throws && result.error && result.status !== 'succeeded') throw result.error;
      return result;
    } finally {
      if (onProgress) driven.listeners.delete(onProgress);
      const alone = this.#count(row.id, -1) === 0;
      // Who has joined only stops waiting; who has started the run ends it, unless others wait for it too.
      if (alone && !joined && signal?.aborted) driven.cancel(left(ref, signal));
    }
  }

  /** Which mode is due when none is asked for. */
  async #mode(
    ref: StreamRef,
    asked: RunMode | undefined,
    config: Parameters<typeof openState>[2],
  ): Promise<RunMode> {
    const stream = this.#services.registry.stream(ref.connector, ref.stream);
    if (stream.cursor === undefined || asked === 'full') return 'full';
    const { store, clock } = await this.#services.environment();
    const state = openState(await store.getStreamState({ ref }), stream, config);
    const connector = this.#services.registry.definition(ref.connector);
    if (state.sweepDue || !keepsConfig(connector, state.config, config)) return 'full';
    const isDue = fullReadingEvery(stream).some(
      (every) => state.fullAt !== null && clock.now() - state.fullAt >= every,
    );
    return asked ?? (isDue ? 'full' : 'incremental');
  }

  /** The run's end; undefined when the deadline came first. */
  async #wait(
    ref: StreamRef,
    done: Promise<EndedRun>,
    signal: AbortSignal | undefined,
    deadlineMs: number | undefined,
  ): Promise<EndedRun | undefined> {
    const over = new AbortController();
    const early: Promise<undefined>[] = [];
    if (signal) early.push(aborted(signal, over.signal));
    if (deadlineMs !== undefined) {
      const asleep = this.#services.settings.clock.sleep(deadlineMs, over.signal);
      early.push(
        asleep.then(
          () => undefined,
          () => undefined,
        ),
      );
    }
    try {
      const first = await Promise.race([done, ...early]);
      if (first === undefined && signal?.aborted) throw left(ref, signal);
      return first;
    } finally {
      over.abort();
    }
  }

  async #live(id: string, ref: StreamRef): Promise<RunResult> {
    const row = await (await this.#services.store()).getRun({ run: id });
    if (row) return toRunResult(row);
    throw new AbortedError(`run ${id} is gone: its connection was deleted`, {
      context: { ...ref, run: id },
    });
  }

  #count(run: string, by: 1 | -1): number {
    const count = (this.#waiting.get(run) ?? 0) + by;
    if (count === 0) this.#waiting.delete(run);
    else this.#waiting.set(run, count);
    return count;
  }
}

/** Resolves when the signal aborts, or when nobody waits for it any more. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    // A signal of its own: many callers may share the app's.
    const either = AbortSignal.any([signal, over]);
    const done = (): void => {
      resolve(undefined);
    };
    if (either.aborted) done();
    either.addEventListener('abort', done, { once: true });
  });
}

function checkMode(mode: unknown): void {
  if (mode === undefined || mode === 'full' || mode === 'incremental') return;
  throw new ConfigError(`mode: expected 'incremental' or 'full', found ${JSON.stringify(mode)}`, {
    context: { path: 'mode' },
  });
}

/** @throws {AuthError}, {AbortedError} when nothing of the connection may run */
function checkRuns(connection: ConnectionRow, ref: StreamRef): void {
  const { status, connector, id } = connection;
  if (status === 'needs_reauth') throw needsReauth(connection);
  if (shownStatus(status) === 'paused') {
    throw new AbortedError(`${connector}/${id} is paused; connections.resume() lets it run again`, {
      context: { ...ref },
    });
  }
}

function left({ connector, connection, stream }: StreamRef, signal: AbortSignal): AbortedError {
  return new AbortedError(
    `${connector}/${connection}/${stream}: sync() was aborted by its signal`,
    { cause: signal.reason, context: { connector, connection, stream } },
  );
}

/** How often a stream wants to be read in full, in milliseconds. */
function fullReadingEvery(stream: AnyStream): readonly number[] {
  const snapshot = snapshotRule(stream)?.every;
  return [
    ...(stream.full ? [parseDuration(stream.full.every, 'full.every')] : []),
    ...(snapshot === undefined ? [] : [parseDuration(snapshot, 'deletions.every')]),
  ];
}
