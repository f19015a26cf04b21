import type { Syncer } from 'syncline';
import { expect, it } from 'vitest';
import { playRandomWorld } from './random/random-world.js';

/** Listeners as bad as they come. */
function addBadListeners(syncer: Syncer): void {
  syncer.onAny(() => {
    throw new Error('a listener that throws');
  });
  syncer.on('page.*', async () => Promise.reject(new Error('a listener that rejects')));
  syncer.on('run.*', () => new Promise(() => undefined));
  syncer.on('run.started', () => {
    syncer.on('page.committed', () => {
      throw new Error('a listener that was added by another one');
    });
  });
}

it.each(['listened to', 'listened to again', 'and once more'])(
  'a listener that throws, rejects or never ends changes nothing of what runs do (%s)',
  async (seed) => {
    const alone = await playRandomWorld(seed, 'memory');
    expect(await playRandomWorld(seed, 'memory', { onStart: addBadListeners })).toBe(alone);
  },
);
