import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { SearchParam } from '../../src/connector/http.js';
import { ConfigError } from '../../src/core/errors.js';
import { createOrigins } from '../../src/http/origins.js';
import { requestUrl } from '../../src/http/request-url.js';

const url = (
  base: string,
  target: string | URL,
  searchParams?: Record<string, SearchParam>,
  allowed: string[] = [],
) => requestUrl(target, searchParams, createOrigins(base, allowed)).href;

describe('a path is appended to the base URL with one slash', () => {
  test.each([
    ['https://a.example', 'users', 'https://a.example/users'],
    ['https://a.example/', '/users', 'https://a.example/users'],
    ['https://a.example/v1', 'users', 'https://a.example/v1/users'],
    ['https://a.example/v1/', '/users/', 'https://a.example/v1/users/'],
    ['https://a.example/v1//', '//users', 'https://a.example/v1/users'],
    ['https://a.example/v1', '', 'https://a.example/v1'],
    ['https://a.example/v1/', '', 'https://a.example/v1/'],
    ['https://a.example/v1', '?page=2', 'https://a.example/v1?page=2'],
    ['https://a.example/v1?key=1', 'users?page=2', 'https://a.example/v1/users?key=1&page=2'],
    ['https://a.example/v1?key=1#top', 'users#here', 'https://a.example/v1/users?key=1'],
    ['https://a.example/v1', 'a%2Fb/c d/ü', 'https://a.example/v1/a%2Fb/c%20d/%C3%BC'],
    ['https://a.example/v1', 'things:batchGet', 'https://a.example/v1/things:batchGet'],
    ['https://a.example/v1', '//evil.example/x', 'https://a.example/v1/evil.example/x'],
    ['https://a.example/v1', '\\\\evil.example\\x', 'https://a.example/v1/evil.example/x'],
    ['https://a.example/v1', '@evil.example/', 'https://a.example/v1/@evil.example/'],
    ['https://a.example', ':443@evil.example', 'https://a.example/:443@evil.example'],
    [
      'https://a.example/v1',
      'proxy/https://b.example/',
      'https://a.example/v1/proxy/https://b.example/',
    ],
    ['https://a.example/v1', 'a/../b', 'https://a.example/v1/b'],
  ])('%s + %s', (base, path, expected) => {
    expect(url(base, path)).toBe(expected);
  });

  test.each([
    'https://a.example/users',
    'HTTP://evil.example',
    'ftp://x/y',
    'https://user:hunter2-secret@a.example/?key=hunter2-secret',
  ])('%s is no path', (address) => {
    expect(() => url('https://a.example', address)).toThrow(ConfigError);
    expect(() => url('https://a.example', address)).toThrow(/pass new URL/);
    expect(() => url('https://a.example', address)).not.toThrow(/hunter2/);
  });

  test.each(['../admin', 'a/../../admin', '%2e%2e/admin', '..\\admin', './../admin', '../v1x'])(
    '%s leads out of it',
    (path) => {
      expect(() => url('https://a.example/v1', path)).toThrow(/leads out of baseUrl's own path/);
    },
  );

  test('no text leaves the origin', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            '/',
            '\\',
            '.',
            '%2e',
            '@',
            ':',
            '?',
            '#',
            'a',
            '\t',
            '\n',
            'ü',
            ' ',
            '//e.example',
          ),
        }),
        (path) => {
          let made: string;
          try {
            made = url('https://a.example/v1', path);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            return;
          }
          const { origin, pathname } = new URL(made);
          expect(origin).toBe('https://a.example');
          expect(pathname === '/v1' || pathname.startsWith('/v1/')).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a URL', () => {
  test('is used as it is, in the origin of the base URL', () => {
    expect(url('https://a.example/v1?key=1', new URL('https://a.example/other?x=1#y'))).toBe(
      'https://a.example/other?x=1',
    );
  });
  test('may go to an allowed origin', () => {
    expect(
      url('https://a.example', new URL('https://b.example:8443/x'), {}, [
        'https://b.example:8443/',
      ]),
    ).toBe('https://b.example:8443/x');
    expect(url('', new URL('https://b.example/x'), {}, ['https://b.example'])).toBe(
      'https://b.example/x',
    );
  });
  test.each([
    'https://b.example/x?token=hunter2-secret',
    'http://a.example/x',
    'https://a.example:444/x',
    'https://sub.a.example/',
  ])('is refused when it leads to %s', (address) => {
    expect(() => url('https://a.example', new URL(address))).toThrow(
      /is not the origin of baseUrl; .* http.allowedOrigins: \['/,
    );
    expect(() => url('https://a.example', new URL(address))).not.toThrow(/hunter2/);
  });
  test('is refused with a user name or password in it', () => {
    const call = () => url('https://a.example', new URL('https://me:hunter2-secret@a.example/'));
    expect(call).toThrow(/auth: basic\(\)/);
    expect(call).not.toThrow(/hunter2/);
  });
  test('given by the app is not changed', () => {
    const given = new URL('https://a.example/x?a=1');
    url('https://a.example', given, { a: 2 });
    expect(given.href).toBe('https://a.example/x?a=1');
  });
});

test.each([
  ['', 'is missing'],
  ['api.example.com', 'is no http or https address'],
  ['ftp://a.example', 'is no http or https address'],
  ['https://me:secret@a.example', 'user name or password'],
])('the base URL %j is refused', (base, problem) => {
  expect(() => url(base, 'x')).toThrow(problem);
});

test('an allowed origin that is none is refused', () => {
  expect(() => createOrigins('https://a.example', ['b.example'])).toThrow(
    /http.allowedOrigins: 'b.example'/,
  );
});

describe('parameters', () => {
  const query = (searchParams: Record<string, SearchParam>, path = 'x') =>
    new URL(url('https://a.example', path, searchParams)).search;
  test('texts, numbers, booleans, dates and lists', () => {
    expect(
      query({
        a: 'x y&z',
        b: 0,
        c: false,
        d: new Date(0),
        e: [1, 'two', new Date(0).toISOString()],
        f: '',
      }),
    ).toBe(
      '?a=x+y%26z&b=0&c=false&d=1970-01-01T00%3A00%3A00.000Z&e=1&e=two&e=1970-01-01T00%3A00%3A00.000Z&f=',
    );
  });
  test('undefined and null are left out, in lists too', () => {
    expect(query({ a: undefined, b: null, c: [null], d: 1 })).toBe('?d=1');
  });
  test('go before those in the path', () => {
    expect(query({ a: 2 }, 'x?a=1&b=1')).toBe('?b=1&a=2');
  });
  test('with brackets in their names', () => {
    expect(query({ 'page[size]': 2 })).toBe('?page%5Bsize%5D=2');
  });
  test.each<[string, SearchParam]>([
    ['an object', { a: 1 }],
    ['a list in a list', [[1]]],
    ['NaN', Number.NaN],
    ['an invalid date', new Date(Number.NaN)],
  ])('%s is refused by name', (_, value) => {
    expect(() => query({ since: value })).toThrow(
      /searchParams.since: .* cannot be written into a query/,
    );
  });
});
