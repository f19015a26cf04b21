import { expect, it } from 'vitest';
import { playRandomWorld } from './random/random-world.js';

it('the same seed plays the same world, to the last event', async () => {
  const first = await playRandomWorld('again and again', 'memory');
  expect(await playRandomWorld('again and again', 'memory')).toBe(first);
  expect(await playRandomWorld('another one', 'memory')).not.toBe(first);
});
