import { NetworkError } from 'syncline';
import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

const lost = (): never => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });
};

function posting(headers: Readonly<Record<string, string>> = {}) {
  return limitedWorld({
    pull: async (http) => {
      await http.post('items', { json: { title: 'new' }, headers }).json();
    },
  });
}

test('scenario 29: a POST is not repeated after a network error', async () => {
  const world = posting();
  await world.connect();
  world.respond = lost;
  const { error } = await world.sync();
  expect(error).toBeInstanceOf(NetworkError);
  expect(world.seen).toHaveLength(1);
  expect(world.told('http.failed')).toMatchObject([{ attempt: 1, status: null, reason: 'final' }]);
});

test('scenario 29: nor after a 5xx that does not say that it was refused', async () => {
  const world = posting();
  await world.connect();
  world.respond = () => new Response('', { status: 502 });
  expect((await world.sync()).status).toBe('failed');
  expect(world.seen).toHaveLength(1);
});

test('scenario 29: with an Idempotency-Key it is', async () => {
  const world = posting({ 'idempotency-key': 'k1' });
  await world.connect();
  world.respond = ({ index }) => (index === 0 ? lost() : Response.json({ id: 1 }));
  expect((await world.sync()).status).toBe('succeeded');
  expect(world.seen.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['k1', 'k1']);
});

test.each([
  ['429', () => new Response('', { status: 429, headers: { 'retry-after': '7' } })],
  [
    '503 with Retry-After',
    () => new Response('', { status: 503, headers: { 'retry-after': '7' } }),
  ],
  [
    'a 403 that is limited',
    () =>
      Response.json(
        { message: 'API rate limit exceeded' },
        { status: 403, headers: { 'retry-after': '7' } },
      ),
  ],
  [
    'a 200 that is limited',
    () => Response.json({ ok: false, error: 'ratelimited' }, { headers: { 'retry-after': '7' } }),
  ],
])('scenario 29: one that was refused is: %s', async (_, refuse) => {
  const world = posting();
  await world.connect();
  world.respond = ({ index }) => (index === 0 ? refuse() : Response.json({ id: 1 }));
  const result = await world.sync();
  expect(result).toMatchObject({ status: 'succeeded', counts: { requests: 2, retries: 1 } });
  const [first, second] = world.seen.map(({ at }) => at);
  expect(second! - first!).toBeGreaterThanOrEqual(7_000);
});
