import PQueue from 'p-queue';
import { AbortedError, AuthError, LeaseLostError } from '../core/errors.js';
import { ActiveRun } from '../engine/active-run.js';
import type { RunTarget } from '../engine/environment.js';
import { type ClaimedRun, executeRun } from '../engine/execute-run.js';
import { LEASE_MS } from '../engine/heartbeat.js';
import { endedBy } from '../engine/run-machine.js';
import type { EventInput } from '../events/event-map.js';
import { toErrorInfo } from '../events/error-info.js';
import type { StreamRef } from '../storage/contract.js';
import type { RunMode, RunRow } from '../storage/runs.js';
import { ensureChecked } from './check-connection.js';
import { type Progress, ProgressMeter } from './progress.js';
import type { Services } from './services.js';

/** How a run ended, in whichever process. */
export interface EndedRun {
  readonly row: RunRow;
  readonly error?: unknown;
}

/** A run that was asked for. */
export interface RequestedRun {
  readonly run: RunRow;
  /** It was there already. */
  readonly joined: boolean;
}

/** A run that this process sees to its end: by executing it, or by waiting for the process that does. */
interface Driven {
  readonly done: Promise<EndedRun>;
  /** Ends the waiting, and the run if it is executed here. */
  readonly cancel: (reason: AbortedError) => void;
  readonly listeners: Set<(progress: Progress) => unknown>;
}

/** How often the row of another process's run is looked at. */
const POLL_MS = 500;

/** Brings runs to their end: one at a time for each stream over all processes, and so many at a time in this one. */
export class RunCoordinator {
  readonly #services: Services;
  readonly #slots: PQueue;
  readonly #driven = new Map<string, Driven>();
  readonly #owner: string;

  /** @param owner tells this process apart in leases */
  constructor(services: Services, owner: string) {
    this.#services = services;
    this.#owner = owner;
    this.#slots = new PQueue({ concurrency: services.settings.concurrency.runs });
  }

  /** Queues a run, or joins the one that reads at least as much. */
  async request(ref: StreamRef, mode: RunMode, id: string): Promise<RequestedRun> {
    const { store, clock, emit } = await this.#services.environment();
    const { run, joined } = await store.requestRun({ ref, mode, id, now: clock.now() });
    if (!joined) emit({ type: 'run.queued', ...ref, run: run.id, mode });
    return { run, joined };
  }

  /** Sees a run to its end. Whoever asks for a run that is seen to already joins. */
  drive(row: RunRow): Driven {
    const known = this.#driven.get(row.id);
    if (known) return known;
    const stop = new ActiveRun(nameOf(row));
    const listeners = new Set<(progress: Progress) => unknown>();
    const done = this.#toEnd(row, stop, listeners).finally(() => this.#driven.delete(row.id));
    // Waiters get its rejection; nobody may be waiting.
    done.catch(() => undefined);
    const driven: Driven = {
      done,
      listeners,
      cancel: (reason) => {
        stop.end(reason);
      },
    };
    this.#driven.set(row.id, driven);
    return driven;
  }

  /** Ends runs that are seen to here. */
  cancel(ids: readonly string[], reason: AbortedError): void {
    for (const id of ids) this.#driven.get(id)?.cancel(reason);
  }

