import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, sameJson, sameJsonBut } from '../../src/core/canonical-json.js';
import { ownValue } from '../../src/core/json.js';
import { plainJsonProblem } from '../../src/core/plain-json.js';
import { rawJson } from '../../src/core/raw-json.js';
import { json } from '../support/arbitraries.js';

/** The same content with the keys of every object in another order. */
function shuffled(value: unknown, flip: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, flip));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, flip)] as const);
  return Object.fromEntries(entries.sort(() => flip() - 0.5));
}

describe('canonicalText', () => {
  test('does not depend on the order of keys, and says all that JSON says', () => {
    fc.assert(
      fc.property(
        json,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (value, stream) => {
          const other = shuffled(value, () => stream.next().value ?? 0);
          expect(canonicalText(other)).toBe(canonicalText(value));
          expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('differs where the content does', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(canonicalText(a) === canonicalText(b)).toBe(same);
        expect(sameJson(JSON.stringify(a), JSON.stringify(b))).toBe(same);
      }),
      { numRuns: 300 },
    );
  });

  test('sameJson is right about texts that are nearly the same, whatever quotes and backslashes are in them', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '"', '\\', ':', ',', '{'), { maxLength: 3 });
    const word = text.map((letters) => letters.join(''));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        word,
        fc.constantFrom(1, 11, null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('any'), { maxLength: 2 }),
      object: fc.dictionary(word, tie('any'), { maxKeys: 4 }),
    })).object;
    const noise = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(value, value, noise, fc.boolean(), (a, b, stream, far) => {
        const text = (rest: unknown) =>
          JSON.stringify(far ? { head: 'x'.repeat(100), rest } : rest);
        const reordered = text(shuffled(a, () => stream.next().value ?? 0));
        expect(sameJson(text(a), reordered)).toBe(true);
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(sameJson(text(a), text(b))).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps a field that is called __proto__', () => {
    const value = JSON.parse('{"b":1,"__proto__":{"x":1},"a":2}') as unknown;
    expect(canonicalText(value)).toBe('{"__proto__":{"x":1},"a":2,"b":1}');
    expect(sameJson('{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}')).toBe(true);
    expect(sameJson('{"__proto__":1}', '{"__proto__":2}')).toBe(false);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { object: entries.map(([key, item]) => [key, sorted(item)]) };
}

test('sameJsonBut leaves out the top-level fields that it is told, and no others', () => {
  const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), json);
  fc.assert(
    fc.property(objects, objects, fc.uniqueArray(fc.constantFrom('a', 'b', 'c')), (a, b, but) => {
      const rest = (value: object) =>
        Object.fromEntries(Object.entries(value).filter(([key]) => !but.includes(key as 'a')));
      expect(sameJsonBut(JSON.stringify(a), JSON.stringify(b), new Set(but))).toBe(
        canonicalText(rest(a)) === canonicalText(rest(b)),
      );
    }),
  );
});

describe('plainJsonProblem', () => {
  test('JSON is plain', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(plainJsonProblem(value)).toBeUndefined();
      }),
    );
  });

  test('what it lets through comes back from JSON as it was', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        if (plainJsonProblem(value) !== undefined || value === undefined) return;
        const back = JSON.parse(JSON.stringify(value)) as unknown;
        // Vitest's toEqual takes undefined fields and missing ones, and both zeros, for the same, as JSON does.
        expect(normal(back)).toEqual(normal(value));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** -0 is 0 in JSON; objects without a prototype are objects. */
function normal(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, normal(item)]);
}

describe('rawJson', () => {
  test('is JSON, of anything at all, and never throws', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        JSON.parse(rawJson(value));
      }),
      { numRuns: 1_000 },
    );
  });

  test('loses nothing of what JSON can hold', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(rawJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  test('keeps the readable in what JSON cannot hold', () => {
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic['self'] = cyclic;
    cyclic['list'] = [cyclic, 2];
    const shared = { s: 1 };
    const value = {
      cyclic,
      twice: [shared, shared],
      big: 10n ** 30n,
      at: new Date(0),
      map: new Map<unknown, unknown>([['a', 1]]),
      set: new Set([1, 2]),
      nan: NaN,
      fn: () => 1,
      get bad() {
        throw new Error('no');
      },
      none: undefined,
    };
    expect(JSON.parse(rawJson(value))).toEqual({
      cyclic: { a: 1, self: '[circular]', list: ['[circular]', 2] },
      twice: [{ s: 1 }, { s: 1 }],
      big: '1' + '0'.repeat(30),
      at: '1970-01-01T00:00:00.000Z',
      map: [['a', 1]],
      set: [1, 2],
      nan: 'NaN',
      fn: '[function]',
      bad: '[unreadable]',
      none: '[undefined]',
    });
  });

  test('at any depth', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    expect(rawJson(deep)).toHaveLength(400_001);
  });
});

test('ownValue finds own fields only', () => {
  fc.assert(
    fc.property(
      fc.object(),
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')),
      (value, field) => {
        expect(ownValue(value, field)).toBe(Object.hasOwn(value, field) ? value[field] : undefined);
      },
    ),
  );
  for (const value of [null, undefined, 1, 'text'])
    expect(ownValue(value, 'length')).toBeUndefined();
});
