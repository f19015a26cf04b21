import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StoreError } from 'syncline';
import type { PermitStore } from '../../src/storage/permits.js';
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
    { numRuns: 100 },
  );
});

test('a store that fails ends the waiting with its error, and is asked again by the next', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  let broken = true;
  const limits = [{ scope: 'connection', tokens: 5, per: '1m' }] as const;
  const failing: PermitStore = {
    ...store,
    takePermits: (params) =>
      broken ? Promise.reject(new StoreError('the disk is full')) : store.takePermits(params),
  };
  const one = world({ clock, limits, store: failing });
  const asked = [1, 2, 3].map(() => one.ask());
  const ends = await clock.run(Promise.allSettled(asked));
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(one.ask()).rejects.toThrow('the disk is full');
  broken = false;
  (await clock.run(one.ask())).answered();
  await clock.run(one.limiter.close());
  await clock.settle();
  expect(clock.sleeping).toBe(0);
});

test('what a process leased and did not use is free for others at once when it closes', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  const limits = [{ scope: 'connection', tokens: 8, per: '1h' }] as const;
  const [one, two] = ['p1', 'p2'].map((owner) => world({ clock, limits, store, owner }));
  if (!one || !two) throw new Error('two worlds');
  (await clock.run(one.ask())).unused();
  await clock.run(one.limiter.close());
  const permits = await clock.run(Promise.all(Array.from({ length: 8 }, () => two.ask())));
  expect(permits.every(({ queuedMs }) => queuedMs < 1_000)).toBe(true);
  for (const permit of permits) permit.answered();
  await clock.run(two.limiter.close());
  const three = world({ clock, limits, store, owner: 'p3' });
  const late = await clock.run(three.ask());
  expect(clock.monotonic()).toBeGreaterThan(3_600_000);
  late.unused();
});

test('a higher priority of one process goes before a lower one of another', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  const limits = [{ scope: 'connection', tokens: 2, per: '10s' }] as const;
  const worlds = ['p1', 'p2'].map((owner, i) => world({ clock, limits, store, owner, seed: i }));
  const order: string[] = [];
  const ask = async (index: number, priority: 'backfill' | 'interactive-write'): Promise<void> => {
    const permit = await worlds[index]?.ask({ priority });
    order.push(priority);
    permit?.answered();
  };
  const first = [ask(0, 'backfill'), ask(0, 'backfill')];
  await clock.run(Promise.all(first));
  const backfills = Array.from({ length: 4 }, () => ask(0, 'backfill'));
  await clock.advance(1_000);
  const writes = Array.from({ length: 2 }, () => ask(1, 'interactive-write'));
  await clock.run(Promise.all([...backfills, ...writes]));
  expect(order.slice(2, 4)).toEqual(['interactive-write', 'interactive-write']);
});
