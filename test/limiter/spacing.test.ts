import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Spacing } from '../../src/limiter/meter/spacing.js';

const anyRate = fc.double({ min: 0.01, max: 5_000, noNaN: true });
const anyNow = fc.double({ min: 0, max: 1e9, noNaN: true });

test('there is room at the instant that it names, whatever the rate', () => {
  fc.assert(
    fc.property(
      anyRate,
      anyNow,
      fc.nat(50),
      fc.constantFrom(0.5, 1, 2, 5),
      (rate, now, taken, cost) => {
        const spacing = new Spacing(rate);
        spacing.free(now);
        for (let i = 0; i < taken; i++) spacing.take(1);
        const at = spacing.freeAt(cost, now);
        if (at === Infinity) expect(cost).toBeGreaterThan(spacing.capacity);
        else expect(spacing.free(at)).toBeGreaterThanOrEqual(cost);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('more than goes at once, as when some is kept for another, is not there now', () => {
  const spacing = new Spacing(2);
  expect(spacing.freeAt(1, 10_000)).toBe(10_000);
  expect(spacing.freeAt(2, 10_000)).toBe(Infinity);
});
