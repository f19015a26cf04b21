import { parseDuration } from '../core/duration.js';
import { ConfigError } from '../core/errors.js';
import type { Limit, LimitScope } from '../connector/limits.js';
import type { PermitRule } from '../storage/permits.js';
import type { LimitSpec } from './gauge.js';
import { compileMatch, type Matcher } from './match.js';
import { Concurrency } from './meter/concurrency.js';
import { flowDelay, LeakyBucket } from './meter/leaky-bucket.js';
import type { Meter } from './meter/meter.js';
import { SlidingWindow } from './meter/sliding-window.js';

/** One of the things that a declared limit counts: a window, and for its burst a shorter one. */
export interface Part {
  /** Its number among the parts of all limits of the connector. */
  readonly index: number;
  readonly spec: LimitSpec;
  readonly meter: () => Meter;
  /** The same for the processes that share the store. */
  readonly rule: PermitRule;
}

/** A declared limit, checked and made ready. */
export interface DeclaredLimit {
  readonly scope: LimitScope['scope'];
  readonly matches: Matcher | undefined;
  /** How particular it is: the longest pattern is meant when an API says "this endpoint". */
  readonly detail: number;
  readonly cost: LimitScope['cost'];
  readonly parts: readonly Part[];
}

/** @throws {ConfigError} naming the limit's path */
export function declaredLimits(
  connector: string,
  limits: readonly Limit[],
): readonly DeclaredLimit[] {
  const names = new Map<string, number>();
  let index = 0;
  return limits.map((limit, i) => {
    const path = `limits[${i}]`;
    const name = nameOf(limit);
    const times = (names.get(name) ?? 0) + 1;
    names.set(name, times);
    const label = times === 1 ? name : `${name} #${times}`;
    return {
      scope: limit.scope,
      matches: limit.match === undefined ? undefined : compileMatch(limit.match, `${path}.match`),
      detail: limit.match?.length ?? 0,
      cost: limit.cost,
      parts: partsOf(limit, { connector, label, reserve: 0 }, path).map((part) => ({
        ...part,
        index: index++,
      })),
    };
  });
}

function partsOf(limit: Limit, spec: LimitSpec, path: string): readonly Omit<Part, 'index'>[] {
  if (limit.concurrency !== undefined) {
    const slots = positive(limit.concurrency, `${path}.concurrency`);
    const rule = { kind: 'concurrency', slots } as const;
    return [{ spec, rule, meter: () => new Concurrency(slots) }];
  }
  const perMs = positive(parseDuration(limit.per, `${path}.per`), `${path}.per`);
  if (limit.bucket !== undefined) {
    const size = positive(limit.bucket, `${path}.bucket`);
    const refill = positive(limit.refill, `${path}.refill`);
    const delayMs = flowDelay({ size, refill, perMs });
    const rule = { kind: 'bucket', size, refillPerMs: refill / perMs, delayMs } as const;
    return [{ spec, rule, meter: () => new LeakyBucket({ size, refill, perMs }) }];
  }
  const tokens = positive(limit.tokens, `${path}.tokens`);
  const reserve = tokens * (limit.reserve ?? 0);
  const whole = windowPart({ ...spec, reserve }, tokens, perMs);
  if (limit.burst === undefined || limit.burst >= tokens) return [whole];
  const burst = positive(limit.burst, `${path}.burst`);
  const label = `${spec.label}, burst ${burst}`;
  return [whole, windowPart({ ...spec, label }, burst, (perMs * burst) / tokens)];
}

function windowPart(spec: LimitSpec, tokens: number, perMs: number): Omit<Part, 'index'> {
  const rule = { kind: 'window', tokens, perMs } as const;
  return { spec, rule, meter: () => new SlidingWindow(tokens, perMs) };
}

function nameOf(limit: Limit): string {
  const match = limit.match === undefined ? '' : `${limit.match}: `;
  if (limit.concurrency !== undefined) return `${match}${limit.concurrency} at a time`;
  if (limit.bucket !== undefined)
    return `${match}bucket ${limit.bucket}, ${limit.refill} per ${limit.per}`;
  return `${match}${limit.tokens} per ${limit.per}`;
}

function positive(value: number, path: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new ConfigError(`${path}: expected a number above 0, found ${String(value)}`, {
    context: { path },
  });
}
