import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';

/** Makes each test of the file fail that leaves a rejection or an exception to nobody. */
export function noStrays(): void {
  const strays: unknown[] = [];
  const note = (reason: unknown): void => {
    strays.push(reason);
  };
  beforeEach(() => {
    strays.length = 0;
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
  });
  afterEach(async () => {
    // Rejections are told once the microtasks of their turn have run.
    for (let i = 0; i < 3; i++) await setImmediate();
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    expect(strays).toEqual([]);
  });
}
