import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareOrderValues,
  detectOrderType,
  msToOrderValue,
  type OrderType,
  type OrderValue,
  orderValueBefore,
  orderValueToMs,
  readOrderValue,
} from '../../src/core/order-value.js';
import { isoTexts, numerics } from '../support/arbitraries.js';

const iso = isoTexts.map(({ text }) => text);
const numbers = numerics.map(({ value }) => value);
const epochs = fc.oneof(
  fc.integer(),
  fc.integer().map(String),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
);
const values: Readonly<Record<OrderType, fc.Arbitrary<OrderValue>>> = {
  iso,
  'epoch-s': epochs,
  'epoch-ms': epochs,
  number: fc.oneof(numbers, fc.double({ noNaN: true, noDefaultInfinity: true })),
  string: fc.string({ minLength: 1, unit: 'binary' }),
};
const types = Object.keys(values) as readonly OrderType[];

describe.each(types)('%s', (type) => {
  const value = values[type];

  test('compares in a total order', () => {
    const compare = (a: OrderValue, b: OrderValue): number =>
      Math.sign(compareOrderValues(a, b, type));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(compare(a, a)).toBe(0);
        expect(compare(a, b)).toBe(0 - compare(b, a));
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        if (compare(a, b) === 0) expect(compare(a, c)).toBe(compare(b, c));
      }),
      { numRuns: 300 },
    );
  });

  test('what is read is the value itself, and is read again', () => {
    fc.assert(
      fc.property(value, (written) => {
        const read = readOrderValue(written, type);
        expect(read === written || read === null).toBe(true);
        if (type !== 'number') expect(read).toBe(written);
      }),
    );
  });

  test('moved back it is not later, in the same form, and by no more than it must', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 10_000_000 }), (written, distance) => {
        const before = orderValueBefore(written, distance, type);
        expect(typeof before).toBe(typeof written);
        expect(compareOrderValues(before, written, type)).toBeLessThanOrEqual(0);
        if (distance === 0 || type === 'string') expect(before).toBe(written);
        const [from, to] = [orderValueToMs(written, type), orderValueToMs(before, type)];
        // Not beyond what numbers can reckon with, nor before the calendar's first days.
        if (from === undefined || to === undefined || Math.abs(from) > 6.2e13) return;
        expect(from - to).toBeGreaterThanOrEqual(distance - 1);
        expect(from - to).toBeLessThan(distance + 86_400_000);
      }),
      { numRuns: 300 },
    );
  });
});

test('whatever is given, what is read is a text or a number that compares with itself', () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withBigInt: true }),
      fc.constantFrom(undefined, ...types),
      (raw, type) => {
        const read = readOrderValue(raw, type);
        if (read === null) return;
        expect(['string', 'number']).toContain(typeof read);
        expect(compareOrderValues(read, read, type ?? detectOrderType(read) ?? 'string')).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

test('a date is its ISO text, a bigint the text of its digits; what is none of these is nothing', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        expect(readOrderValue(date, 'iso')).toBe(date.toISOString());
      },
    ),
  );
  fc.assert(
    fc.property(fc.bigInt(), (digits) => {
      expect(readOrderValue(digits, 'number')).toBe(String(digits));
    }),
  );
  for (const raw of [null, undefined, NaN, Infinity, new Date(NaN), '', {}, [], true, () => 1]) {
    expect(readOrderValue(raw, undefined)).toBeNull();
  }
});

test('an instant is written like its model: whole seconds and Z without one, and never later', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Date.UTC(9_000, 0, 1) }),
      fc.option(iso, { nil: undefined }),
      (ms, model) => {
        const written = msToOrderValue(ms, 'iso', model);
        if (model === undefined) expect(written).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        else expect(written).toHaveLength(model.length);
        expect(orderValueToMs(written, 'iso')!).toBeLessThanOrEqual(ms);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0 }),
      fc.constantFrom('epoch-s' as const, 'epoch-ms' as const),
      fc.constantFrom(1, '1'),
      (ms, type, model) => {
        const written = msToOrderValue(ms, type, model);
        expect(typeof written).toBe(typeof model);
        expect(orderValueToMs(written, type)!).toBeLessThanOrEqual(ms);
        expect(ms - orderValueToMs(written, type)!).toBeLessThan(1_000);
      },
    ),
  );
});

test.each([
  [1, 'number'],
  [-1.5, 'number'],
  ['0', 'number'],
  ['007', 'number'],
  ['9'.repeat(50), 'number'],
  ['-5', 'string'],
  ['1.5', 'string'],
  ['2025-01-01', 'iso'],
  ['2025-01-01T10:00:00+0100', 'iso'],
  ['2025-13-01', 'string'],
  ['abc', 'string'],
  [' ', 'string'],
] as const)('%j shows the type %s', (value, type) => {
  expect(detectOrderType(value)).toBe(type);
});
