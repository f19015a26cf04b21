import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonText } from '../../src/http/json-text.js';

describe('integers', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['12345678901234567890', '12345678901234567890'],
    ['-0', -0],
    ['1e400', Infinity],
    ['12345678901234567890.5', 12345678901234567890.5],
    ['1234567890123456789e2', 1234567890123456789e2],
    ['0.12345678901234567', 0.12345678901234567],
    ['[1,12345678901234567890, 2]', [1, '12345678901234567890', 2]],
    [
      '{"12345678901234567890":12345678901234567890}',
      { '12345678901234567890': '12345678901234567890' },
    ],
    [
      '{"a":"12345678901234567890, 12345678901234567890","b":12345678901234567890}',
      { a: '12345678901234567890, 12345678901234567890', b: '12345678901234567890' },
    ],
    [
      '["\\\\", 12345678901234567890, "\\"", 12345678901234567890]',
      ['\\', '12345678901234567890', '"', '12345678901234567890'],
    ],
    ['\n\t12345678901234567890\r', '12345678901234567890'],
  ])('%s', (text, value) => {
    expect(parseJsonText(text)).toEqual(value);
  });

  test('any 64-bit integer is kept digit by digit, wherever it stands', () => {
    const leaf = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.string({ unit: fc.constantFrom('"', '\\', ',', ':', '1', '12345678901234567', ' ') }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), leaf)), (value) => {
        const text = `[${value
          .map(
            (fields) =>
              `{${Object.entries(fields)
                .map(
                  ([name, item]) =>
                    `${JSON.stringify(name)}: ${typeof item === 'bigint' ? item : JSON.stringify(item)}`,
                )
                .join(',')}}`,
          )
          .join(' , ')}]`;
        const parsed = parseJsonText(text);
        const expected: unknown = JSON.parse(
          JSON.stringify(value, (_name, item: unknown) => {
            if (typeof item !== 'bigint' && typeof item !== 'number') return item;
            const literal = typeof item === 'bigint' ? String(item) : JSON.stringify(item);
            const isUnsafe = /^-?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal));
            return isUnsafe ? literal : Number(literal);
          }),
        );
        expect(parsed).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  '{12345678901234567890: 1}',
  '[01234567890123456789]',
  '[12345678901234567890',
  '"12345678901234567890',
  '12345678901234567890-',
  '--12345678901234567890',
  '',
])('what is no JSON stays none: %s', (text) => {
  expect(() => parseJsonText(text)).toThrow(SyntaxError);
});

test('a name like __proto__ is a field of its own', () => {
  const parsed = parseJsonText('{"__proto__":{"polluted":true}}');
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

test('fifty megabytes of backslashes and quotes take linear time', () => {
  const text = `["${'\\\\'.repeat(5_000_000)}", 12345678901234567890]`;
  const parsed = parseJsonText(text);
  expect(Array.isArray(parsed) && parsed[1]).toBe('12345678901234567890');
});
