/** Where time comes from. Everything in Syncline that waits or dates goes through it. */
export interface Clock {
  /** Milliseconds since the epoch: dates, compared between machines. */
  now(): number;
  /** Milliseconds from an arbitrary origin that never run backwards: durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where chance comes from: a number in [0, 1), as `Math.random`. Never used for key material. */
export type Random = () => number;

/** How loaded the process is that Syncline runs in. */
export interface Host {
  load(): HostLoad;
}

/** Resolves once the event loop has served what was waiting: called between slices of long work. */
export type Breathe = () => Promise<void>;

export interface HostLoad {
  /** How late timers fire at present, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** Resident memory of the process, in megabytes. */
  readonly memoryMb: number;
}
