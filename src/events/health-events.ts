import type { JsonObject } from '../core/json.js';
import type { Failure } from './event-base.js';

interface Listener {
  /** What it listens to: an event's name, a family as `'run.*'`, or `'*'` for all. */
  readonly pattern: string;
  /** The listener function's name; empty when it has none. */
  readonly listener: string;
  /** The name of the event that it was called with. */
  readonly event: string;
  /** How often since the last event of this kind about the listener: more than 1 when it happens too often to tell each time. */
  readonly times: number;
}

/** How this process does: `health.*`. */
export interface HealthEvents {
  /**
   * A listener threw, or what it returned was rejected. Nothing else is harmed. At most ten times a minute for each listener, and never
   * for one that fails with this very event or with `health.listener_blocked`.
   */
  'health.listener_failed': Listener & Failure;

  /** A listener held the event loop, and with it the whole app, for more than 50 ms. Only its synchronous part can be measured. */
  'health.listener_blocked': Listener & {
    /** Milliseconds, this time. */
    readonly blockedMs: number;
  };

  /** The event loop is late: the app is overloaded, and Syncline begins nothing new until it has recovered. */
  'health.event_loop': {
    /** How late timers fire, in milliseconds. */
    readonly delayMs: number;
    /** The bound that was passed: `resources.maxEventLoopDelayMs`. */
    readonly maxMs: number;
  };

  /** The process uses much memory: Syncline begins nothing new until it has recovered. */
  'health.memory': {
    /** Resident memory in megabytes. */
    readonly memoryMb: number;
    /** The bound that was passed: `resources.maxMemoryMb`. */
    readonly maxMb: number;
  };

  /** The process is within its bounds again. */
  'health.recovered': { readonly delayMs: number; readonly memoryMb: number };

  /** The machine slept, or its clock was set. */
  'health.clock_jumped': {
    /** Milliseconds by which the clock moved beside the time that passed; negative: backwards. */
    readonly byMs: number;
  };
}

/** What a connector writes with `ctx.log`: `log.*`. */
export interface LogEvents {
  /** A line of `ctx.log`, at the level that it was written with. Kept in the log at every level. */
  'log.line': {
    readonly message: string;
    readonly data?: JsonObject;
  };
}
