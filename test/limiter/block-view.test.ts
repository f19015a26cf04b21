import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import type { Waiter } from '../../src/limiter/gauge.js';
import { BlockView } from '../../src/limiter/sharing/block-view.js';
import { settle, TestClock } from '../support/clock.js';

test('who hears of a reading too late to use it is read for again, however often that happens', async () => {
  const clock = new TestClock();
  const store = memory();
  await store.open({ clock, random: () => 0.5 });
  const waiter = {} as Waiter;
  let late = 3;
  let readings = 0;
  const served: Waiter[] = [];
  const view = new BlockView({
    clock,
    store: async () => {
      readings += 1;
      return Promise.resolve(store);
    },
    maxWaitMs: 60_000,
    apply: () => undefined,
    read: (waiters) => {
      // The event loop was held between the answer and those who waited for it.
      if (late-- > 0) clock.skip(1_000);
      for (const one of waiters) {
        if (lease.covers(1, clock.monotonic())) served.push(one);
        else lease.ask(one);
      }
    },
  });
  const lease = view.lease();
  expect(lease.covers(1, clock.monotonic())).toBe(false);
  lease.ask(waiter);
  await settle();
  expect(served).toEqual([waiter]);
  expect(readings).toBe(4);
});
