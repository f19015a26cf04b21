import { expect, test } from 'vitest';
import { nextLink } from '../../../src/http/pagination/link.js';

const cases: [string, string | undefined][] = [
  ['<https://a.example/x?page=2>; rel="next"', 'https://a.example/x?page=2'],
  [
    '<https://a.example/1>; rel="prev",<https://a.example/3>; rel="next",<https://a.example/9>; rel="last"',
    'https://a.example/3',
  ],
  ['</x?a=1,2;b>; rel=next', '/x?a=1,2;b'],
  ['</x>; title="one, two; rel=\\"next\\""; rel="last", </y>; rel="NEXT"', '/y'],
  ['</x>; rel="last next"', '/x'],
  ['</x> ; REL = "next" ; results="true"; cursor="0:0:1"', '/x'],
  ['</x>; rel="next"; results="false"; cursor="0:0:1"', undefined],
  ['</x>; rel="prev"; results="false", </y>; rel="next"; results="true"', '/y'],
  ['</x>; rel="previous"', undefined],
  ['</x>; rel="nextish"', undefined],
  ['</x>; results="next"', undefined],
  ['', undefined],
  ['garbage', undefined],
  ['<'.repeat(50_000), undefined],
  [`</x>; a="${'\\'.repeat(50_000)}`, undefined],
];

test.each(cases)('%.60s → %s', (header, next) => {
  expect(nextLink(header)).toBe(next);
});
