import { ConfigError, createSyncer, defineConnector, type Limit } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseLimitMatch } from '../../src/connector/limit-match.js';
import { compileMatch } from '../../src/limiter/match.js';

test.each<[Readonly<Record<string, unknown>>, RegExp]>([
  [{ tokens: 10, per: '1s', concurrency: 2 }, /limits\[0\]\.tokens: does not go with 'conc/],
  [{ tokens: 10, per: '1s', bucket: 5, refill: 1 }, /limits\[0\]\.tokens: does not go with 'bu/],
  [{ bucket: 5, refill: 1, per: '1s', burst: 2 }, /limits\[0\]\.burst: does not go with 'bucket'/],
  [{ tokens: 10, refill: 1, per: '1s' }, /limits\[0\]\.refill: does not go with 'tokens'/],
  [{ tokens: 0.5, per: '1s' }, /limits\[0\]\.tokens: expected a number from 1, found 0\.5/],
  [{ tokens: 10, per: '0s' }, /limits\[0\]\.per: expected a number above 0, found 0/],
  [{ bucket: 5, refill: 1, per: 0 }, /limits\[0\]\.per: expected a number above 0/],
  [{ concurrency: 1.5 }, /limits\[0\]\.concurrency: expected a whole number from 1, found 1\.5/],
  [{ concurrency: 0 }, /limits\[0\]\.concurrency: expected a whole number from 1, found 0/],
  [{}, /limits\[0\]\.tokens: is missing/],
])('the limit %j is refused', (fields, message) => {
  const make = () => {
    const limits = [{ scope: 'connection', ...fields } as unknown as Limit];
    const streams = {
      items: {
        schema: z.object({ id: z.string() }),
        key: 'id' as const,
        pull: async function* () {},
      },
    };
    return createSyncer({
      connectors: [defineConnector({ name: 'x', limits, streams })],
      store: memory(),
    });
  };
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(message);
});

const neverMatching: readonly (readonly [match: string, write: string])[] = [
  ['https://api.example.com/v1/items', "baseUrl, not with an address; write '/v1/items'"],
  ['GET https://api.example.com', "baseUrl, not with an address; write 'GET /**'"],
  ['get /search?q=*', "the path is compared without its query; write 'get /search'"],
  ['GET /users/:id/posts', "parts that vary are '*'; write 'GET /users/*/posts'"],
  ['/users/{id}', "parts that vary are '*'; write '/users/*'"],
  ['GET', "a method needs a path; write 'GET /**'"],
  ['GET,POST /items', "is no method and path; write it as 'GET /search/**'"],
  ['', "is no method and path; write it as 'GET /search/**'"],
];

test.each(neverMatching)(
  "match: '%s' could never match: the error says what to write",
  (match, message) => {
    const path = 'limits[0].match';
    expect(() => parseLimitMatch(match, path)).toThrow(ConfigError);
    expect(() => parseLimitMatch(match, path)).toThrow(`${path}: '${match}'`);
    expect(() => parseLimitMatch(match, path)).toThrow(message);
  },
);

test.each([
  ['get /items', 'GET', '/items'],
  ['items/*', 'PATCH', '/items/7'],
  ['* items/**', 'DELETE', '/items'],
  ['/search', 'GET', '/search?q=a'],
  ['/cafés/*', 'GET', '/caf%C3%A9s/1'],
  ['/v1/projects/x:run', 'POST', '/v1/projects/x:run'],
])("match: '%s' is for %s %s", (match, method, path) => {
  expect(compileMatch(match, 'limits[0].match')(method, path)).toBe(true);
});

test('a limit whose match could never match is refused where it is declared', () => {
  const pull = async function* () {};
  const streams = { items: { schema: z.object({ id: z.string() }), key: 'id' as const, pull } };
  const limits: Limit[] = [{ scope: 'connection', match: '/a?b=1', tokens: 1, per: '1s' }];
  expect(() => defineConnector({ name: 'x', limits, streams })).toThrow(/limits\[0\]\.match/);
});
