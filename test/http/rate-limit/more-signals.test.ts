import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { detectRateLimit } from '../../../src/http/rate-limit/detect.js';
import type { RateLimitSignal } from '../../../src/http/rate-limit/types.js';

/** The local clock of every row. */
const NOW = Date.UTC(2026, 2, 2, 10, 15, 30);

const rowSchema = z.strictObject({
  id: z.string(),
  /** Where the names and the shape come from; absent for guards, which were made up. */
  source: z.string().optional(),
  unsure: z.boolean().optional(),
  constructed: z.boolean().optional(),
  /** The wait has a unit that nothing in the response shows. */
  needsConnector: z.boolean().optional(),
  request: z.strictObject({ method: z.string(), path: z.string() }).optional(),
  response: z.strictObject({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown().optional(),
  }),
  /** Only what the source tells; `null` for what must be absent. */
  expected: z.strictObject({
    limited: z.boolean(),
    retryAfterMs: z.number().nullable().optional(),
    resetAt: z.iso.datetime().nullable().optional(),
    limit: z.number().nullable().optional(),
    remaining: z.number().nullable().optional(),
    kind: z.enum(['throttle', 'quota', 'concurrency', 'secondary', 'none']).optional(),
  }),
});
type Row = z.infer<typeof rowSchema>;

function rowsOf(name: string): Row[] {
  const file = new URL(`./fixtures/${name}.json`, import.meta.url);
  return z.array(rowSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

const signals = rowsOf('more-signals');
const others = rowsOf('other-limits');

describe.each(['UTC', 'America/New_York', 'Asia/Tokyo'])('detectRateLimit in %s', (zone) => {
  const before = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = zone;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it.each(signals)('$id', (row) => {
    const actual = detect(row);
    if (row.needsConnector === true) {
      expect(actual.limited).toBe(row.expected.limited);
      return;
    }
    expect(told(actual, row)).toEqual(row.expected);
  });

  it.each(others)('is of another limit, or of another call: $id', (row) => {
    expect(detect(row)).toMatchObject({ limited: false, kind: 'none' });
  });
});

it('reads the same from a body that is text', () => {
  for (const row of [...signals, ...others]) {
    const { body } = row.response;
    if (typeof body !== 'object') continue;
    const text = { ...row, response: { ...row.response, body: JSON.stringify(body) } };
    expect(detect(text), row.id).toEqual(detect(row));
  }
});

it('takes rows from a source, or says that they are made up', () => {
  for (const row of [...signals, ...others])
    expect(row.source !== undefined, row.id).toBe(row.constructed !== true);
});

function detect({ request, response: { status, headers, body } }: Row): RateLimitSignal {
  return detectRateLimit(
    { status, headers: new Headers(headers), body, ...(request && { request }) },
    { now: NOW },
  );
}

/** Of the signal, what the row is about. */
function told(actual: RateLimitSignal, { expected }: Row): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    ...actual,
    resetAt: actual.resetAt === undefined ? undefined : new Date(actual.resetAt).toISOString(),
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, shown[key] ?? null]));
}
