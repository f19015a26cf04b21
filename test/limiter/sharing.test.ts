import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { anyLimits, anyLoads, drive, excesses } from './support/load.js';
import { openStore, slowStore } from './support/shared-store.js';
import { world } from './support/world.js';

test('over several processes on one store, some of them killed, no limit is ever exceeded, and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLimits,
      anyLoads,
      fc.integer(),
      fc.array(fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined, freq: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom(0, 2, 20),
      async (limits, loads, seed, kills, storeMs) => {
        const clock = virtualClock({ turn: setImmediate });
        const random = seededRandom(seed);
        const store = await openStore(clock);
        const worlds = kills.map((killAt, i) => {
          const isDead = (): boolean => clock.monotonic() >= (killAt ?? Infinity);
          const seenStore = slowStore(store, clock, () => storeMs * random(), isDead);
          return world({ limits, clock, store: seenStore, owner: `p${i}`, seed: seed + i });
        });
        const seen = await drive(worlds, loads, kills);
        expect(excesses(limits, seen)).toEqual([]);
        const alive = worlds.filter((_, i) => kills[i] === undefined);
        await clock.run(Promise.all(alive.map(({ limiter }) => limiter.close())));
      },
    ),
    { numRuns: 200 },
  );
});
