import { AbortedError } from '../core/errors.js';
import type { Clock, Random } from '../core/ports.js';
import { AbortGroups } from './abort-groups.js';
import type { Rings } from './alarm.js';
import { blockerOf, mayPass, ONES } from './decide.js';
import type { Gauge, Route, Waiter, WaitLane } from './gauge.js';
import { type AcquireOptions, type Permit, type PermitRequest, PRIORITIES } from './limiter.js';
import { Parked } from './parked.js';
import { type Desk, GivenPermit } from './permit.js';
import { FIRST_BACKGROUND } from './queue/turns.js';
import type { Reports } from './reports.js';
import { rest } from './rest.js';
import { enqueue, leave, moveTo, stepOut } from './standing.js';
import { claim, costAt, refuseImpossible } from './waiter-costs.js';

/** So many are admitted before the event loop turns. */
const SLICE = 500;

const PLACES: Readonly<Record<string, number>> = Object.fromEntries(
  PRIORITIES.map((priority, place) => [priority, place]),
);

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly reports: Reports;
  readonly alarm: Rings<Gauge | Parked>;
  readonly routeOf: (request: PermitRequest, now: number) => Route;
  readonly desk: Desk;
}

/**
 * Admits requests: at once where all limits have room and nobody waits for them, else in turn. A request waits in the queue of one limit at
 * a time, the one that it found without room, and holds nothing of the others; when that one has room, all are looked at anew.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reports: Reports;
  readonly #routeOf: AdmissionOptions['routeOf'];
  readonly #desk: Desk;
  readonly #alarm: Rings<Gauge | Parked>;
  readonly #aborts = new AbortGroups<Waiter>((waiters, reason) => {
    this.#end(waiters, aborted('the waiting for a limit was cancelled', reason));
  });
  readonly #parked: Parked;
  readonly #waiting = new Set<Waiter>();
  #closed = false;

  constructor({ clock, random, reports, alarm, routeOf, desk }: AdmissionOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#reports = reports;
    this.#routeOf = routeOf;
    this.#desk = desk;
    this.#parked = new Parked(clock, reports);
    this.#alarm = alarm;
  }

  acquire(request: PermitRequest, options: AcquireOptions): Promise<Permit> {
    try {
      const now = this.#clock.monotonic();
      if (this.#closed) throw aborted('the limiter was closed', undefined);
      if (options.signal?.aborted === true) {
        throw aborted('the request was cancelled before it was sent', options.signal.reason);
      }
      const route = this.#routeOf(request, now);
      const costs = route.costs === undefined ? ONES : route.costs(request);
      const place = PLACES[options.priority] ?? PRIORITIES.length - 1;
      return mayPass(route, costs, place, now, this.#random)
        ? Promise.resolve(this.#admit(route, request, costs, place, now, now))
        : this.#wait(route, request, costs, place, now, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Something about a limit has changed: perhaps somebody may go. */
  look(gauge: Gauge, now: number): void {
    if (gauge.turns !== undefined && !gauge.turns.empty) this.#drain(gauge, now);
  }

  /** The time has come that a limit's first waiter, or something to be told, waits for. */
  ring(target: Gauge | Parked, now: number): void {
    if (target instanceof Parked) target.ring(now);
    else this.#drain(target, now);
    this.#settle();
  }

  /** Everything about the limits of a route may have changed. */
  lookAtAll({ gauges }: Route, now: number): void {
    for (const gauge of gauges) if (gauge.turns !== undefined) this.look(gauge, now);
    this.#settle();
  }

  /** Ends the waiting of those that wait for a limit. */
  refuse(gauge: Gauge, reason: unknown): void {
    this.#end(
      [...this.#waiting].filter(({ lane }) => lane?.at === gauge),
      reason,
    );
  }

  close(): void {
    this.#closed = true;
    this.#end([...this.#waiting], aborted('the limiter was closed', undefined));
  }

  #admit(
    route: Route,
    request: PermitRequest,
    costs: readonly number[],
    place: number,
    since: number,
    now: number,
  ): Permit {
    const { gauges } = route;
    for (let i = 0; i < gauges.length; i++) {
      gauges[i]?.took(costs[i] ?? 1, place, now, this.#random);
    }
    const times = { admittedAt: now, queuedMs: now - since };
    const abreast = gauges[1]?.meter.inFlight ?? 1;
    return new GivenPermit(this.#desk, route, request, costs, times, abreast);
  }

  #wait(
    route: Route,
    request: PermitRequest,
    costs: readonly number[],
    place: number,
    now: number,
    { signal, park }: AcquireOptions,
  ): Promise<Permit> {
    refuseImpossible(route, request, costs);
    return new Promise((resolve, reject) => {
      // In one literal: there may be many, and spreads take V8 ten times as long.
      const waiter: Waiter = {
        request,
        route,
        costs,
        place,
        since: now,
        gone: false,
        lane: undefined,
        signal,
        parking: park,
        resume: undefined,
        told: undefined,
        resolve,
        reject,
      };
      this.#waiting.add(waiter);
      if (signal) this.#aborts.add(signal, waiter);
      this.#join(waiter, now);
      if (!waiter.gone) this.#parked.joined(waiter, now);
      this.#settle();
    });
  }

  #join(waiter: Waiter, now: number): void {
    this.#place(waiter, now);
    // Looked at when it is first in its lane; those behind change nothing.
    const { lane } = waiter;
    if (lane?.at !== undefined && lane.head() === waiter) this.#drain(lane.at, now);
  }

  /** Puts one into the queue of what it has to wait for, or admits it. */
  #place(waiter: Waiter, now: number): void {
    const blocker = blockerOf(waiter, undefined, now, this.#random);
    if (blocker === undefined) {
      this.#go(waiter, now);
      return;
    }
    enqueue(waiter, blocker, now);
  }

  /** Serves those that wait for a limit in turn, until it has no room for the next one. */
  #drain(gauge: Gauge, now: number): void {
    const { turns } = gauge;
    for (let admitted = 0; turns !== undefined;) {
      const lane = turns.first(now);
      const waiter = lane?.head();
      if (lane === undefined || waiter === undefined) break;
      if (waiter.route.stale) {
        this.#reroute(waiter, lane, now);
        continue;
      }
      const blocker = blockerOf(waiter, gauge, now, this.#random);
      if (blocker === undefined) {
        if (admitted >= SLICE) {
          this.#alarm.set(gauge, now);
          return;
        }
        admitted += 1;
        this.#serve(waiter, lane, gauge, now);
      } else if (blocker !== gauge) {
        this.#move(waiter, lane, blocker, now);
      } else if (!this.#servedFromReserve(waiter, gauge, now)) {
        rest(gauge, waiter, now, this.#alarm, this.#reports);
        return;
      }
    }
    gauge.rest();
    gauge.dry = false;
    gauge.turns = undefined;
    this.#alarm.set(gauge, Infinity);
  }

  /** Whose turn it is must leave what there is, the reserve, to others: is one of these there, and is it served? */
  #servedFromReserve(first: Waiter, gauge: Gauge, now: number): boolean {
    if (gauge.spec.reserve === 0 || first.place < FIRST_BACKGROUND) return false;
    if (!gauge.has(costAt(first, gauge), 0, now)) return false;
    const lane = gauge.turns?.first(now, true);
    const waiter = lane?.head();
    if (lane === undefined || waiter === undefined) return false;
    if (waiter.route.stale) {
      this.#reroute(waiter, lane, now);
      return true;
    }
    const blocker = blockerOf(waiter, gauge, now, this.#random);
    if (blocker === gauge) return false;
    if (blocker === undefined) this.#serve(waiter, lane, gauge, now);
    else this.#move(waiter, lane, blocker, now);
    return true;
  }

  /** It is its turn, and all limits have room. */
  #serve(waiter: Waiter, lane: WaitLane, gauge: Gauge, now: number): void {
    const cost = costAt(waiter, gauge);
    stepOut(lane, now, cost);
    if (waiter.resume !== undefined) this.#resume(waiter, waiter.resume);
    else this.#go(waiter, now);
    if (gauge.turns?.empty === false) gauge.spread(cost, now, this.#random);
  }

  /** It has to wait for another limit; those behind it in other lanes need not. */
  #move(waiter: Waiter, lane: WaitLane, to: Gauge, now: number): void {
    const from = lane.at;
    moveTo(lane, to, now);
    if (from !== undefined) claim(waiter, from, to, now);
    const first = to.turns?.first(now)?.head();
    if (first !== undefined) rest(to, first, now, this.#alarm, this.#reports);
  }

  /** Limits have come or gone since it began to wait. */
  #reroute(waiter: Waiter, lane: WaitLane, now: number): void {
    stepOut(lane, now);
    try {
      waiter.route = this.#routeOf(waiter.request, now);
      waiter.costs = waiter.route.costs === undefined ? ONES : waiter.route.costs(waiter.request);
      refuseImpossible(waiter.route, waiter.request, waiter.costs);
    } catch (error) {
      this.#end([waiter], error);
      return;
    }
    this.#place(waiter, now);
    // Another queue than the one that is being served has its turn next.
    const at = waiter.lane?.at;
    if (at !== undefined && at !== lane.at) this.#alarm.set(at, now);
  }

  #go(waiter: Waiter, now: number): void {
    const { route, request, costs, place, since } = waiter;
    this.#forget(waiter);
    if (waiter.told) this.#reports.admitted(waiter, waiter.told, now);
    waiter.resolve(this.#admit(route, request, costs, place, since, now));
  }

  /** A slot that was given back is taken again before anything else is. */
  #resume(waiter: Waiter, resume: () => Promise<void>): void {
    waiter.resume = undefined;
    waiter.parking = undefined;
    resume().then(
      () => {
        if (waiter.gone) return;
        if (waiter.route.stale)
          waiter.route = this.#routeOf(waiter.request, this.#clock.monotonic());
        this.#join(waiter, this.#clock.monotonic());
        this.#settle();
      },
      (error: unknown) => {
        this.#end([waiter], error);
      },
    );
  }

  #end(waiters: Iterable<Waiter>, reason: unknown): void {
    const gauges = new Set<Gauge>();
    for (const waiter of waiters) {
      if (waiter.gone) continue;
      this.#forget(waiter);
      const { lane } = waiter;
      if (lane?.at) gauges.add(lane.at);
      for (const gauge of waiter.route.gauges)
        if (gauge.claim?.waiter === waiter) gauges.add(gauge);
      lane?.remove();
      if (lane?.size === 0) leave(lane, waiter);
      waiter.reject(reason);
    }
    const now = this.#clock.monotonic();
    for (const gauge of gauges) this.#drain(gauge, now);
    this.#settle();
  }

  #forget(waiter: Waiter): void {
    waiter.gone = true;
    this.#waiting.delete(waiter);
    if (waiter.signal) this.#aborts.delete(waiter.signal, waiter);
    if (this.#waiting.size === 0) this.#parked.clear();
  }

  /** After each piece of work: events go out, and the timer is set. */
  #settle(): void {
    this.#alarm.set(this.#parked, this.#parked.next());
    this.#reports.flush();
  }
}

function aborted(message: string, cause: unknown): AbortedError {
  return new AbortedError(message, cause === undefined ? {} : { cause });
}
