import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

test('limit.forecast: a limit that the API tells of and that is used up fast is foretold before it is', async () => {
  const world = limitedWorld({
    pull: async (http) => {
      for (let i = 0; i < 90; i++) {
        await http.get('items').json();
        await world.clock.sleep(100);
      }
    },
  });
  const resetAt = Math.round(world.clock.now() / 1_000) + 600;
  world.respond = ({ index }) =>
    Response.json([], {
      headers: {
        'x-ratelimit-limit': '100',
        'x-ratelimit-remaining': String(99 - index),
        'x-ratelimit-reset': String(resetAt),
      },
    });
  await world.connect();
  await world.sync();
  const forecasts = world.told('limit.forecast');
  expect(forecasts).toHaveLength(1);
  const [told] = forecasts;
  expect(told).toMatchObject({ connector: 'api', connection: 'acme' });
  expect(told?.remaining).toBeGreaterThan(20);
  expect(told?.usedPerSecond).toBeCloseTo(10, 0);
  expect(told!.exhaustedAt.getTime()).toBeLessThan(told!.resetAt.getTime());
});
