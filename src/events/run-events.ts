import type { JsonValue } from '../core/json.js';
import type { Failure, RunScope } from './event-base.js';

/** What a run has done so far: as `RunResult.counts`. */
export interface RunEventCounts {
  /** Pages committed. */
  readonly pages: number;
  /** Records on pages, deletions not counted. */
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Older than what is stored, and therefore not applied. */
  readonly stale: number;
  /** Kept as rejected records. */
  readonly rejected: number;
  /** HTTP requests sent, retries among them. */
  readonly requests: number;
  readonly retries: number;
}

interface Mode {
  /** `full` reads everything, `incremental` what is new since the cursor. */
  readonly mode: 'incremental' | 'full';
}

/** How a run ended. */
interface RunEnd extends RunScope, Mode {
  readonly counts: RunEventCounts;
  /** The stream's committed cursor, in the field's own format; null with partitions, or when there is none. */
  readonly cursor: JsonValue;
  /** Milliseconds since the run was first started, waiting included; 0 when it never was. */
  readonly durationMs: number;
}

/** From the asking for a run to its end: `run.*`. */
export interface RunEvents {
  /** A run was asked for and waits for its turn. Not emitted when the asker joins a run that is there already. */
  'run.queued': RunScope & Mode;

  /** A run begins to read, for the first time. */
  'run.started': RunScope &
    Mode & {
      /** Where it reads from: the committed cursor less `overlap`; null when there is none, and with partitions. */
      readonly cursor: JsonValue;
      /** Whether it goes on after the last page of an earlier run that did not finish. */
      readonly continues: boolean;
    };

  /** A run gave its slot back, because a limit lets it send nothing for a while. */
  'run.waiting': RunScope & {
    /** When it can go on, as far as that is known. */
    readonly until: Date | null;
    /** Whether it gave its lease back as well: then any process may continue it. */
    readonly suspended: boolean;
  };

  /** A run goes on. */
  'run.resumed': RunScope & {
    /** What it had stopped for: a wait for a limit, a suspension, or the death of the process that executed it. */
    readonly after: 'waiting' | 'suspended' | 'crash';
    /** Milliseconds since it stopped; after a crash, since its lease ended. */
    readonly pausedMs: number;
  };

  /** How far a run is: after commits, at most a few times per second. */
  'run.progress': RunScope &
    Mode & {
      readonly counts: RunEventCounts;
      /** How many records the API says there are; null when it does not say. */
      readonly total: number | null;
      /** Records read per second, over the last while. */
      readonly recordsPerSecond: number;
      /** Milliseconds that the rest will take at this rate; null when `total` is not known. */
      readonly remainingMs: number | null;
    };

  /** A run has read all there is, and all of it is committed. */
  'run.succeeded': RunEnd;

  /** A run ended with an error. What it had committed stays; the next run goes on from there. */
  'run.failed': RunEnd & Failure;

  /** A run was stopped on purpose. What it had committed stays. */
  'run.cancelled': RunEnd & {
    /** `asked`: by `cancel()` or a signal · `config`: the connection's config changed · `deleted`: the connection is gone · `stop`: by `stop()`. */
    readonly reason: 'asked' | 'config' | 'deleted' | 'stop';
  };

  /** A run was not executed, because a stream that it comes `after` did not succeed. */
  'run.skipped': RunScope &
    Mode & {
      /** The stream that did not succeed. */
      readonly after: string;
    };

  /** A run has shown no sign of life for `deadlines.stallAfter`. It is failed at once, which `run.failed` tells. */
  'run.stalled': RunScope & {
    /** Milliseconds since its last page, request or log line. */
    readonly idleMs: number;
  };

  /** This process lost the run's lease: another one executes it, and nothing that is still under way here will be committed. */
  'run.lost': RunScope & Failure;

  /** Something of a run arrived after the run had ended, and was dropped: nothing of it is committed. */
  'run.late': RunScope & {
    /** A page was yielded, the generator returned, or it threw (`error`). */
    readonly dropped: 'page' | 'return' | 'error';
  };
}
