import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectRateLimit } from '../../../src/http/rate-limit/detect.js';
import type { RateLimitSignal } from '../../../src/http/rate-limit/types.js';

const NOW = Date.UTC(2026, 2, 2, 10, 15, 30);

const NAMES = [
  'Retry-After',
  'Retry-After-Ms',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Rate-Limit-Reset-After',
  'X-RateLimit-Used',
  'X-RateLimit-Limit-Minute',
  'X-RateLimit-Remaining-Minute',
  'RateLimit',
  'RateLimit-Policy',
  'X-App-Usage',
  'X-Shop-Api-Call-Limit',
  'Sforce-Limit-Info',
  'X-RateLimit-Interval-Seconds',
  'Date',
  'Age',
];
const VALUES = [
  '0',
  '1',
  '-1',
  '',
  '1772446560',
  '1772446560000',
  '0.5',
  '1e3',
  '39/40',
  '6m0s',
  '100;w=60',
  '600,30000',
  '"a";r=0;t=5, "b";r=3;t=9',
  '"a";q=10;w=1',
  '{"call_count":101}',
  'limit=1, remaining=0, reset=5',
  'api-usage=5/5; b=1/2',
  'Mon, 02 Mar 2026 10:16:00 GMT',
  '2026-03-02T10:16:00Z',
  '99999999999999999999',
  'constructor',
  '__proto__',
  'toString=1/2',
  'Infinity',
  '\t',
  '9:9,9:9',
];

const status = fc.oneof(
  fc.constantFrom(200, 202, 304, 400, 401, 402, 403, 404, 420, 429, 500, 503, 509, 529),
  fc.integer(),
);
const headerText = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.integer().map(String),
  fc.double().map(String),
);
const pairs = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(...NAMES), fc.stringMatching(/^[a-zA-Z_-]{1,30}$/)),
    headerText,
  ),
  { maxLength: 12 },
);
const errorText = fc.constantFrom(
  'rate_limited',
  'Too many requests',
  'quota exceeded',
  'retry in 5 s',
  '429',
  'ok',
  '0',
);
const errorKey = fc.constantFrom(
  'error',
  'errors',
  'code',
  'message',
  'retry_after',
  'status',
  'extensions',
  'cost',
  'backoff',
  'responses',
  '__proto__',
  'constructor',
  'remaining',
  'limit',
);
const errorBody = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    errorText,
    fc.double(),
    fc.boolean(),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(errorKey, tie('node'), { maxKeys: 5 }),
  ),
})).node;
const body = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withTypedArray: true,
  }),
  errorBody,
  errorBody.map((value) => JSON.stringify(value)),
  fc.string(),
);

