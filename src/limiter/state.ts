import type { Clock } from '../core/ports.js';
import type { Gauge } from './gauge.js';
import type { LimitState } from './limiter.js';

/** A limit as it stands, for people and programs to look at. */
export function stateOf(gauge: Gauge, clock: Clock): LimitState {
  const { meter, spec, scope, connection } = gauge;
  const now = clock.monotonic();
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    connector: spec.connector,
    connection,
    limit: spec.label,
    scope,
    kind: meter.kind,
    tokens: known(meter.capacity),
    perMs: meter.perMs,
    remaining: known(Math.max(0, meter.free(now))),
    inFlight: meter.inFlight,
    waiting: gauge.waiting,
    blockedUntil: gauge.blockedUntil > now ? clock.now() + gauge.blockedUntil - now : null,
  };
}
