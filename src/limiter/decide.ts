import type { Random } from '../core/ports.js';
import type { Gauge, Route, Waiter } from './gauge.js';
import { FIRST_BACKGROUND, placeAt } from './queue/turns.js';

/** What a request costs each limit where none has a price. */
export const ONES: readonly number[] = new Array<number>(256).fill(1);

/** Whether a limit has room for a request now, as far as this process knows. Whose turn it is is not asked. */
function hasRoom(
  gauge: Gauge,
  cost: number,
  place: number,
  waiter: Waiter | undefined,
  now: number,
  random: Random,
): boolean {
  if ((gauge.blockedUntil > 0 || gauge.pace !== undefined) && !gauge.isOpen(now, random)) {
    return false;
  }
  const plain = gauge.claim === undefined && gauge.spec.reserve === 0;
  const kept = plain ? 0 : gauge.kept(place, waiter, now);
  return gauge.has(cost, kept, now);
}

/** Whether others that wait for the limit go before. */
function mustQueue(gauge: Gauge, place: number, now: number): boolean {
  const { turns } = gauge;
  return turns !== undefined && !turns.empty && turns.firstPlace(now) <= place;
}

/** Whether a request may be sent at once. */
export function mayPass(
  { gauges }: Route,
  costs: readonly number[],
  place: number,
  now: number,
  random: Random,
): boolean {
  for (let i = 0; i < gauges.length; i++) {
    const gauge = gauges[i];
    if (gauge === undefined) continue;
    if (gauge.turns !== undefined && mustQueue(gauge, place, now)) return false;
    const cost = costs[i] ?? 1;
    if (!hasRoom(gauge, cost, place, undefined, now, random)) return false;
    if (gauge.lease?.covers(cost, now) === false) return false;
  }
  return true;
}

/**
 * What a waiter has to wait for; undefined when it may be sent. At the limit `at`, if any, it is its turn: that one comes first, so that
 * nobody overtakes it there. What has only to be asked of the store comes last: no use in asking while something else is lacking.
 */
export function blockerOf(
  waiter: Waiter,
  at: Gauge | undefined,
  now: number,
  random: Random,
): Gauge | undefined {
  const { route, costs, place } = waiter;
  const risen = placeAt(waiter, now);
  let blocker: Gauge | undefined;
  let asked: Gauge | undefined;
  let latest = -Infinity;
  for (let i = 0; i < route.gauges.length; i++) {
    const gauge = route.gauges[i];
    if (gauge === undefined) continue;
    const cost = costs[i] ?? 1;
    const room =
      hasRoom(gauge, cost, place, waiter, now, random) && (gauge.lease?.retryAt(risen) ?? 0) <= now;
    const first = gauge === at || gauge.claim?.waiter === waiter;
    if (room && (first || !mustQueue(gauge, risen, now))) {
      if (gauge.lease?.covers(cost, now) === false) asked = gauge;
      continue;
    }
    if (gauge === at) return gauge;
    const ready = readyAt(gauge, cost, waiter, now);
    if (ready > latest || blocker === undefined) {
      blocker = gauge;
      latest = ready;
    }
  }
  return blocker ?? (asked && at) ?? asked;
}

/** When a limit will have room for a waiter if nobody else uses it; Infinity when that depends on requests under way. */
export function readyAt(gauge: Gauge, cost: number, waiter: Waiter, now: number): number {
  const opens = Math.max(gauge.opensAt(), gauge.lease?.retryAt(placeAt(waiter, now)) ?? 0);
  const kept = gauge.kept(waiter.place, waiter, now);
  const free = gauge.meter.freeAt(cost + kept, now);
  if (kept === 0) return Math.max(opens, free);
  // What is kept may come free: a claim ends, and who starves may use the reserve.
  const released = Math.min(
    gauge.claim === undefined ? Infinity : gauge.claim.until,
    gauge.spec.reserve > 0 && waiter.place >= FIRST_BACKGROUND ? gauge.starvesAt(waiter) : Infinity,
  );
  return Math.max(opens, Math.min(free, released));
}

/** When a waiter will probably be admitted, all being well; undefined when that cannot be told. */
export function outlookOf(waiter: Waiter, now: number): number | undefined {
  const { route, costs, place } = waiter;
  let latest = now;
  for (let i = 0; i < route.gauges.length; i++) {
    const gauge = route.gauges[i];
    if (gauge === undefined) continue;
    const cost = costs[i] ?? 1;
    const ahead = gauge.turns?.counts.slice(0, place + 1).reduce((sum, n) => sum + n, 0) ?? 0;
    const kept = gauge.kept(place, waiter, now);
    const others = Math.max(0, ahead - (waiter.lane?.at === gauge ? 1 : 0));
    const at = gauge.meter.outlook(cost * (1 + others) + kept, now);
    if (at === undefined) return undefined;
    latest = Math.max(latest, at, gauge.opensAt());
  }
  return latest;
}
