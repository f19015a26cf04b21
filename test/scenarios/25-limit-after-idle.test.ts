import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';
import { mostInWindow } from '../limiter/support/world.js';

const MINUTE = 60_000;

test.each([0, 10 * MINUTE])(
  'scenario 25: five a minute, after %i ms without a request: five go out, and in no minute more',
  async (idleMs) => {
    const world = limitedWorld({
      limits: [{ scope: 'connection', tokens: 5, per: '1m' }],
      pull: async (http) => {
        await Promise.all(Array.from({ length: 50 }, (_, i) => http.get(`items/${i}`).json()));
      },
    });
    const { clock, seen } = world;
    await world.connect();
    // The server sees a request some time after it was sent, and answers later still.
    world.respond = async () => {
      await clock.sleep(150);
      return Response.json([]);
    };
    await clock.advance(idleMs);
    const began = clock.now();
    const result = await world.sync();
    expect(result).toMatchObject({ status: 'succeeded', counts: { requests: 50, retries: 0 } });
    expect(seen.filter(({ at }) => at - began < MINUTE)).toHaveLength(5);
    const times = seen.map(({ at }) => [at, 1] as const);
    expect(mostInWindow(times, MINUTE)).toBeLessThanOrEqual(5);
    // It uses what it may: ten windows for fifty requests.
    expect(clock.now() - began).toBeLessThan(10 * MINUTE);
    await setImmediate();
  },
);
