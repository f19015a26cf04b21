import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareDecimals,
  formatDecimal,
  parseDecimal,
  subtractDecimals,
} from '../../src/core/decimal.js';
import { numerics } from '../support/arbitraries.js';

const scaled = ({ units, scale }: { readonly units: bigint; readonly scale: number }): bigint =>
  units * 10n ** BigInt(30 - scale);

test('reads numbers and numeric texts exactly', () => {
  fc.assert(
    fc.property(numerics, ({ value, exact }) => {
      expect(scaled(parseDecimal(value)!)).toBe(exact);
    }),
    { numRuns: 300 },
  );
});

test('reads every finite number as the number that it prints', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const decimal = parseDecimal(value);
      if (decimal) expect(Number(formatDecimal(decimal))).toBe(value === 0 ? 0 : value);
    }),
    { numRuns: 500 },
  );
});

test('compares and subtracts exactly', () => {
  fc.assert(
    fc.property(numerics, numerics, (a, b) => {
      const [x, y] = [parseDecimal(a.value)!, parseDecimal(b.value)!];
      expect(compareDecimals(x, y)).toBe(a.exact === b.exact ? 0 : a.exact < b.exact ? -1 : 1);
      expect(scaled(subtractDecimals(x, y))).toBe(a.exact - b.exact);
    }),
    { numRuns: 300 },
  );
});

test('is written as it was read, but for signs and zeros that say nothing', () => {
  fc.assert(
    fc.property(numerics, ({ value, exact }) => {
      expect(scaled(parseDecimal(formatDecimal(parseDecimal(value)!))!)).toBe(exact);
    }),
  );
});

test.each([
  '',
  ' ',
  '-',
  '.5',
  '5.',
  '1e',
  '0x10',
  '1_000',
  'Infinity',
  'NaN',
  '１',
  '1 ',
  '--1',
  '1e99999',
  `1${'0'.repeat(5_000)}`,
  NaN,
  Infinity,
])('%s is no number', (value) => {
  expect(parseDecimal(value)).toBeUndefined();
});

test('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseDecimal(text);
    }),
  );
});
