import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { openStore, slowStore } from './support/shared-store.js';
import { world } from './support/world.js';

interface Steady {
  readonly tokens: number;
  readonly perMs: number;
  readonly latencyMs: number;
  /** Sharing a store; 0: one that shares with nobody. */
  readonly processes: number;
  readonly windows: number;
}

/** The share of what is allowed that many workers get through, once they have started little by little. */
async function share({ tokens, perMs, latencyMs, processes, windows }: Steady): Promise<number> {
  const clock = virtualClock({ turn: setImmediate });
  const random = seededRandom(1);
  const store = await openStore(clock);
  const shared = { store: slowStore(store, clock, () => random()) };
  const worlds = Array.from({ length: Math.max(1, processes) }, (_, i) =>
    world({
      limits: [{ scope: 'connector', tokens, per: perMs }],
      ...{ clock, seed: i, owner: `p${i}`, ...(processes > 0 ? shared : {}) },
    }),
  );
  const warm = 1.5 * perMs;
  const end = warm + windows * perMs;
  let admitted = 0;
  const work = worlds.flatMap((own) =>
    Array.from({ length: Math.ceil(200 / worlds.length) }, async () => {
      await clock.sleep(random() * perMs);
      while (clock.monotonic() < end) {
        const permit = await own.ask();
        const at = clock.monotonic();
        if (at >= warm && at < end) admitted += 1;
        await clock.sleep(latencyMs * random());
        permit.answered();
      }
    }),
  );
  await clock.run(Promise.all(work));
  return admitted / (tokens * windows);
}

describe('steady use is at least 97 % of what is allowed', () => {
  const cases: readonly Steady[] = [
    { tokens: 100, perMs: 1_000, latencyMs: 0, processes: 0, windows: 10 },
    { tokens: 600, perMs: 60_000, latencyMs: 200, processes: 0, windows: 3 },
    { tokens: 1_000, perMs: 3_600_000, latencyMs: 200, processes: 0, windows: 2 },
    { tokens: 600, perMs: 60_000, latencyMs: 200, processes: 1, windows: 3 },
    { tokens: 600, perMs: 60_000, latencyMs: 200, processes: 3, windows: 3 },
  ];
  for (const one of cases) {
    const { tokens, perMs, processes } = one;
    test(`${tokens} per ${perMs} ms, ${processes || 'no'} processes that share`, async () => {
      expect(await share(one)).toBeGreaterThanOrEqual(0.97);
    });
  }
});
