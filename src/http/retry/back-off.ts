import type { Random } from '../../core/ports.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait after so many failures: anything up to a bound that doubles, so that those that failed together do not come back together.
 *
 * @see "Exponential Backoff And Jitter" (M. Brooker): full jitter
 */
export function backOffMs(failures: number, random: Random): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
