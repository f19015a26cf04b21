import { ConfigError, type RateLimitHook } from 'syncline';
import { describe, expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

const limited = (headers: Readonly<Record<string, string>>, status = 429): Response =>
  new Response('', { status, headers });

describe('a wait that nobody can read is told, and backing off takes its place', () => {
  test.each(['soon', '-30', 'Infinity', 'NaN', '99999999999'])('Retry-After: %s', async (said) => {
    const world = limitedWorld();
    world.respond = ({ index }) =>
      index === 0 ? limited({ 'retry-after': said }) : Response.json([]);
    await world.connect();
    expect((await world.sync()).status).toBe('succeeded');
    const [told, ...more] = world.told('limit.implausible');
    expect(more).toEqual([]);
    expect(told).toMatchObject({ connector: 'api', connection: 'acme' });
    const waited = world.seen[1]!.at - world.seen[0]!.at;
    expect(told?.delayMs).toBeGreaterThan(0);
    expect(Math.abs(waited - (told?.delayMs ?? 0))).toBeLessThanOrEqual(100);
    expect(waited).toBeLessThanOrEqual(1_100);
  });

  test.each([
    ['retry-after', 'soon', 503],
    ['x-retry-after', 'in a while', 500],
  ])(
    '%s: %s of a failure, which is sent again by its own back-off',
    async (field, value, status) => {
      const world = limitedWorld();
      world.respond = ({ index }) =>
        index === 0 ? limited({ [field]: value }, status) : Response.json([]);
      await world.connect();
      await world.sync();
      expect(world.told('limit.implausible')).toMatchObject([{ field, value, delayMs: null }]);
    },
  );

  test('not where another header says how long', async () => {
    const world = limitedWorld();
    const headers = { 'retry-after': 'soon', 'retry-after-ms': '9000' };
    world.respond = ({ index }) => (index === 0 ? limited(headers) : Response.json([]));
    await world.connect();
    await world.sync();
    expect(world.told('limit.implausible')).toMatchObject([
      { field: 'retry-after', value: 'soon', delayMs: null },
    ]);
    expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(9_000);
  });
});

test('data that comes with an order to back off is kept, and the next call waits', async () => {
  const world = limitedWorld({
    pull: async (http) => {
      await http.get('items').json();
    },
  });
  world.respond = () => Response.json({ items: [{ id: 1 }], backoff: 9 });
  await world.connect();
  expect((await world.sync()).status).toBe('succeeded');
  expect(world.seen).toHaveLength(1);
  await world.sync();
  expect(world.seen).toHaveLength(2);
  expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(9_000);
});

describe('a rateLimit that does not answer as it should', () => {
  const says = (word: unknown): RateLimitHook => (() => word) as RateLimitHook;

  test.each<[string, RateLimitHook, string]>([
    ['null', says(null), 'returned null'],
    ['a number', says(5), 'returned a number'],
    ['a promise', says(Promise.resolve(undefined)), 'returned a promise'],
    [
      'a text for a wait',
      says({ retryAfterMs: '5s' }),
      "returned retryAfterMs: '5s'; expected a number",
    ],
    ['a number for limited', says({ limited: 1 }), 'returned limited: 1; expected true or false'],
    [
      'another scope',
      says({ scope: 'user' }),
      "returned scope: 'user'; expected 'connection', 'app'",
    ],
    [
      'a cost without end',
      says({ cost: Infinity }),
      'returned cost: Infinity; expected a number from 0',
    ],
    [
      'a throw',
      () => {
        throw new TypeError('x is undefined');
      },
      'threw: x is undefined',
    ],
  ])('%s: an error that names it, and where', async (_, rateLimit, problem) => {
    const world = limitedWorld({ rateLimit });
    await world.connect();
    const { error } = await world.sync();
    expect(error).toBeInstanceOf(ConfigError);
    expect(error?.message).toContain(`answered 200, and the connector's rateLimit ${problem}`);
    expect(error?.message).toContain('rateLimit must return undefined or {');
    const context = { connector: 'api', connection: 'acme', stream: 'items', status: 200 };
    expect(error).toMatchObject({ context });
    expect(world.seen).toHaveLength(1);
  });

  test('what the response itself says is obeyed all the same', async () => {
    const world = limitedWorld({
      rateLimit: says(null),
      pull: async (http) => {
        await http.get('a').catch(() => undefined);
        await http.get('b').catch(() => undefined);
      },
    });
    world.respond = () => limited({ 'retry-after': '60' });
    await world.connect();
    await world.sync();
    expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(60_000);
  });
});

describe('what means "limited" is no failure', () => {
  const wait = { 'retry-after': '1' };

  test.each([
    ['429', () => limited({}, 429)],
    ['503 with a time', () => limited(wait, 503)],
    ['500 with a time', () => limited(wait, 500)],
    ['529', () => limited({}, 529)],
    [
      '503 that says so in its body',
      () => Response.json({ error: 'rate limit exceeded' }, { status: 503 }),
    ],
  ])('%s: the circuit stays closed, and no retry is taken from the budget', async (_, refuse) => {
    let answer: () => Response = refuse;
    const world = limitedWorld({
      pull: async (http) => {
        for (let i = 0; i < 5; i++) await http.get('items').catch(() => undefined);
        answer = () => limited({}, 502);
        await http.get('items').catch(() => undefined);
      },
    });
    world.respond = () => answer();
    await world.connect();
    await world.sync();
    expect(world.told('circuit.opened')).toEqual([]);
    // Eight attempts each, and then those of a failure, which the budget still has.
    expect(world.seen).toHaveLength(5 * 8 + 4);
    expect(world.told('http.failed').at(-1)).toMatchObject({ status: 502, reason: 'attempts' });
  });
});
