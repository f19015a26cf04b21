import type { Clock } from '../../core/ports.js';

/** So many retries may be sent to an API that only fails. */
const CAPACITY = 20;
/** What each success adds: in the long run there are at most half as many retries as successes. */
const PER_SUCCESS = 0.5;
/** What time adds, so that an API that is hardly used has a budget too. */
const PER_MS = 1 / 10_000;

/**
 * How many retries an API may be sent: a failing one must not get multiplied traffic.
 *
 * @see gRFC A6 (retry throttling), Finagle's `RetryBudget`
 */
export class RetryBudget {
  readonly #clock: Clock;
  #tokens = CAPACITY;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.monotonic();
  }

  succeeded(): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + PER_SUCCESS);
  }

  /** Takes one retry; false when there is none. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(CAPACITY, this.#tokens + (now - this.#at) * PER_MS);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The budgets of all APIs: one for each connector and host. */
export class RetryBudgets {
  readonly #clock: Clock;
  readonly #budgets = new Map<string, RetryBudget>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(connector: string, host: string): RetryBudget {
    const key = `${connector} ${host}`;
    const known = this.#budgets.get(key);
    if (known) return known;
    // Hosts come from connections' configs: there may be any number of them.
    if (this.#budgets.size >= MAX_BUDGETS) this.#budgets.clear();
    const made = new RetryBudget(this.#clock);
    this.#budgets.set(key, made);
    return made;
  }
}

const MAX_BUDGETS = 10_000;
