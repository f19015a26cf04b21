import type { Clock } from '../core/ports.js';
import type { RunProgress } from '../engine/run.js';
import type { RunCounts } from '../storage/runs.js';

/** How far a run has come. */
export interface Progress {
  readonly run: string;
  readonly stream: string;
  readonly counts: RunCounts;
  /** Records that this reading has brought so far. */
  readonly read: number;
  /** How many there are, where the API says so. */
  readonly total: number | undefined;
  /** Over the last ten seconds. */
  readonly recordsPerSecond: number;
  /** Milliseconds that the rest will take at this rate; undefined without `total`. */
  readonly remainingMs: number | undefined;
}

const WINDOW_MS = 10_000;
const TELL_EVERY_MS = 250;

/** Turns a run's commits into a rate and an estimate of the time that is left. */
export class ProgressMeter {
  readonly #clock: Clock;
  readonly #run: { readonly id: string; readonly stream: string };
  #samples: readonly { readonly at: number; readonly read: number }[];

  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param read how many records the run had read before, in a process that died */
  constructor(clock: Clock, run: { readonly id: string; readonly stream: string }, read: number) {
    this.#clock = clock;
    this.#run = run;
    this.#samples = [{ at: clock.monotonic(), read }];
  }

  /** Whether listeners to events are to be told now: a few times per second at most. */
  isDue(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  measure({ counts, read, total }: RunProgress): Progress {
    const at = this.#clock.monotonic();
    const kept = this.#samples.filter((sample) => at - sample.at <= WINDOW_MS);
    // The run's own count: `read` goes on from earlier runs, and begins again with each partition.
    const sample = { at, read: counts.read };
    const first = kept[0] ?? this.#samples.at(-1) ?? sample;
    this.#samples = [...(kept.length > 0 ? kept.slice(-200) : [first]), sample];
    const seconds = (at - first.at) / 1_000;
    const recordsPerSecond = seconds > 0 ? (sample.read - first.read) / seconds : 0;
    const remainingMs =
      total === undefined || recordsPerSecond <= 0
        ? undefined
        : (Math.max(0, total - read) / recordsPerSecond) * 1_000;
    return {
      run: this.#run.id,
      stream: this.#run.stream,
      counts,
      read,
      total,
      recordsPerSecond,
      remainingMs,
    };
  }
}
