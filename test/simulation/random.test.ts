import { describe, it } from 'vitest';
import { playRandomWorld } from './random/random-world.js';

/** `SIM_SEEDS=500` plays so many worlds, `SIM_SEEDS=seed-17,seed-42` these. */
const asked = process.env['SIM_SEEDS'] ?? '100';
const seeds = /^\d+$/.test(asked)
  ? Array.from({ length: Number(asked) }, (_, i) => `seed-${i}`)
  : asked.split(',').filter((seed) => seed !== '');

describe('worlds of chance', () => {
  it.each(seeds)('%s', async (seed) => {
    await playRandomWorld(seed, 'memory');
  });
});
