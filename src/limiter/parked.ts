import type { Clock } from '../core/ports.js';
import type { Ringing } from './alarm.js';
import { outlookOf } from './decide.js';
import type { Gauge, Waiter } from './gauge.js';
import type { Parking, Wait } from './limiter.js';
import { Notices } from './notices.js';
import type { Reports } from './reports.js';

/** Shorter waits are not worth telling. */
const MOMENT_MS = 1_000;

/** Tells of long waits: events, and callers that have something to give back meanwhile. */
export class Parked implements Ringing {
  ringsAt: number | undefined;
  readonly #clock: Clock;
  readonly #reports: Reports;
  readonly #notices = new Notices();

  constructor(clock: Clock, reports: Reports) {
    this.#clock = clock;
    this.#reports = reports;
  }

  next(): number {
    return this.#notices.next();
  }

  clear(): void {
    this.#notices.clear();
  }

  /** One begins to wait: what is known to be long is told at once, else when it has become so. */
  joined(waiter: Waiter, now: number): void {
    const until = outlookOf(waiter, now);
    const long = (ms: number) => until !== undefined && until - now > ms;
    if (long(MOMENT_MS)) this.#tell(waiter, until);
    else this.#notices.add(now + MOMENT_MS, waiter, 'tell');
    const { parking } = waiter;
    if (parking === undefined) return;
    if (long(parking.afterMs)) this.#park(waiter, parking);
    else this.#notices.add(now + parking.afterMs, waiter, 'park');
  }

  ring(now: number): void {
    for (const { waiter, notice } of this.#notices.due(now)) {
      if (notice === 'tell') this.#tell(waiter, outlookOf(waiter, now));
      else if (waiter.parking) this.#park(waiter, waiter.parking);
    }
  }

  #tell(waiter: Waiter, until: number | undefined): void {
    const gauge = waiter.lane?.at;
    if (waiter.told !== undefined || gauge === undefined) return;
    waiter.told = gauge;
    this.#reports.waiting(waiter, gauge, until);
  }

  #park(waiter: Waiter, parking: Parking): void {
    if (waiter.resume !== undefined || waiter.lane === undefined) return;
    waiter.resume = parking.parked(this.#waitOf(waiter));
  }

  #waitOf(waiter: Waiter): Wait {
    const clock = this.#clock;
    const since = clock.now() + waiter.since - clock.monotonic();
    let gauge = waiter.lane?.at;
    const at = (): Gauge | undefined => (gauge = waiter.lane?.at ?? gauge);
    return {
      since,
      get limit() {
        return at()?.spec.label ?? '';
      },
      get scope() {
        return at()?.scope ?? '';
      },
      get until() {
        const now = clock.monotonic();
        const until = waiter.gone ? now : outlookOf(waiter, now);
        return until === undefined ? undefined : clock.now() + until - now;
      },
    };
  }
}
