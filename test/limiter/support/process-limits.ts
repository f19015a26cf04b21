import type { Limit } from '../../../src/connector/limits.js';

export const WINDOW_MS = 2_000;
export const TOKENS = 40;
export const AT_A_TIME = 8;

/** What the processes of the tests are allowed. */
export const processLimits: readonly Limit[] = [
  { scope: 'connection', tokens: TOKENS, per: WINDOW_MS },
  { scope: 'connector', concurrency: AT_A_TIME },
];