  cancelAll(reason: AbortedError): void {
    this.cancel([...this.#driven.keys()], reason);
  }

  /** Resolves when no run is seen to any more. */
  async idle(): Promise<void> {
    while (this.#driven.size > 0) {
      await Promise.allSettled([...this.#driven.values()].map((driven) => driven.done));
    }
  }

  async #toEnd(row: RunRow, stop: ActiveRun, listeners: Listeners): Promise<EndedRun> {
    try {
      for (;;) {
        const next = await this.#slots.add(() => this.#attempt(row, stop, listeners));
        if (next.kind === 'ended') return next;
        await this.#wait(row, next, stop);
      }
    } catch (error) {
      if (stop.reason) await this.#giveUp(row, stop.reason);
      throw error;
    }
  }

  /** One try to execute the run: its end, or what has to come first. */
  async #attempt(row: RunRow, stop: ActiveRun, listeners: Listeners): Promise<Attempt> {
    const { store, clock } = await this.#services.environment();
    stop.guard();
    const now = clock.now();
    const claim = await store.claimRun({ run: row.id, owner: this.#owner, now, leaseMs: LEASE_MS });
    switch (claim.kind) {
      case 'missing':
        throw new AbortedError(`${nameOf(row)} is gone: its connection was deleted`, {
          context: { ...row.ref, run: row.id },
        });
      case 'ended':
        return { kind: 'ended', row: claim.run };
      case 'busy':
        return { kind: 'busy', holder: claim.holder, leaseUntil: claim.leaseUntil };
      case 'claimed':
        return this.#execute(
          { row: claim.run, lease: claim.lease, resumed: claim.resumed },
          stop,
          listeners,
        );
    }
  }

  async #execute(claimed: ClaimedRun, stop: ActiveRun, listeners: Listeners): Promise<Attempt> {
    const { row } = claimed;
    const env = await this.#services.environment();
    const active = new ActiveRun(nameOf(row));
    const off = stop.onEnd(() => {
      active.end(stop.reason ?? new AbortedError(`${nameOf(row)} was cancelled`));
    });
    try {
      const target = await this.#prepare(row, active);
      const meter = new ProgressMeter(env.clock, { id: row.id, stream: row.ref.stream });
      const outcome = await executeRun(env, target, claimed, active, (progress) => {
        const measured = meter.measure(progress);
        for (const listener of listeners) this.#tell(listener, measured);
        if (meter.isDue()) env.emit(progressEvent(row, measured));
      });
      return outcome.kind === 'ended' ? outcome : { kind: 'lost' };
    } catch (error) {
      if (error instanceof LeaseLostError) return { kind: 'lost' };
      return await this.#failed(claimed, error);
    } finally {
      off();
      active.end(new AbortedError(`${nameOf(row)} has ended`));
    }
  }

  async #prepare(row: RunRow, active: ActiveRun): Promise<RunTarget> {
    active.guard();
    const target = await this.#services.target(row.ref);
    const { status, connector, id } = target.connection;
    if (status === 'needs_reauth') {
      throw new AuthError(
        `${connector}/${id} needs new credentials: the API refused the present ones. Give them with connections.update()`,
        { context: { ...row.ref } },
      );
    }
    if (status === 'paused') {
      throw new AbortedError(
        `${connector}/${id} is paused; connections.resume() lets it run again`,
        {
          context: { ...row.ref },
        },
      );
    }
    return active.race(ensureChecked(this.#services, target, active.signal));
  }

  /** A run that could not even begin. */
  async #failed({ row, lease }: ClaimedRun, error: unknown): Promise<Attempt> {
    const { store, clock, emit } = await this.#services.environment();
    const info = toErrorInfo(error);
    const cancelled = error instanceof AbortedError;
    const ended = await store.finishRun({
      run: row.id,
      lease,
      now: clock.now(),
      counts: {},
      cursor: row.cursor,
      error: info,
      status: endedBy(row.status, cancelled ? 'cancel' : 'fail'),
    });
    const { mode, attempt } = row;
    const { counts, cursor } = ended;
    const about = {
      ...row.ref,
      run: row.id,
      attempt,
      mode,
      counts,
      cursor,
      durationMs: 0,
      error: info,
    };
    if (cancelled) emit({ type: 'run.cancelled', ...about, reason: 'asked' });
    else emit({ type: 'run.failed', ...about });
    return { kind: 'ended', row: ended, error };
  }

  /** A run that was cancelled before it began: nobody is to find it in the queue. */
  async #giveUp(row: RunRow, reason: Error): Promise<void> {
    try {
      const { store, clock } = await this.#services.environment();
      const error = toErrorInfo(reason);
      const now = clock.now();
      await store.finishRun({
        run: row.id,
        lease: null,
        status: 'cancelled',
        now,
        counts: {},
        cursor: null,
        error,
      });
    } catch {
      // Another process has claimed it meanwhile, and sees to it.
    }
  }

  /** Until the run that holds the stream has ended, or may be taken over. */
  async #wait(
    row: RunRow,
    attempt: Exclude<Attempt, { kind: 'ended' }>,
    stop: ActiveRun,
  ): Promise<void> {
    const { clock } = this.#services.settings;
    stop.guard();
    if (attempt.kind === 'lost') return;
    const { holder, leaseUntil } = attempt;
    const held = leaseUntil === null ? 0 : leaseUntil - clock.now();
    // A run that was joined is seen to here, but executed by whoever holds it: to wait for itself would never end.
    if (holder.id === row.id || (held > 0 && !this.#driven.has(holder.id))) {
      return clock.sleep(Math.min(POLL_MS, Math.max(1, held)), stop.signal);
    }
    // Nobody may be left to execute a run that comes before this one.
    const before = this.drive(holder).done;
    await stop.race(
      before.then(
        () => undefined,
        () => undefined,
      ),
    );
  }

  #tell(listener: (progress: Progress) => unknown, progress: Progress): void {
    try {
      // A listener may return a promise; nobody waits for it.
      const returned = listener(progress);
      Promise.resolve(returned).catch(() => undefined);
    } catch {
      // A listener's failure is not the run's.
    }
  }
}

type Listeners = ReadonlySet<(progress: Progress) => unknown>;

/** What one try to execute a run came to. */
type Attempt =
  | ({ readonly kind: 'ended' } & EndedRun)
  /** Another run holds the stream, or comes before this one. */
  | { readonly kind: 'busy'; readonly holder: RunRow; readonly leaseUntil: number | null }
  /** Another process has taken the run over. */
  | { readonly kind: 'lost' };

function progressEvent(row: RunRow, progress: Progress): EventInput<'run.progress'> {
  const { counts, total = null, recordsPerSecond, remainingMs = null } = progress;
  const { ref, id, mode, attempt } = row;
  return {
    type: 'run.progress',
    ...ref,
    run: id,
    attempt,
    mode,
    counts,
    total,
    recordsPerSecond,
    remainingMs,
  };
}

function nameOf({ id, ref }: RunRow): string {
  return `${ref.connector}/${ref.connection}/${ref.stream}, run ${id}`;
}
