import { expect, test } from 'vitest';
import type { Priority } from '../../src/limiter/limiter.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { world } from './support/world.js';

const PRIORITIES: readonly Priority[] = ['delivery', 'incremental', 'full'];
const ARRIVE_MS = 20_000;

/** The longest time in which nobody was admitted, of 50 that have all arrived: 30 need both limits, 20 one of them. */
async function longestPause(seed: number): Promise<number> {
  const one = world({
    seed,
    limits: [
      { match: 'GET /a', scope: 'connection', tokens: 1, per: 1_000 },
      { scope: 'connection', tokens: 1, per: 900 },
    ],
  });
  const { clock } = one;
  const random = seededRandom(seed);
  const admitted: number[] = [];
  const ask = async (path: string): Promise<void> => {
    await clock.sleep(random() * ARRIVE_MS);
    const permit = await one.ask({ path, priority: PRIORITIES[Math.floor(random() * 3)]! });
    admitted.push(one.elapsed);
    await clock.sleep(5);
    permit.answered();
  };
  const paths = Array.from({ length: 50 }, (_, i) => (i < 30 ? '/a' : '/b'));
  await clock.run(Promise.all(paths.map(ask)));
  const late = admitted.filter((at) => at > ARRIVE_MS);
  return Math.max(...late.slice(1).map((at, i) => at - late[i]!));
}

test('two that wait for the same limits are not each promised what the other one waits for', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    expect(await longestPause(seed), `seed ${seed}`).toBeLessThan(1_050);
  }
});
