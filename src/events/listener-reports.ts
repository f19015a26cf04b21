import type { Clock } from '../core/ports.js';
import { toErrorInfo } from './error-info.js';
import type { AnyEvent, EventInput } from './event-map.js';

export type ListenerReport = EventInput<'health.listener_failed' | 'health.listener_blocked'>;

const MAX_PER_WINDOW = 10;
const WINDOW_MS = 60_000;

/** What is told of one listener that misbehaves: never about a report itself, and not for each of a thousand events. */
export class ListenerReports {
  readonly #listener: { readonly pattern: string; readonly listener: string };
  readonly #clock: Clock;
  readonly #failures = new Throttle();
  readonly #blocks = new Throttle();

  constructor(listener: { readonly pattern: string; readonly listener: string }, clock: Clock) {
    this.#listener = listener;
    this.#clock = clock;
  }

  failed(event: AnyEvent, thrown: unknown): ListenerReport | undefined {
    const times = isReport(event) ? 0 : this.#failures.pass(this.#clock.monotonic());
    if (times === 0) return undefined;
    return {
      type: 'health.listener_failed',
      ...this.#about(event),
      times,
      error: toErrorInfo(thrown),
    };
  }

  blocked(event: AnyEvent, blockedMs: number): ListenerReport | undefined {
    const times = isReport(event) ? 0 : this.#blocks.pass(this.#clock.monotonic());
    if (times === 0) return undefined;
    return { type: 'health.listener_blocked', ...this.#about(event), times, blockedMs };
  }

  /** The report belongs where the event belongs, so that a run's log shows it. */
  #about({ type, connector, connection, tags, stream, run }: AnyEvent) {
    return {
      ...this.#listener,
      event: type,
      ...(connector === undefined ? {} : { connector }),
      ...(connection === undefined ? {} : { connection }),
      ...(tags === undefined ? {} : { tags }),
      ...(stream === undefined ? {} : { stream }),
      ...(run === undefined ? {} : { run }),
    };
  }
}

function isReport(event: AnyEvent): boolean {
  return event.type === 'health.listener_failed' || event.type === 'health.listener_blocked';
}

class Throttle {
  #windowStart = -Infinity;
  #passed = 0;
  #held = 0;

  /** How many to tell of now: this one and those held back before; 0 to hold back. */
  pass(now: number): number {
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#passed = 0;
    }
    this.#held++;
    if (this.#passed >= MAX_PER_WINDOW) return 0;
    this.#passed++;
    const times = this.#held;
    this.#held = 0;
    return times;
  }
}
