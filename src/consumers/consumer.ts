import { LeaseLostError } from '../core/errors.js';
import type { Clock } from '../core/ports.js';
import { toErrorInfo } from '../events/error-info.js';
import type { Emit } from '../events/emitter.js';
import type { ConsumerClaim } from '../storage/consumers.js';
import type { Store } from '../storage/contract.js';
import { batchSize } from './batch-size.js';
import { type Change, type Feed, readChanges } from './change.js';

export interface ConsumeOptions {
  /** Where a new consumer begins: with everything that is stored, or with what changes from now on. Default `'start'`. */
  readonly from?: 'start' | 'now';
  /** How many changes the handler gets at most at a time. Default 500. */
  readonly batch?: number;
}

/** What a handler gets beside the changes. */
export interface ConsumeContext {
  /** True when deletions may have been missed, because their tombstones are gone: what is not told from here on may not exist any more. */
  readonly reset: boolean;
  readonly signal: AbortSignal;
}

export type ConsumeHandler<Record> = (
  changes: readonly Change<Record>[],
  ctx: ConsumeContext,
) => unknown;

/** A durable reader of changes, at work. */
export interface Consumer {
  /** Lets the batch that is being handled come to its end, and gives the consumer back. */
  stop(): Promise<void>;
  /** Goes on from another number: 0 for everything. */
  replay(seq: number): Promise<void>;
  /** How far it is behind: sequence numbers between its offset and the newest change. */
  lag(): Promise<number>;
}

export interface ConsumerEnvironment {
  readonly store: () => Promise<Store>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Resolves at the next commit in this process, or when the signal aborts. */
  readonly nextCommit: (signal: AbortSignal) => Promise<void>;
  /** Tells this consumer apart from all others in leases. */
  readonly owner: string;
  readonly onStop: () => void;
}

const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
const POLL_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** Reads a feed batch by batch, and moves its stored offset only after the handler has succeeded: every change comes at least once, in order. */
export class FeedConsumer<Record> implements Consumer {
  readonly #env: ConsumerEnvironment;
  readonly #name: string;
  readonly #feed: Feed;
  readonly #handler: ConsumeHandler<Record>;
  readonly #options: Required<ConsumeOptions>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #batch = { from: 0, to: 0, changes: 0 };
  #replayFrom: number | undefined;
  #wake: (() => void) | undefined;

  constructor(
    env: ConsumerEnvironment,
    name: string,
    feed: Feed,
    handler: ConsumeHandler<Record>,
    options: ConsumeOptions,
  ) {
    this.#env = env;
    this.#name = name;
    this.#feed = feed;
    this.#handler = handler;
    const { from = 'start', batch = 500 } = options;
    this.#options = { from, batch: batchSize(batch, `consume('${name}')`) };
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
    this.#env.onStop();
  }

  async replay(seq: number): Promise<void> {
    this.#replayFrom = seq;
    this.#wake?.();
    return Promise.resolve();
  }

