import type { Rings } from './alarm.js';
import { readyAt } from './decide.js';
import type { Gauge, Waiter } from './gauge.js';
import { FIRST_BACKGROUND } from './queue/turns.js';
import type { Reports } from './reports.js';
import { askFor, costAt } from './waiter-costs.js';

/** Instants closer than this are the same: no timer tells them apart. */
const GRAIN_MS = 0.01;
/** Used up for a shorter time is how a limit looks when it is used well. */
const EXHAUSTED_MS = 1_000;

/** Has a limit looked at again when the first one that waits for it can go, and asks for what has to be leased for that one. */
export function rest(
  gauge: Gauge,
  first: Waiter,
  now: number,
  alarm: Rings<Gauge>,
  reports: Reports,
): void {
  let at = readyAt(gauge, costAt(first, gauge), first, now);
  const other = gauge.spec.reserve > 0 ? urgentBehind(gauge, first, now) : undefined;
  if (other) at = Math.min(at, readyAt(gauge, costAt(other, gauge), other, now));
  const dry = at > now;
  // It has room: what is lacking has to be asked for.
  if (!dry && askFor(first, now)) at = Infinity;
  if (gauge.opensAt() <= now) {
    gauge.rest();
    gauge.dry ||= dry;
  }
  const { kind } = gauge.meter;
  const counted = kind === 'window' || kind === 'bucket';
  if (counted && gauge.blockedUntil <= now && at !== Infinity) tell(gauge, at, now, reports);
  alarm.set(gauge, at === Infinity ? at : Math.max(at, now + GRAIN_MS));
}

/** Those that may use the reserve need not wait for one that may not. */
function urgentBehind(gauge: Gauge, first: Waiter, now: number): Waiter | undefined {
  return first.place < FIRST_BACKGROUND ? undefined : gauge.turns?.first(now, true)?.head();
}

function tell(gauge: Gauge, until: number, now: number, reports: Reports): void {
  if (until - now < EXHAUSTED_MS || now < gauge.exhaustedUntil) return;
  gauge.exhaustedUntil = until;
  reports.exhausted(gauge, 'count', until);
}
