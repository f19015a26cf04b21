import type { StoreEnvironment } from '../contract.js';
import { isBusy, lockedTooLong, toStoreError } from './errors.js';
import type { Doing } from './errors.js';

const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 100;

/**
 * Does a piece of synchronous work, again and again while another process is writing. In between the event loop goes on: SQLite's own
 * busy timeout would hold it.
 */
export async function untilFree<T>(
  { clock, random }: StoreEnvironment,
  limitMs: number,
  doing: Doing,
  work: () => T,
): Promise<T> {
  const started = clock.monotonic();
  for (let cap = FIRST_WAIT_MS; ; cap = Math.min(cap * 2, LONGEST_WAIT_MS)) {
    let busy: unknown;
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw toStoreError(error, doing);
      busy = error;
    }
    const waited = clock.monotonic() - started;
    if (waited >= limitMs) throw lockedTooLong(busy, doing, Math.round(waited));
    // Half fixed, half by chance: two that collided do not collide again.
    await clock.sleep(Math.min(cap / 2 + (random() * cap) / 2, limitMs - waited));
  }
}
