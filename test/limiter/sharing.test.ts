import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { anyLimits, anyLoads, drive, excesses } from './support/load.js';
import { slowStore } from './support/shared-store.js';
import { world } from './support/world.js';

test('over several processes on one store no limit is ever exceeded, and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLimits,
      anyLoads,
      fc.integer(),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(0, 2, 20),
      async (limits, loads, seed, processes, storeMs) => {
        const clock = virtualClock({ turn: setImmediate });
        const random = seededRandom(seed);
        const store = await slowStore(clock, () => storeMs * random());
        const worlds = Array.from({ length: processes }, (_, i) =>
          world({ limits, clock, store, owner: `p${i}`, seed: seed + i }),
        );
        const seen = await drive(worlds, loads);
        expect(excesses(limits, seen)).toEqual([]);
        await clock.run(Promise.all(worlds.map(({ limiter }) => limiter.close())));
      },
    ),
    { numRuns: 200 },
  );
});
