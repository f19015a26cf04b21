import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { detectRateLimit } from '../../../src/http/rate-limit/detect.js';
import type {
  RateLimitPolicy,
  RateLimitScope,
  RateLimitSignal,
} from '../../../src/http/rate-limit/types.js';
import { NOW, VARIANTS } from './variants.js';

const instant = z.iso.datetime().transform((text) => Date.parse(text));
const policySchema = z.object({
  name: z.string(),
  limit: z.number().nullish(),
  remaining: z.number().nullish(),
  windowMs: z.number().optional(),
  resetAt: instant.nullish(),
  unit: z.string().optional(),
  ratePerSecond: z.number().optional(),
});
const rowSchema = z.object({
  id: z.string(),
  request: z.object({ method: z.string(), path: z.string() }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    body: z.unknown().optional(),
  }),
  now: instant,
  expected: z.object({
    limited: z.boolean(),
    retryAfterMs: z.number().nullable(),
    resetAt: instant.nullable(),
    limit: z.number().nullable(),
    remaining: z.number().nullable(),
    scope: z.enum(['connection', 'app', 'endpoint', 'unknown']),
    kind: z.enum(['throttle', 'quota', 'concurrency', 'secondary', 'none']),
    policies: z.array(policySchema).optional(),
    needsBodyDetector: z.boolean(),
    headerOnlyLimited: z.boolean().nullish(),
  }),
});
type Row = z.infer<typeof rowSchema>;

const file = new URL('./fixtures/rate-limit-signals.json', import.meta.url);
const rows = z.array(rowSchema).parse(JSON.parse(readFileSync(file, 'utf8')));

const ZONES = [
  { zone: 'UTC', offset: 0 },
  { zone: 'America/New_York', offset: 300 },
  { zone: 'Asia/Tokyo', offset: -540 },
];

describe.each(ZONES)('detectRateLimit in $zone', ({ zone, offset }) => {
  const before = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = zone;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it('runs in that time zone', () => {
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(offset);
  });

  it.each(rows)('corpus: $id', (row) => {
    const actual = detect(row);
    const { expected } = row;
    if (isForConnectorOnly(row)) {
      expect(actual.limited).toBe(expected.headerOnlyLimited);
      return;
    }
    expect({
      limited: actual.limited,
      retryAfterMs: actual.retryAfterMs ?? null,
      resetAt: actual.resetAt ?? null,
      limit: actual.limit ?? null,
      remaining: actual.remaining ?? null,
      scope: whoPauses(actual.scope),
      kind: actual.kind,
    }).toEqual({
      limited: expected.limited,
      retryAfterMs: expected.retryAfterMs,
      resetAt: expected.resetAt,
      limit: expected.limit,
      remaining: expected.remaining,
      scope: whoPauses(expected.scope),
      kind: expected.kind,
    });
    if (expected.policies !== undefined) expectPolicies(actual.policies, expected.policies);
  });

  it.each(VARIANTS)('variant: $name', ({ status, headers, body, request, expected }) => {
    const actual = detectRateLimit(
      { status, headers: new Headers(headers), body, ...(request && { request }) },
      { now: NOW },
    );
    const told = Object.keys(expected).map((key): [string, unknown] => [
      key,
      Reflect.get(actual, key) ?? null,
    ]);
    expect(Object.fromEntries(told)).toEqual(expected);
  });
});

it.each([
  ['30', 30_000],
  ['1767225600', 60_000],
  ['1767225600000', 60_000],
  ['2026-01-01T00:00:00Z', 60_000],
  ['Thu, 01 Jan 2026 00:00:00 GMT', 60_000],
])('scenario 26: RateLimit-Reset: %s', (reset, wait) => {
  const headers = new Headers({ 'RateLimit-Remaining': '0', 'RateLimit-Reset': reset });
  const now = Date.UTC(2025, 11, 31, 23, 59);
  const signal = detectRateLimit({ status: 429, headers }, { now });
  expect(signal).toMatchObject({ limited: true, retryAfterMs: wait, resetAt: now + wait });
});

describe('scenario 27', () => {
  const now = Date.UTC(2026, 0, 1);
  const wait = (retryAfter: string, date?: string): number | undefined => {
    const headers = new Headers({ 'Retry-After': retryAfter, ...(date && { Date: date }) });
    return detectRateLimit({ status: 429, headers }, { now }).retryAfterMs;
  };

  it('waits for Retry-After: 3600 in full', () => {
    expect(wait('3600')).toBe(3_600_000);
  });

  it('bears a skewed clock', () => {
    const ahead = 'Thu, 01 Jan 2026 05:00:00 GMT';
    expect(wait('Thu, 01 Jan 2026 05:01:00 GMT', ahead)).toBe(60_000);
    expect(wait('3600', ahead)).toBe(3_600_000);
  });

  it('leaves Retry-After: garbage to back-off', () => {
    expect(wait('garbage')).toBeUndefined();
  });
});

describe('the scope', () => {
  it('is the corpus’s own in most rows, unknown where only documentation tells it', () => {
    const exact = rows.filter((row) => detect(row).scope === row.expected.scope);
    expect(exact.length).toBeGreaterThanOrEqual(150);
  });
});

function detect({ request, response, now }: Row): RateLimitSignal {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const line of [value].flat()) headers.append(name, line);
  }
  return detectRateLimit(
    { status: response.status, headers, body: response.body, request },
    { now },
  );
}

/** A limit that nothing in the response shows needs the connector's `rateLimit` hook. */
function isForConnectorOnly({ expected, response }: Row): boolean {
  return expected.needsBodyDetector && response.body === undefined;
}

/** A limiter pauses the connection where the scope is unknown. */
function whoPauses(scope: RateLimitScope): RateLimitScope {
  return scope === 'unknown' ? 'connection' : scope;
}

/** The corpus names policies as their vendors do, and leaves out what a row is not about. */
function expectPolicies(
  actual: readonly RateLimitPolicy[] | undefined,
  expected: readonly z.infer<typeof policySchema>[],
): void {
  const stated = expected.map(({ name: _name, ...policy }) => policy);
  expect(actual).toHaveLength(stated.length);
  expect(actual).toEqual(
    expect.arrayContaining(stated.map((policy): unknown => expect.objectContaining(policy))),
  );
}
