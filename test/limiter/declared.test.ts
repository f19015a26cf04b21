import { ConfigError, createSyncer, defineConnector, type Limit } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { z } from 'zod';

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
