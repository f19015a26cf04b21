import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

/** All of them are 30 seconds after the beginning of the year. */
const spellings = [
  '30',
  '1767225630',
  '1767225630000',
  '2026-01-01T00:00:30Z',
  'Thu, 01 Jan 2026 00:00:30 GMT',
];

test.each(spellings)(
  'scenario 26: x-ratelimit-reset: %s is half a minute from now, and nothing is sent before',
  async (reset) => {
    const world = limitedWorld();
    const { seen } = world;
    await world.connect();
    world.respond = ({ index }) =>
      index === 0
        ? new Response('', {
            status: 429,
            headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
          })
        : Response.json([{ id: 1 }]);
    const result = await world.sync();
    expect(result).toMatchObject({ status: 'succeeded', counts: { requests: 2, retries: 1 } });
    const waited = seen[1]!.at - seen[0]!.at;
    expect(waited).toBeGreaterThanOrEqual(30_000);
    expect(waited).toBeLessThan(32_000);
    expect(world.told('limit.exhausted')[0]).toMatchObject({
      ...{ connection: 'acme', source: 'response', until: new Date('2026-01-01T00:00:30Z') },
    });
    expect(world.told('run.waiting')).toMatchObject([{ run: result.id, suspended: false }]);
    expect(world.told('run.resumed')).toMatchObject([{ run: result.id, after: 'waiting' }]);
  },
);
