import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areAlike, compareInstants, isPlainUtc, parseInstant } from '../../src/core/instant.js';
import { compareOrderValues } from '../../src/core/order-value.js';

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));

/** Instants, and what looks like them: days, hours and seconds that do not exist, marks and blanks where others are. */
const texts = fc
  .tuple(
    fc.constantFrom('0000', '1999', '2000', '2023', '2024'),
    ...[two(14), two(33), two(25), two(60), two(61)],
    fc.constantFrom('', '.0', '.5', '.50', '.500', ',5', '.', '.5 ', ' '),
    fc.constantFrom('Z', 'Z', 'Z', 'z', '', '+00:00', '-01'),
    fc.constantFrom('T', 'T', 'T', 't', ' '),
  )
  .map(([y, mo, d, h, mi, s, fraction, offset, mark]) =>
    [`${y}-${mo}-${d}`, `${h}:${mi}:${s}${fraction}${offset}`].join(mark),
  );

describe('the quick ways about instants say what the thorough ones say', () => {
  test('what is plain UTC can be parsed', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (isPlainUtc(text)) expect(parseInstant(text)).toBeDefined();
      }),
      { numRuns: 3_000 },
    );
  });

  test('most instants are plain UTC', () => {
    const plain = fc.date({ min: new Date(0), max: new Date('2100'), noInvalidDate: true });
    fc.assert(
      fc.property(plain, (date) => {
        const isLeapDay = date.toISOString().slice(5, 10) === '02-29';
        expect(isPlainUtc(date.toISOString())).toBe(!isLeapDay);
      }),
    );
  });

  test('texts that are alike are in the order of their instants', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const [x, y] = [parseInstant(a), parseInstant(b)];
        const byText = a < b ? -1 : a > b ? 1 : 0;
        const thorough = x && y ? compareInstants(x, y) : byText;
        if (areAlike(a, b)) expect(byText).toBe(thorough);
        expect(Math.sign(compareOrderValues(a, b, 'iso'))).toBe(thorough);
      }),
      { numRuns: 20_000 },
    );
  });
});
