import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

test('scenario 28: fifty runs wait for one bucket: they go by priority, then age, and not all at once', async () => {
  const world = limitedWorld({
    limits: [{ scope: 'connector', tokens: 60, per: '1m' }],
    concurrency: { runs: 60 },
    pull: async (http, id) => {
      await http.get(`of/${id}`).json();
    },
  });
  const { clock, seen } = world;
  const ids = Array.from({ length: 50 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  for (const id of ['first', ...ids]) await world.connect(id);
  world.respond = ({ index }) =>
    index === 0
      ? new Response('', {
          status: 429,
          headers: { 'retry-after': '20', 'x-ratelimit-scope': 'app' },
        })
      : Response.json([]);
  const runs = [world.start('first', { mode: 'full' })];
  await clock.settle();
  const saidAt = seen[0]!.at;
  // Full readings are asked for first, and have to wait for the others.
  for (const [i, id] of ids.entries()) {
    runs.push(world.start(id, i < 25 ? { mode: 'full' } : {}));
    await clock.advance(10);
  }
  const results = await clock.run(Promise.all(runs));
  expect(results.every(({ status }) => status === 'succeeded')).toBe(true);
  const after = seen.slice(1);
  expect(after).toHaveLength(51);
  expect(Math.min(...after.map(({ at }) => at)) - saidAt).toBeGreaterThanOrEqual(20_000);
  const order = after
    .map(({ path }) => path.slice('/v1/of/'.length))
    .filter((id) => id !== 'first');
  expect(order).toEqual([...ids.slice(25), ...ids.slice(0, 25)]);
  // Spread: in no tenth of a second more than a few.
  const times = after.map(({ at }) => at);
  const most = Math.max(...times.map((at) => times.filter((b) => b >= at && b < at + 100).length));
  expect(most).toBeLessThan(10);
});