describe('detectRateLimit', () => {
  it('gives a result that makes sense for any response', () => {
    fc.assert(
      fc.property(status, pairs, body, (code, fields, content) => {
        expectSound(detect(code, fields, content));
      }),
      { numRuns: 2000 },
    );
  });

  it('compares header names without case', () => {
    fc.assert(
      fc.property(status, pairs, (code, fields) => {
        const upper = fields.map(([name, value]): [string, string] => [name.toUpperCase(), value]);
        expect(detect(code, upper, undefined)).toEqual(detect(code, fields, undefined));
      }),
    );
  });

  it('depends on nothing but its arguments', () => {
    fc.assert(
      fc.property(status, pairs, errorBody, (code, fields, content) => {
        expect(detect(code, fields, content)).toEqual(detect(code, fields, content));
      }),
    );
  });

  it('reads a wait exactly in every form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (ms) => {
        const whole = Math.ceil(ms / 1000);
        const at = new Date(NOW + whole * 1000);
        const forms: [string, string][] = [
          ['Retry-After', String(whole)],
          ['Retry-After', at.toUTCString()],
          ['X-RateLimit-Reset', String(whole)],
          ['X-RateLimit-Reset', String(at.getTime() / 1000)],
          ['X-RateLimit-Reset', String(at.getTime())],
          ['X-RateLimit-Reset', at.toISOString()],
          ['X-RateLimit-Reset', at.toISOString().slice(0, 19)],
          ['X-RateLimit-Reset', `${Math.floor(whole / 60)}m${whole % 60}s`],
          ['RateLimit', `"default";r=0;t=${whole}`],
        ];
        for (const field of forms) {
          expect(detect(429, [field], undefined).retryAfterMs, field.join(': ')).toBe(whole * 1000);
        }
        expect(detect(429, [['Retry-After-Ms', String(ms)]], undefined).retryAfterMs).toBe(ms);
        expect(detect(429, [['Retry-After', (ms / 1000).toFixed(3)]], undefined).retryAfterMs).toBe(
          ms,
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('detectRateLimit, with hostile input', () => {
  const cyclic: Record<string, unknown> = { error: 'x' };
  cyclic['errors'] = [cyclic];
  cyclic['responses'] = [cyclic];
  let deep: unknown = 'rate limited';
  for (let depth = 0; depth < 100_000; depth += 1)
    deep = depth % 2 === 0 ? [deep] : { error: deep };
  const wide = Object.fromEntries(
    Array.from({ length: 200_000 }, (_, n) => [`key${n}`, 'too many']),
  );
  const thrower = {
    get error(): never {
      throw new Error('read');
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each([
    ['a cycle', cyclic],
    ['a deep body', deep],
    ['a deep text', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['an unclosed deep text', '{"error":'.repeat(50_000)],
    ['a wide object', wide],
    [
      'a long list',
      Array.from({ length: 200_000 }, () => ({ error: 'too many requests', code: 429 })),
    ],
    [
      'a batch of many',
      {
        responses: Array.from({ length: 100_000 }, () => ({
          status: 403,
          body: 'no '.repeat(300),
        })),
      },
    ],
    ['bytes', new Uint8Array(5_000_000)],
    ['a getter that throws', thrower],
    ['a revoked proxy', revoked.proxy],
    [
      'an own __proto__',
      JSON.parse('{"__proto__":{"error":"rate limited"},"constructor":1}') as unknown,
    ],
    ...[
      'a',
      ' ',
      '1',
      '{',
      '<',
      '"',
      'rate limit ',
      'concurrent limit ',
      'retry after ',
      'exceeded ',
      '<message>',
      'aA',
      '1.',
      '[{"a":',
      'wait 1:',
    ].map((part): [string, unknown] => [
      `much of ${JSON.stringify(part)}`,
      part.repeat(Math.ceil(1_000_000 / part.length)),
    ]),
  ])('judges %s in bounded time', (_name, content) => {
    for (const code of [200, 403, 429]) {
      const started = performance.now();
      expectSound(detect(code, [], content));
      expectSound(detect(code, [], { error: { message: content } }));
      expect(performance.now() - started).toBeLessThan(1000);
    }
  });

  it.each([
    'a',
    '1',
    ',',
    ';',
    '=',
    '"',
    '\\"',
    ' ',
    '1,',
    '1;w=1,',
    'a=1;',
    '1/',
    '1:1,',
    '{"a":',
    '1m',
    'Mon, ',
    'x-',
    '-1',
  ])('reads header values and names of much %j in linear time', (part) => {
    const value = part.repeat(Math.ceil(100_000 / part.length));
    const started = performance.now();
    for (const name of NAMES) expectSound(detect(429, [[name, value]], undefined));
    for (const name of NAMES) expectSound(detect(429, [[name, value.slice(0, 4000)]], undefined));
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('reads long names and many of them', () => {
    const fields = Array.from({ length: 2000 }, (_, n): [string, string] => [
      `x-ratelimit-${'limit'.repeat(20)}-${n}`,
      '1',
    ]);
    fields.push([`x-${'ratelimit'.repeat(5000)}`, '1']);
    const started = performance.now();
    expectSound(detect(429, fields, undefined));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

function detect(
  code: number,
  fields: readonly (readonly [string, string])[],
  content: unknown,
): RateLimitSignal {
  const headers = new Headers();
  for (const [name, value] of fields) {
    try {
      headers.append(name, value);
    } catch {
      // Not a header that could arrive.
    }
  }
  return detectRateLimit(
    { status: code, headers, body: content, request: { method: 'GET', path: '/items' } },
    { now: NOW },
  );
}

function expectSound(signal: RateLimitSignal): void {
  expect(signal.kind === 'none').toBe(!signal.limited);
  if (!signal.limited) expect(signal.retryAfterMs).toBeUndefined();
  if (signal.retryAfterMs !== undefined) {
    expect(Number.isInteger(signal.retryAfterMs)).toBe(true);
    expect(signal.retryAfterMs).toBeGreaterThanOrEqual(0);
  }
  for (const at of [signal.resetAt, ...(signal.policies ?? []).map((policy) => policy.resetAt)]) {
    if (at !== undefined) expect(new Date(at).getTime()).toBe(Math.trunc(at));
  }
  for (const count of [signal.limit, signal.remaining]) {
    if (count !== undefined) expect(count).toBeGreaterThanOrEqual(0);
  }
}
