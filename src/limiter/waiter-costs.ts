import { ConfigError } from '../core/errors.js';
import { readyAt } from './decide.js';
import type { Gauge, Route, Waiter } from './gauge.js';
import type { PermitRequest } from './limiter.js';

/** How long a limit may be promised to one that waits for another, at least. */
const CLAIM_MS = 500;

/** @throws {ConfigError} for a cost that no waiting will make room for */
export function refuseImpossible(
  { gauges }: Route,
  request: PermitRequest,
  costs: readonly number[],
): void {
  gauges.forEach((gauge, i) => {
    const cost = costs[i] ?? 1;
    if (cost <= gauge.meter.capacity || gauge.meter.kind === 'told') return;
    const { connector, connection, method, path } = request;
    throw new ConfigError(
      `${connector}/${connection}: ${method} ${path} costs ${cost}, and the limit '${gauge.spec.label}' allows ${gauge.meter.capacity} at most: ` +
        'it could never be sent. Correct the limit or its cost, or ask for less at a time.',
      { context: { connector, connection, limit: gauge.spec.label, cost } },
    );
  });
}

/** Asks for everything that has to be leased for a waiter; says whether something has. */
export function askFor(waiter: Waiter, now: number): boolean {
  let asked = false;
  waiter.route.gauges.forEach(({ lease }, i) => {
    if (lease === undefined || lease.covers(waiter.costs[i] ?? 1, now)) return;
    lease.ask(waiter);
    asked = true;
  });
  return asked;
}

export function costAt({ route, costs }: Waiter, gauge: Gauge): number {
  return costs[route.gauges.indexOf(gauge)] ?? 1;
}

/**
 * Whose turn it was at one limit, and who has to wait for another, is promised the first for a while: else it would find now the one and now
 * the other without room, and wait for ever while others use both. The longer it has waited, the longer; never for what takes longer anyway, nor
 * for what is promised to another: two that were promised what the other waits for would keep both from everybody.
 */
export function claim(waiter: Waiter, from: Gauge, to: Gauge, now: number): void {
  if (isClaimed(from, now) || (to.claim?.waiter !== waiter && isClaimed(to, now))) return;
  const until = now + Math.max(CLAIM_MS, (now - waiter.since) / 4);
  const ready = readyAt(to, costAt(waiter, to), waiter, now);
  if (ready <= until) from.claim = { waiter, cost: costAt(waiter, from), until };
}

function isClaimed({ claim: present }: Gauge, now: number): boolean {
  return present !== undefined && !present.waiter.gone && present.until > now;
}
