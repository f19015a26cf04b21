import type { Limiter, LimitState } from 'syncline';
import { expect, test } from 'vitest';
import { testSyncer } from '../support/syncer.js';

const quiet: LimitState = {
  ...{ connector: 'api', connection: 'acme', limit: '10 per 1m', kind: 'window', scope: '' },
  ...{ tokens: 10, perMs: 60_000, remaining: 9, inFlight: 0, waiting: 0, blockedUntil: null },
};

/** A limiter of the app's own that knows of so many limits. */
function knowing(states: readonly LimitState[]): Limiter {
  return {
    acquire: () => Promise.reject(new Error('not asked')),
    block: () => undefined,
    blockedUntil: () => undefined,
    skewMs: () => 0,
    limits: () => states,
    forget: () => undefined,
    close: async () => undefined,
  };
}

test('limits() shows 2,000 at most: those that hold requests up first, then the fullest', async () => {
  const states = Array.from({ length: 10_000 }, (_, i) => ({ ...quiet, scope: `user ${i}` }));
  states[9_000] = { ...quiet, scope: 'full', remaining: 0 };
  states[9_001] = { ...quiet, scope: 'waited for', waiting: 1 };
  states[9_002] = { ...quiet, scope: 'blocked', remaining: 5, blockedUntil: 5 };
  const { syncer } = testSyncer([], { limiter: knowing(states) });
  const shown = await syncer.limits();
  expect(shown).toHaveLength(2_000);
  expect(shown.slice(0, 3).map(({ scope, use }) => [scope, use])).toEqual([
    ...[
      ['blocked', 0.5],
      ['waited for', expect.closeTo(0.1)],
      ['full', 1],
    ],
  ]);
});
