import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import '../support/arbitraries.js';
import { compareOrderValues, orderValueToMs, type OrderValue } from '../../src/core/order-value.js';
import { advance, finish, finishEmpty, type Progress } from '../../src/engine/field-cursor.js';

const SPAN = { min: Date.UTC(2025, 0, 1), max: Date.UTC(2025, 0, 2) };
const iso = (ms: number): string => new Date(ms).toISOString();
const ms = fc.integer(SPAN);
/** Values of one minute's steps, so that they are often equal. */
const coarse = fc.integer({ min: 0, max: 30 }).map((n) => SPAN.min + n * 60_000);
const pages = fc.array(fc.array(fc.option(coarse), { maxLength: 4 }), { maxLength: 6 });

const compare = (a: OrderValue | null, b: OrderValue | null): number =>
  a === null || b === null
    ? Number(a !== null) - Number(b !== null)
    : compareOrderValues(a, b, 'iso');

function read(
  list: readonly (readonly (number | null)[])[],
  from: number | null,
  serverTime: number,
  ordered: boolean,
): readonly Progress[] {
  const start = from === null ? null : iso(from);
  let progress: Progress = { cursor: start, from: start, highest: null, ordered };
  return list.map((page) => {
    progress = advance(
      progress,
      page.map((value) => (value === null ? null : iso(value))),
      'iso',
      serverTime,
    );
    return progress;
  });
}

describe('while the order is kept', () => {
  const ascending = fc
    .array(coarse)
    .map((values) => [...values].sort((a, b) => a - b))
    .chain((values) =>
      fc
        .array(fc.integer({ min: 1, max: 4 }), {
          minLength: values.length,
          maxLength: values.length,
        })
        .map((sizes) => {
          const list: number[][] = [];
          for (let i = 0, n = 0; i < values.length; i += sizes[n++] ?? 1)
            list.push(values.slice(i, i + (sizes[n] ?? 1)));
          return list;
        }),
    );

  test('the cursor is the highest value that is not in the future, and never moves back', () => {
    fc.assert(
      fc.property(ascending, fc.option(coarse), coarse, (list, from, serverTime) => {
        const steps = read(list, from, serverTime, true);
        const seen: number[] = from === null ? [] : [from];
        steps.forEach((step, i) => {
          seen.push(...(list[i] ?? []).filter((value) => value <= serverTime));
          expect(step.ordered).toBe(true);
          expect(step.cursor).toBe(seen.length === 0 ? null : iso(Math.max(...seen)));
        });
      }),
    );
  });
});

test('once it is lost, the cursor is where the reading began, and stays there to its end', () => {
  fc.assert(
    fc.property(pages, fc.option(coarse), coarse, (list, from, serverTime) => {
      const steps = read(list, from, serverTime, true);
      const flat: number[] = [];
      let lost = false;
      steps.forEach((step, i) => {
        for (const value of list[i] ?? []) {
          if (value === null) continue;
          if (flat.some((other) => other > value)) lost = true;
          flat.push(value);
        }
        expect(step.ordered).toBe(!lost);
        if (lost) expect(step.cursor).toBe(from === null ? null : iso(from));
      });
    }),
    { numRuns: 300 },
  );
});

test('unordered, it does not move before the end', () => {
  fc.assert(
    fc.property(pages, fc.option(coarse), coarse, (list, from, serverTime) => {
      for (const { cursor } of read(list, from, serverTime, false))
        expect(cursor).toBe(from === null ? null : iso(from));
    }),
  );
});

test("it never lies before where it was, nor past what was seen, nor past the server's time", () => {
  fc.assert(
    fc.property(
      pages,
      fc.option(coarse),
      coarse,
      fc.boolean(),
      fc.option(coarse),
      coarse,
      (list, from, serverTime, ordered, serverAt, at) => {
        const last = read(list, from, serverTime, ordered).at(-1);
        fc.pre(last !== undefined);
        const end = finish(last, 'iso', { at, serverAt });
        expect(compare(end, last.cursor)).toBeGreaterThanOrEqual(0);
        if (end === last.cursor) return;
        expect(compare(end, last.highest)).toBeLessThanOrEqual(0);
        expect(orderValueToMs(end!, 'iso')!).toBeLessThanOrEqual(serverAt ?? at);
      },
    ),
    { numRuns: 300 },
  );
});

test("an empty reading moves to the server's time and never back; without one it stays", () => {
  fc.assert(
    fc.property(fc.option(ms), fc.option(ms), ms, (from, serverAt, at) => {
      const cursor = from === null ? null : iso(from);
      const end = finishEmpty(cursor, 'iso', { at, serverAt }, cursor);
      if (serverAt === null) expect(end).toBe(cursor);
      else
        expect(orderValueToMs(end!, 'iso')).toBe(
          from === null ? Math.floor(serverAt / 1_000) * 1_000 : Math.max(from, serverAt),
        );
    }),
  );
  for (const type of ['number', 'string'] as const) {
    expect(finishEmpty('7', type, { at: 0, serverAt: 9_999 }, null)).toBe('7');
  }
});
