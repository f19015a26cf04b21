import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areAlike,
  compareInstants,
  epochMs,
  formatInstant,
  instantOf,
  isPlainUtc,
  parseInstant,
} from '../../src/core/instant.js';
import { isoTexts } from '../support/arbitraries.js';

/** Exactly, in nanoseconds. */
function nanosOf(text: string): bigint {
  const instant = parseInstant(text);
  if (!instant) throw new Error(`not read: ${text}`);
  return (
    BigInt(instant.seconds) * 1_000_000_000n + BigInt(instant.fraction.padEnd(9, '0').slice(0, 9))
  );
}

describe('parseInstant', () => {
  test('reads what a text says, to the nanosecond', () => {
    fc.assert(
      fc.property(isoTexts, ({ text, nanos }) => {
        expect(nanosOf(text)).toBe(nanos);
      }),
      { numRuns: 500 },
    );
  });

  test('reads what Date reads, as Date does, where both are exact', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const instant = parseInstant(date.toISOString());
          expect(instant && epochMs(instant)).toBe(date.getTime());
        },
      ),
    );
  });

  test.each([
    '',
    ' ',
    '2025',
    '2025-1-1',
    '2025-13-01',
    '2025-00-10',
    '2025-02-29',
    '1900-02-29',
    '2025-04-31',
    '2025-01-01T',
    '2025-01-01T24:00:01Z',
    '2025-01-01T25:00Z',
    '2025-01-01T10:60Z',
    '2025-01-01T10:00:61Z',
    '2025-01-01T10:00:00+24:00',
    '2025-01-01T10:00:00+05:60',
    '2025-01-01T10:00:00 UTC',
    '2025-01-01T10Z',
    '2025-01-01T10:00:00.Z',
    ' 2025-01-01',
    '2025-01-01\n',
    '2025/01/01',
    'Wed, 01 Jan 2025 00:00:00 GMT',
    '1735689600',
    '-2025-01-01',
    '+002025-01-01',
    '２０２５-01-01',
  ])('%j is no instant', (text) => {
    expect(parseInstant(text)).toBeUndefined();
    expect(isPlainUtc(text)).toBe(false);
  });

  test.each([
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T12:00Z', '2000-02-29T12:00:00.000Z'],
    ['2025-01-01T24:00:00Z', '2025-01-02T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2025-01-01T10:00:00,5+01:00', '2025-01-01T09:00:00.500Z'],
    ['2025-01-01 10:00:00 +0100', '2025-01-01T09:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, utc) => {
    const instant = parseInstant(text);
    expect(instant && new Date(epochMs(instant)).toISOString()).toBe(utc);
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseInstant(text);
      }),
    );
  });
});

describe('formatInstant', () => {
  test('writes back what was read, in the same form', () => {
    fc.assert(
      fc.property(isoTexts, ({ text, nanos }) => {
        const instant = parseInstant(text)!;
        const written = formatInstant(instant);
        expect(written).toHaveLength(text.length);
        expect(nanosOf(written)).toBe(nanos);
        expect(parseInstant(written)?.format).toEqual(instant.format);
      }),
      { numRuns: 500 },
    );
  });

  test('writes another instant in the form of the first: its digits and offset, and never later', () => {
    fc.assert(
      fc.property(isoTexts, isoTexts, ({ text }, { text: other }) => {
        const { format } = parseInstant(text)!;
        const instant = { ...parseInstant(other)!, format };
        // An offset may carry it out of the four-digit years, where no form has a place for it.
        const year = new Date(instant.seconds * 1_000).getUTCFullYear();
        fc.pre(year > 0 && year < 9_999);
        const written = formatInstant(instant);
        expect(parseInstant(written)?.format).toEqual(format);
        const late = nanosOf(written) - nanosOf(other);
        expect(late <= 0n).toBe(true);
        const unit = { day: 86_400n, minute: 60n, second: 1n }[format.precision] * 1_000_000_000n;
        expect(-late < unit).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('at both ends of the calendar it stays readable, and is never later', () => {
    fc.assert(
      fc.property(
        isoTexts,
        fc.integer({ min: 0, max: 3 * 86_400_000 }),
        fc.boolean(),
        ({ text }, distance, atEnd) => {
          const { format } = parseInstant(text)!;
          const edge = atEnd
            ? Date.UTC(9_999, 11, 31, 23, 59, 59) + distance
            : new Date('0000-01-01T00:00:00Z').getTime() - distance;
          const written = formatInstant(instantOf(edge, format));
          const read = parseInstant(written);
          expect(read).toBeDefined();
          if (atEnd) expect(epochMs(read!)).toBeLessThanOrEqual(edge);
        },
      ),
    );
  });
});

describe('compareInstants', () => {
  test('is the order of the instants, whatever their form', () => {
    fc.assert(
      fc.property(isoTexts, isoTexts, (a, b) => {
        const expected = a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1;
        expect(Math.sign(compareInstants(parseInstant(a.text)!, parseInstant(b.text)!))).toBe(
          expected,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('also where only a fraction of any length tells', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,30}$/), fc.stringMatching(/^\d{1,30}$/), (x, y) => {
        const [a, b] = [x, y].map((digits) => parseInstant(`2025-01-01T00:00:00.${digits}Z`)!);
        const [p, q] = [x.padEnd(30, '0'), y.padEnd(30, '0')];
        expect(Math.sign(compareInstants(a!, b!))).toBe(p === q ? 0 : p < q ? -1 : 1);
      }),
    );
  });
});

describe('the quick ways', () => {
  test('isPlainUtc is true only of instants', () => {
    fc.assert(
      fc.property(isoTexts, ({ text }) => {
        if (isPlainUtc(text)) expect(parseInstant(text)?.format.offset).toBe('Z');
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\dZ$/), (text) => {
        if (isPlainUtc(text)) expect(parseInstant(text)).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test('where two texts are alike, their order is that of the instants', () => {
    const pairs = fc.tuple(isoTexts, isoTexts).chain(([a, b]) => fc.constant([a, b] as const));
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        if (!areAlike(a.text, b.text)) return;
        const byText = a.text === b.text ? 0 : a.text < b.text ? -1 : 1;
        expect(byText).toBe(a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1);
      }),
      { numRuns: 2_000 },
    );
  });
});
