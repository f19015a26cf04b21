import type { GivenPermit } from './permit.js';

/**
 * What a permit has taken is settled: at the headers what counts a rate, at the end all the rest. `actual` is what the request has cost by the
 * API's own count, for the limits that have prices.
 */
export function settle(
  permit: GivenPermit,
  at: 'headers' | 'end',
  actual: number | undefined,
  now: number,
): void {
  const { route, costs, settled } = permit;
  for (let i = 0; i < route.gauges.length; i++) {
    const gauge = route.gauges[i];
    if (gauge === undefined) continue;
    const { meter, lease } = gauge;
    const estimate = costs[i] ?? 1;
    const priced = actual !== undefined && actual >= 0 && route.priced?.[i] === true;
    if (meter.settlesAt === 'headers' && settled) {
      // It was settled with the estimate: what it was too low by is added, what it was too high by has been counted.
      if (priced && actual > estimate) meter.settle(0, actual - estimate, now);
      continue;
    }
    if (meter.settlesAt === 'end' && at === 'headers') continue;
    const cost = priced ? actual : estimate;
    meter.settle(estimate, cost, now);
    lease?.settle(estimate, cost, now, now - permit.admittedAt);
  }
  permit.settled = true;
}

/** What a permit has taken is given back: nothing was sent. */
export function withdraw({ route, costs }: GivenPermit, now: number): void {
  for (let i = 0; i < route.gauges.length; i++) {
    const gauge = route.gauges[i];
    gauge?.meter.cancel(costs[i] ?? 1);
    gauge?.lease?.cancel(costs[i] ?? 1, now);
  }
}