  async lag(): Promise<number> {
    const store = await this.#env.store();
    const known = await store.getConsumer({ name: this.#name });
    return Math.max(0, (await store.latestSeq()) - (known?.offset ?? 0));
  }

  async #run(): Promise<void> {
    const { emit } = this.#env;
    const about = {
      consumer: this.#name,
      connector: this.#feed.connector,
      stream: this.#feed.stream,
    };
    let held: ConsumerClaim | undefined;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        const claim = await this.#claim();
        if (claim && !held) emit({ type: 'consumer.started', ...about, offset: claim.offset });
        held = claim;
        const worked = claim ? await this.#step(claim) : false;
        failures = 0;
        if (!worked) await this.#rest(POLL_MS, true);
      } catch (error) {
        if (error instanceof LeaseLostError) held = undefined;
        failures += 1;
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
        this.#tellFailure(error, failures, pause);
        await this.#rest(pause, false);
      }
    }
    if (held) await this.#release(held);
    emit({ type: 'consumer.stopped', ...about, reason: 'stop' });
  }

  async #claim(): Promise<ConsumerClaim | undefined> {
    const { store, clock, owner } = this.#env;
    const { connector, stream } = this.#feed;
    return (await store()).claimConsumer({
      name: this.#name,
      connector,
      stream,
      owner,
      now: clock.now(),
      leaseMs: LEASE_MS,
      startAt: this.#options.from === 'now' ? 'now' : 0,
    });
  }

  /** Handles one batch. False when there was nothing to handle. */
  async #step(claim: ConsumerClaim): Promise<boolean> {
    const store = await this.#env.store();
    const { name, token } = claim;
    if (this.#replayFrom !== undefined) {
      await store.moveConsumer({ name, token, offset: this.#replayFrom });
      this.#replayFrom = undefined;
      return true;
    }
    const after = claim.offset;
    const batch = await readChanges<Record>(store, this.#feed, {
      after,
      since: after,
      anew: claim.anew,
      head: after,
      limit: this.#options.batch,
    });
    if (batch.pruned) return this.#beginAgain(store, claim);
    if (batch.upTo <= after) return false;
    // Also when nothing is left, it has to be told that what it has is gone.
    if (batch.changes.length > 0 || claim.reset) {
      this.#batch = {
        from: batch.changes[0]?.seq ?? after,
        to: batch.upTo,
        changes: batch.changes.length,
      };
      await this.#handle(batch.changes, claim.reset);
    }
    await store.moveConsumer({ name, token, offset: batch.upTo });
    return true;
  }

  /** Calls the handler, and keeps the lease as long as it works: nobody else gets the batch meanwhile. */
  async #handle(changes: readonly Change<Record>[], reset: boolean): Promise<void> {
    const done = new AbortController();
    const ended = AbortSignal.any([this.#stop.signal, done.signal]);
    const lost = new AbortController();
    const renewing = this.#renew(ended, lost);
    try {
      await this.#handler(changes, {
        reset,
        signal: AbortSignal.any([this.#stop.signal, lost.signal]),
      });
    } finally {
      done.abort();
      await renewing;
    }
  }

  async #renew(ended: AbortSignal, lost: AbortController): Promise<void> {
    while (!ended.aborted) {
      const slept = await this.#env.clock.sleep(RENEW_MS, ended).then(
        () => true,
        () => false,
      );
      if (!slept) return;
      // A store that does not answer just now leaves the lease as long as it was given for.
      const claim = await this.#claim().catch(() => 'unknown');
      if (claim === undefined)
        lost.abort(
          new LeaseLostError(`consumer '${this.#name}': another process has taken it over`),
        );
    }
  }

  async #beginAgain(store: Store, { name, token }: ConsumerClaim): Promise<boolean> {
    const { connector, stream } = this.#feed;
    await store.moveConsumer({ name, token, offset: 0, reset: true });
    this.#env.emit({
      type: 'consumer.reset',
      consumer: name,
      connector,
      stream,
      reason: 'pruned',
      offset: 0,
    });
    return true;
  }

  #tellFailure(error: unknown, attempt: number, pause: number): void {
    const { emit, clock } = this.#env;
    const { connector, stream } = this.#feed;
    emit({
      type: 'consumer.failed',
      consumer: this.#name,
      connector,
      stream,
      ...this.#batch,
      attempt,
      error: toErrorInfo(error),
      retryAt: new Date(clock.now() + pause),
    });
  }

  /** Waits, if it is to, no longer than until the next commit. */
  async #rest(ms: number, untilCommit: boolean): Promise<void> {
    const { clock, nextCommit } = this.#env;
    const over = new AbortController();
    this.#wake = () => {
      over.abort();
    };
    if (this.#stop.signal.aborted) return;
    const asleep = clock.sleep(ms, over.signal).catch(() => undefined);
    await (untilCommit ? Promise.race([asleep, nextCommit(over.signal)]) : asleep);
    over.abort();
    this.#wake = undefined;
  }

  async #release({ name, token }: ConsumerClaim): Promise<void> {
    try {
      await (await this.#env.store()).releaseConsumer({ name, token });
    } catch {
      // Its lease runs out by itself.
    }
  }
}
