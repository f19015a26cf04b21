import type { Gauge } from '../gauge.js';
import type { Reports } from '../reports.js';

/** Shorter windows fill up and are empty again before anybody reads of it. */
const SHORTEST_MS = 60_000;
/** Nothing is foretold while more than this is left. */
const PLENTY = 0.5;
/** How long use is looked at before it is told from; where much is used meanwhile, there is less time. */
const LOOK_MS = 5_000;
const SHORT_LOOK_MS = 1_000;
const MUCH = 0.1;

interface Watch {
  free: number;
  at: number;
  told: boolean;
}

/** Tells when a limit will be used up before it refills, once each time. */
export class Forecast {
  readonly #watches = new WeakMap<Gauge, Watch>();
  readonly #reports: Reports;

  constructor(reports: Reports) {
    this.#reports = reports;
  }

  /** `resetAt`: when it refills, where the API has told. */
  look(gauge: Gauge, resetAt: number | undefined, now: number): void {
    const { meter } = gauge;
    if (meter.capacity === Infinity) return;
    const free = meter.free(now);
    const plenty = free > meter.capacity * PLENTY;
    const watch = this.#watches.get(gauge);
    if (plenty) {
      if (watch) this.#watches.delete(gauge);
      return;
    }
    if (watch === undefined) {
      this.#watches.set(gauge, { free, at: now, told: false });
      return;
    }
    const elapsed = now - watch.at;
    const taken = watch.free - free;
    const enough = elapsed >= (taken >= meter.capacity * MUCH ? SHORT_LOOK_MS : LOOK_MS);
    if (watch.told || !enough) return;
    const used = taken / elapsed;
    Object.assign(watch, { free, at: now });
    if (used <= 0) return;
    const refills = resetAt ?? meter.freeAt(Math.max(0, free) + 1, now);
    const exhaustedAt = now + Math.max(0, free) / used;
    if (refills - now < SHORTEST_MS / 4 || exhaustedAt >= refills || refills === Infinity) return;
    watch.told = true;
    const usedPerSecond = used * 1_000;
    const remaining = Math.max(0, free);
    this.#reports.forecast(gauge, { remaining, usedPerSecond, exhaustedAt, resetAt: refills });
  }
}

/** Whether use of a limit is worth foretelling. */
export function isForetold({ meter }: Gauge): boolean {
  return meter.kind === 'window' && meter.perMs !== null && meter.perMs >= SHORTEST_MS;
}
