import { describe, it } from 'vitest';
import { crashEverywhere } from './crash-everywhere.js';
import { playRandomWorld } from './random/random-world.js';
import { deletionStories, readingStories } from './stories.js';

// The same worlds, on what survives a real process.
crashEverywhere([...readingStories.slice(0, 1), ...deletionStories.slice(0, 1)], 'sqlite');

describe('worlds of chance in sqlite', () => {
  it.each(['disk-1', 'disk-2', 'disk-3', 'disk-4', 'disk-5', 'disk-6'])('%s', async (seed) => {
    await playRandomWorld(seed, 'sqlite');
  });
});
