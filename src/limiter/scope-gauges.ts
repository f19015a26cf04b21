import type { PermitRule } from '../storage/permits.js';
import type { Part } from './declared.js';
import { Gauge } from './gauge.js';
import type { PermitRequest } from './limiter.js';

/** Called with every limit in a scope that comes into being; `rule`: of those that processes share. */
export type OnGauge = (gauge: Gauge, rule: PermitRule | undefined) => void;

/** Limits that become known while requests are made: they are added to a scope's routes. */
export interface Learned {
  /** For all requests of the scope. */
  readonly gauges: Gauge[];
  /** Those that the API tells of with responses to requests of this kind. */
  told?: (request: PermitRequest) => readonly Gauge[];
  /** Tells kinds of requests apart for `told`. */
  kind?: (request: PermitRequest) => string;
}

/** What the gates are called, through which all requests of a scope go. */
export const ALL_REQUESTS = 'all requests';
/** How the names of endpoints begin. */
export const ENDPOINT = 'endpoint ';

/** A declared limit comes into being in a scope. */
export function makeGauge({ spec, meter, rule }: Part, of: Gauge['of'], onGauge: OnGauge): Gauge {
  const gauge = new Gauge(meter(), spec, of);
  onGauge(gauge, rule);
  return gauge;
}
