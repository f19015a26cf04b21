import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyLimits, anyLoads, drive, excesses } from './support/load.js';
import { world } from './support/world.js';

test('no window, burst, bucket or number at a time is ever over its limit, as the server sees it, and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(anyLimits, anyLoads, fc.integer(), async (limits, loads, seed) => {
      const one = world({ limits, seed });
      const seen = await drive([one], loads);
      expect(excesses(limits, seen)).toEqual([]);
      await one.limiter.close();
    }),
    { numRuns: 2000 },
  );
});
