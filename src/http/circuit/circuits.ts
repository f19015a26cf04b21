import type { Clock } from '../../core/ports.js';
import type { Emit } from '../../events/emitter.js';
import { toErrorInfo } from '../../events/error-info.js';
import {
  admit,
  type CircuitState,
  CLOSED,
  failed,
  FAILURES_TO_OPEN,
  toldNothing,
  worked,
} from './state.js';

/** Leave to send to a host; exactly one of its methods is called once the request has ended. */
export interface CircuitLeave {
  worked(): void;
  failed(error: unknown): void;
  toldNothing(): void;
}

/** The circuits of all hosts, one for each connector and host. Only those that have failed are kept. */
export class Circuits {
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #states = new Map<string, CircuitState>();

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Leave to send, or until when (epoch milliseconds) there is none. */
  ask(connector: string, host: string): CircuitLeave | { readonly until: number } {
    const key = `${connector} ${host}`;
    const before = this.#states.get(key) ?? CLOSED;
    const now = this.#clock.monotonic();
    const { state, leave } = admit(before, now);
    if (leave === 'refused') {
      const until = state.kind === 'open' ? state.until : now;
      return { until: this.#clock.now() + until - now };
    }
    const probe = leave === 'probe';
    if (probe && before.kind === 'open') {
      this.#emit({ type: 'circuit.half_open', connector, host });
    }
    if (state !== before) this.#keep(key, state);
    return {
      worked: () => {
        this.#worked(key, connector, host, probe);
      },
      failed: (error) => {
        this.#failed(key, connector, host, probe, error);
      },
      toldNothing: () => {
        this.#keep(key, toldNothing(this.#states.get(key) ?? CLOSED, probe));
      },
    };
  }

  #worked(key: string, connector: string, host: string, probe: boolean): void {
    const before = this.#states.get(key);
    if (before === undefined) return;
    const after = worked(before, probe);
    this.#keep(key, after);
    if (before.kind === 'closed' || after.kind !== 'closed') return;
    const openMs = this.#clock.monotonic() - before.since;
    this.#emit({ type: 'circuit.closed', connector, host, openMs });
  }

  #failed(key: string, connector: string, host: string, probe: boolean, error: unknown): void {
    const before = this.#states.get(key) ?? CLOSED;
    const now = this.#clock.monotonic();
    const after = failed(before, probe, now);
    this.#keep(key, after);
    if (after.kind !== 'open' || before === after) return;
    this.#emit({
      type: 'circuit.opened',
      connector,
      host,
      failures: FAILURES_TO_OPEN + after.openings - 1,
      until: new Date(this.#clock.now() + after.until - now),
      error: toErrorInfo(error),
    });
  }

  #keep(key: string, state: CircuitState): void {
    if (state === CLOSED) this.#states.delete(key);
    else this.#states.set(key, state);
  }
}
