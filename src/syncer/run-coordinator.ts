import PQueue from 'p-queue';
import { AbortedError, AuthError } from '../core/errors.js';
import { ActiveRun } from '../engine/active-run.js';
import { executeRun } from '../engine/execute-run.js';
import { LEASE_MS } from '../engine/heartbeat.js';
import { endedBy } from '../engine/run-machine.js';
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
  async request(ref: StreamRef, mode: RunMode, id: string): Promise<RunRow> {
    const { store, clock, emit } = await this.#services.environment();
    const { run, joined } = await store.requestRun({ ref, mode, id, now: clock.now() });
    if (!joined) emit({ type: 'run.queued', ...ref, run: run.id, mode });
    return run;
  }

  /** Sees a run to its end. Whoever asks for a run that is seen to already joins. */
  drive(row: RunRow): Driven {
    const known = this.#driven.get(row.id);
    if (known) return known;
    const stop = new ActiveRun(
      `${row.ref.connector}/${row.ref.connection}/${row.ref.stream}, run ${row.id}`,
    );
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

  /** Resolves when no run is seen to any more. */
  async idle(): Promise<void> {
    while (this.#driven.size > 0)
      await Promise.allSettled([...this.#driven.values()].map((driven) => driven.done));
  }

  cancelAll(reason: AbortedError): void {
    this.cancel([...this.#driven.keys()], reason);
  }

  async #toEnd(
    row: RunRow,
    stop: ActiveRun,
    listeners: ReadonlySet<(progress: Progress) => unknown>,
  ): Promise<EndedRun> {
    for (;;) {
      const next = await this.#slots.add(() => this.#attempt(row, stop, listeners));
      if ('row' in next) return next;
      await this.#wait(next, stop);
    }
  }

  /** One try to execute the run: its end, or what has to come first. */
  async #attempt(
    row: RunRow,
    stop: ActiveRun,
    listeners: ReadonlySet<(progress: Progress) => unknown>,
  ): Promise<EndedRun | Holder> {
    const env = await this.#services.environment();
    const claim = await env.store.claimRun({
      run: row.id,
      owner: this.#owner,
      now: env.clock.now(),
      leaseMs: LEASE_MS,
    });
    if (claim.kind === 'missing')
      throw new AbortedError(`run ${row.id} is gone: its connection was deleted`, {
        context: { ...row.ref, run: row.id },
      });
    if (claim.kind === 'ended') return { row: claim.run };
    if (claim.kind === 'busy') return { holder: claim.holder, leaseUntil: claim.leaseUntil };
    try {
      const target = await this.#prepare(row, stop);
      const meter = new ProgressMeter(env.clock, { id: row.id, stream: row.ref.stream });
      const outcome = await executeRun(
        env,
        target,
        { row: claim.run, lease: claim.lease, resumed: claim.resumed },
        stop,
        (progress) => {
          const measured = meter.measure(progress);
          for (const listener of listeners) this.#tell(listener, measured);
        },
      );
      return outcome.kind === 'ended' ? outcome : { holder: claim.run, leaseUntil: null };
    } catch (error) {
      return this.#failed(claim.run, claim.lease, error);
    }
  }

  async #prepare(row: RunRow, stop: ActiveRun) {
    stop.guard();
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
        { context: { ...row.ref } },
      );
    }
    return ensureChecked(this.#services, target, stop.signal);
  }

  /** A run that could not even begin. */
  async #failed(
    row: RunRow,
    lease: Parameters<Awaited<ReturnType<Services['store']>>['renewLease']>[0]['lease'],
    error: unknown,
  ): Promise<EndedRun> {
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
    const about = {
      ...row.ref,
      run: row.id,
      attempt: row.attempt,
      mode: row.mode,
      counts: ended.counts,
      cursor: ended.cursor,
      durationMs: 0,
      error: info,
    };
    if (cancelled) emit({ type: 'run.cancelled', ...about, reason: 'asked' });
    else emit({ type: 'run.failed', ...about });
    return { row: ended, error };
  }

  /** Until the run that holds the stream has ended, or may be taken over. */
  async #wait({ holder, leaseUntil }: Holder, stop: ActiveRun): Promise<void> {
    const local = this.#driven.get(holder.id);
    const { clock } = this.#services.settings;
    stop.guard();
    if (local && leaseUntil !== null) {
      await stop.race(
        local.done.then(
          () => undefined,
          () => undefined,
        ),
      );
      return;
    }
    // Nobody may be left to execute a run that waits before this one.
    if (leaseUntil === null && holder.status === 'queued') {
      await stop.race(
        this.drive(holder).done.then(
          () => undefined,
          () => undefined,
        ),
      );
      return;
    }
    const untilLease = leaseUntil === null ? POLL_MS : Math.max(1, leaseUntil - clock.now());
    await clock.sleep(Math.min(POLL_MS, untilLease), stop.signal);
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

interface Holder {
  readonly holder: RunRow;
  readonly leaseUntil: number | null;
}
