import PQueue from 'p-queue';
import { AbortedError, LeaseLostError } from '../core/errors.js';
import { ActiveRun } from '../engine/active-run.js';
import type { RunTarget } from '../engine/environment.js';
import { cancelReason, type ClaimedRun, executeRun } from '../engine/execute-run.js';
import { LEASE_MS } from '../engine/heartbeat.js';
import { endedBy, isEnded } from '../engine/run-machine.js';
import type { EventInput } from '../events/event-map.js';
import { toErrorInfo } from '../events/error-info.js';
import type { StreamRef } from '../storage/contract.js';
import type { RunMode, RunRow } from '../storage/runs.js';
import { isRefused } from './connection-status.js';
import { ensureChecked } from './check-connection.js';
import { type Progress, ProgressMeter } from './progress.js';
import { needsReauth } from './reauth.js';
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
  /** Why no more runs are taken. */
  #stopping: AbortedError | undefined;
  /** Why every run is cancelled. */
  #cancelled: AbortedError | undefined;

  /** @param owner tells this process apart in leases */
  constructor(services: Services, owner: string) {
    this.#services = services;
    this.#owner = owner;
    this.#slots = new PQueue({ concurrency: services.settings.concurrency.runs });
  }

  /** Queues a run, or joins the one that reads at least as much. */
  async request(ref: StreamRef, mode: RunMode, id: string, tags: Tags): Promise<RequestedRun> {
    if (this.#stopping) throw this.#stopping;
    const { store, clock, emit } = await this.#services.environment();
    const { run, joined } = await store.requestRun({ ref, mode, id, now: clock.now() });
    if (!joined) emit({ type: 'run.queued', ...ref, run: run.id, tags, mode });
    return { run, joined };
  }

  /** Sees a run to its end. Whoever asks for a run that is seen to already joins. */
  drive(row: RunRow, tags: Tags): Driven {
    const known = this.#driven.get(row.id);
    if (known) return known;
    const stop = new ActiveRun(nameOf(row));
    const listeners = new Set<(progress: Progress) => unknown>();
    if (this.#cancelled) stop.end(this.#cancelled);
    const driving: Driving = { row, tags, stop, listeners };
    const done = this.#toEnd(driving).finally(() => this.#driven.delete(row.id));
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

  /** Ends runs that are seen to here; resolves when they have ended. */
  async cancel(ids: readonly string[], reason: AbortedError): Promise<void> {
    const driven = ids.flatMap((id) => this.#driven.get(id) ?? []);
    for (const one of driven) one.cancel(reason);
    await Promise.allSettled(driven.map((one) => one.done));
  }

  /** Takes no more runs: those that are under way go on. */
  refuse(reason: AbortedError): void {
    this.#stopping = reason;
  }

  /** Ends all runs that are seen to here, and those that are still asked for. */
  async cancelAll(reason: AbortedError): Promise<void> {
    this.#stopping = this.#cancelled = reason;
    await this.cancel([...this.#driven.keys()], reason);
    await this.idle();
  }

  /** Resolves when no run is seen to any more. */
  async idle(): Promise<void> {
    while (this.#driven.size > 0) {
      await Promise.allSettled([...this.#driven.values()].map((driven) => driven.done));
    }
  }

  async #toEnd(driving: Driving): Promise<EndedRun> {
    try {
      for (;;) {
        const next = await this.#slots.add(() => this.#attempt(driving));
        if (next.kind === 'ended') return next;
        await this.#wait(driving, next);
      }
    } catch (error) {
      const { reason } = driving.stop;
      if (!reason) throw error;
      return this.#giveUp(driving, reason);
    }
  }

  /** One try to execute the run: its end, or what has to come first. */
  async #attempt(driving: Driving): Promise<Attempt> {
    const { row, stop } = driving;
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
        return this.#execute(driving, {
          row: claim.run,
          lease: claim.lease,
          resumed: claim.resumed,
        });
    }
  }

  async #execute(driving: Driving, claimed: ClaimedRun): Promise<Attempt> {
    const { row } = claimed;
    const { stop, listeners, tags } = driving;
    const env = await this.#services.environment();
    const active = new ActiveRun(nameOf(row));
    const off = stop.onEnd(() => {
      active.end(stop.reason ?? new AbortedError(`${nameOf(row)} was cancelled`));
    });
    try {
      const target = await this.#prepare(row, active);
      const meter = new ProgressMeter(
        env.clock,
        { id: row.id, stream: row.ref.stream },
        row.counts.read,
      );
      const outcome = await executeRun(env, target, claimed, active, (progress) => {
        const measured = meter.measure(progress);
        for (const listener of listeners) this.#tell(listener, measured);
        if (meter.isDue()) env.emit(progressEvent(row, tags, measured));
      });
      return outcome.kind === 'ended' ? outcome : { kind: 'lost' };
    } catch (error) {
      if (error instanceof LeaseLostError) return { kind: 'lost' };
      return await this.#failed(driving, claimed, error);
    } finally {
      off();
      active.end(new AbortedError(`${nameOf(row)} has ended`));
    }
  }

  async #prepare(row: RunRow, active: ActiveRun): Promise<RunTarget> {
    active.guard();
    const target = await this.#services.target(row.ref);
    if (isRefused(target.connection.status)) throw needsReauth(target.connection);
    return active.race(ensureChecked(this.#services, target, active.signal));
  }

  /** A run that could not even begin. */
  async #failed({ tags }: Driving, { row, lease }: ClaimedRun, thrown: unknown): Promise<Attempt> {
    const { store, clock, emit, redactError } = await this.#services.environment();
    const error = redactError(thrown);
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
      tags,
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

  /** A run that was cancelled while it waited: nobody is to find it in the queue, unless another process sees to it. */
  async #giveUp({ row, tags }: Driving, reason: Error): Promise<EndedRun> {
    const { store, clock, emit } = await this.#services.environment();
    const error = toErrorInfo(reason);
    const end = { run: row.id, lease: null, now: clock.now(), counts: {}, cursor: null, error };
    const ended = await store.finishRun({ ...end, status: 'cancelled' }).catch(() => undefined);
    const present = ended ?? (await store.getRun({ run: row.id })) ?? row;
    // It may have come to its end in another process.
    if (isEnded(present.status) && present.status !== 'cancelled') return { row: present };
    if (present.status === 'cancelled') {
      const { ref, id, mode, attempt, counts, cursor } = present;
      const about = { ...ref, run: id, tags, attempt, mode, counts, cursor, durationMs: 0 };
      emit({ type: 'run.cancelled', ...about, reason: cancelReason(reason) });
    }
    return { row: present, error: reason };
  }

  /** Until the run that holds the stream has ended, or may be taken over. */
  async #wait(
    { row, tags, stop }: Driving,
    attempt: Exclude<Attempt, { kind: 'ended' }>,
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
    const before = this.drive(holder, tags).done;
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

type Tags = Readonly<Record<string, string>>;

/** A run while it is seen to. */
interface Driving {
  readonly row: RunRow;
  readonly tags: Tags;
  /** Ends the waiting for it, and its execution here. */
  readonly stop: ActiveRun;
  readonly listeners: ReadonlySet<(progress: Progress) => unknown>;
}

/** What one try to execute a run came to. */
type Attempt =
  | ({ readonly kind: 'ended' } & EndedRun)
  /** Another run holds the stream, or comes before this one. */
  | { readonly kind: 'busy'; readonly holder: RunRow; readonly leaseUntil: number | null }
  /** Another process has taken the run over. */
  | { readonly kind: 'lost' };

function progressEvent(row: RunRow, tags: Tags, progress: Progress): EventInput<'run.progress'> {
  const { counts, total = null, recordsPerSecond, remainingMs = null } = progress;
  const { ref, id, mode, attempt } = row;
  return {
    type: 'run.progress',
    ...ref,
    run: id,
    tags,
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
