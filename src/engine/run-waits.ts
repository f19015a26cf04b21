import type { Clock } from '../core/ports.js';
import type { Parking, Wait } from '../limiter/limiter.js';

/** A run whose request waits for longer than this is shown as waiting. */
const PARK_AFTER_MS = 3_000;

export interface RunWaitsHooks {
  readonly clock: Clock;
  /** The run waits; `until`, in epoch milliseconds, as far as that is known. */
  readonly began: (until: number | undefined) => void;
  /** It goes on, after so many milliseconds. */
  readonly ended: (pausedMs: number) => void;
}

/** Which requests of a run wait for a limit: as long as there is one, the run waits, and is not taken for stuck. */
export class RunWaits implements Parking {
  readonly afterMs = PARK_AFTER_MS;
  readonly #hooks: RunWaitsHooks;
  #parked = 0;
  #since = 0;

  constructor(hooks: RunWaitsHooks) {
    this.#hooks = hooks;
  }

  get any(): boolean {
    return this.#parked > 0;
  }

  readonly parked = (wait: Wait): (() => Promise<void>) => {
    const { clock, began } = this.#hooks;
    if (this.#parked === 0) {
      this.#since = clock.monotonic();
      began(wait.until);
    }
    this.#parked += 1;
    let isOver = false;
    return async () => {
      if (isOver) return;
      isOver = true;
      this.#parked -= 1;
      if (this.#parked === 0) this.#hooks.ended(clock.monotonic() - this.#since);
    };
  };
}
