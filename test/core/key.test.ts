import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../support/arbitraries.js';
import { compareKeys, compositeKey, keyPart, keyProblem } from '../../src/core/key.js';

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  // Where UTF-16 and UTF-8 disagree: surrogates against what comes after them.
  fc
    .array(
      fc.constantFrom(
        '\uD800\uDC00',
        '\uDBFF\uDFFF',
        '\uE000',
        '\uFFFF',
        '\uFFFD',
        'a',
        '\u007F',
        '\u0080',
        '\u07FF',
        '\u0800',
      ),
    )
    .map((parts) => parts.join('')),
);

test('keys are ordered as their bytes are', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      fc.pre(a.isWellFormed() && b.isWellFormed());
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1_000 },
  );
});

test('a key is 1 to 1,024 bytes of UTF-8 without NUL and lone surrogates', () => {
  const lengths = fc.oneof(
    texts,
    fc
      .tuple(fc.constantFrom('a', 'é', '日', '😀'), fc.integer({ min: 200, max: 1_100 }))
      .map(([unit, count]) => unit.repeat(count)),
  );
  fc.assert(
    fc.property(
      fc.oneof(lengths, fc.string({ unit: fc.constantFrom('\0', '\uD800', 'a') })),
      (text) => {
        const bytes = Buffer.byteLength(text);
        const isKey = bytes >= 1 && bytes <= 1_024 && !text.includes('\0') && text.isWellFormed();
        expect(keyProblem(text) === undefined).toBe(isKey);
      },
    ),
    { numRuns: 500 },
  );
});

test('keys of several parts are the same only if all parts are', () => {
  const parts = fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(compositeKey(a) === compositeKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(JSON.parse(compositeKey(a))).toEqual(a);
    }),
  );
});

test('a part is text, or a number that is exact', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(keyPart(value, 'id')).toEqual({ text: String(value) });
    }),
  );
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      expect(keyPart(value, 'id')).toEqual({ text: String(value) });
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const part = keyPart(value, 'id');
      if ('text' in part) expect(['string', 'number', 'bigint']).toContain(typeof value);
      else expect(part.problem).toContain("'id'");
    }),
  );
  for (const value of [2 ** 53, -(2 ** 53), 1e300, NaN, Infinity])
    expect(keyPart(value, 'id')).toHaveProperty('problem');
});
