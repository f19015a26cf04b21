/** Syncs one customer's films, and tells the process that started it how many pages are committed. ../demo.ts starts it, and kills it. */
import { setTimeout } from 'node:timers/promises';
import { type Clock, createSyncer, sqlite } from 'syncline';
import { films } from '../films.js';

const [database = '', encryptionKey, customer = '', secondsAhead = '0'] = process.argv.slice(2);

/**
 * What a dead process was at is free 15 s after its last sign of life, lest two processes do the same. The demo does not wait for that: it sets
 * the next process's clock ahead.
 */
const clock: Clock = {
  now: () => Date.now() + Number(secondsAhead) * 1000,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
};

const syncer = createSyncer({ connectors: [films], store: sqlite(database), encryptionKey, clock });

process.once('disconnect', () => process.exit());
await syncer
  .connection(films, customer)
  .stream('films')
  .sync({ onProgress: ({ counts }) => process.send?.(counts.pages) });
await syncer.stop();
process.disconnect();
