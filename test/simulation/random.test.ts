import { describe, expect, it } from 'vitest';
import { FEATURES } from './random/features.js';
import { playRandomWorld } from './random/random-world.js';
import { Coverage } from './world/coverage.js';

/** `SIM_SEEDS=500` plays so many worlds, `SIM_SEEDS=seed-17,seed-42` these; `SIM_COVERAGE=1` shows what has happened in them. */
const asked = process.env['SIM_SEEDS'] ?? '100';
const seeds = /^\d+$/.test(asked)
  ? Array.from({ length: Number(asked) }, (_, i) => `seed-${i}`)
  : asked.split(',').filter((seed) => seed !== '');

describe('worlds of chance', () => {
  const coverage = new Coverage();

  it.each(seeds)('%s', async (seed) => {
    await playRandomWorld(seed, 'memory', { coverage });
  });

  it.runIf(seeds.length >= 100)('leave nothing out', () => {
    if (process.env['SIM_COVERAGE'] !== undefined) process.stdout.write(`${coverage.toString()}\n`);
    expect(coverage.missing(FEATURES)).toEqual([]);
  });
});
