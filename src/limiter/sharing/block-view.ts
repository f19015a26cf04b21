import type { Clock } from '../../core/ports.js';
import type { Block, PermitStore } from '../../storage/permits.js';
import type { Gauge, Lease, Waiter } from '../gauge.js';

/** What is known of blocks is good for so long: another process's signal is obeyed within a second. */
const GOOD_MS = 800;
/** It is read again before it is too old, so that nobody waits for it. */
const AHEAD_MS = 400;
const LEAST_MS = 50;

export interface BlockViewOptions {
  readonly clock: Clock;
  readonly store: () => Promise<PermitStore>;
  /** The longest wait that is believed, in milliseconds: the store has dates, and clocks may be set. */
  readonly maxWaitMs: number;
  /** Applies a block; `until` is in monotonic milliseconds. */
  readonly apply: (scope: string, until: number) => void;
  /** Blocks have been read, or could not be; they had asked for it. */
  readonly read: (waiters: readonly Waiter[], error?: unknown) => void;
}

/** What other processes were told to wait for, as far as the store knows it. Nothing is sent on older knowledge. */
export class BlockView {
  readonly #options: BlockViewOptions;
  /** Until when others have blocked scopes that may not be here yet, in monotonic milliseconds. */
  readonly #known = new Map<string, number>();
  /** Blocks that this process has told: it goes by its own clock, not by the date. */
  readonly #own = new Map<string, { readonly until: number; readonly endsAt: number }>();
  #after = 0;
  #goodUntil = -Infinity;
  #reading: Promise<void> | undefined;
  #asked = new Set<Waiter>();

  constructor(options: BlockViewOptions) {
    this.#options = options;
  }

  /** For the gate that all requests go through. */
  lease(): Lease {
    return {
      covers: (_cost, now) => {
        if (now > this.#goodUntil - AHEAD_MS) this.refresh();
        return now < this.#goodUntil;
      },
      ask: (waiter) => {
        this.#asked.add(waiter);
        this.refresh();
      },
      take: () => undefined,
      settle: () => undefined,
      cancel: () => undefined,
      retryAt: () => 0,
      idle: () => true,
    };
  }

  /** A scope has come into being: was it blocked before? */
  applyTo(gauge: Gauge, scope: string): void {
    const until = this.#known.get(scope);
    if (until !== undefined) gauge.block(until, this.#options.clock.monotonic());
  }

  /** This process is about to tell of a block: `until` by the date, `endsAt` in monotonic milliseconds. */
  told(scope: string, until: number, endsAt: number): void {
    this.#own.set(scope, { until, endsAt });
  }

  refresh(): void {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      // Who was told of this reading too late to use it has asked again, while it was not over yet.
      if (this.#asked.size > 0) this.refresh();
    });
  }

  async settled(): Promise<void> {
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { clock, store, read } = this.#options;
    try {
      const opened = await store();
      const asked = clock.monotonic();
      const { blocks, after } = await opened.readBlocks({ now: clock.now(), after: this.#after });
      this.#after = after;
      // A store that is slower than that still lets through who has asked.
      this.#goodUntil = Math.max(asked + GOOD_MS, clock.monotonic() + LEAST_MS);
      this.#learn(blocks);
      read(this.#take());
    } catch (error) {
      read(this.#take(), error);
    }
  }

  #learn(blocks: readonly Block[]): void {
    const { clock, maxWaitMs, apply } = this.#options;
    const [now, date] = [clock.monotonic(), clock.now()];
    for (const { scope, until } of blocks) {
      if (this.#own.get(scope)?.until === until) continue;
      this.#known.set(scope, now + Math.min(until - date, maxWaitMs));
    }
    for (const [scope, { endsAt }] of this.#own) if (endsAt <= now) this.#own.delete(scope);
    for (const [scope, until] of this.#known) {
      if (until <= now) this.#known.delete(scope);
      else apply(scope, until);
    }
  }

  #take(): readonly Waiter[] {
    const asked = [...this.#asked];
    this.#asked = new Set();
    return asked;
  }
}
