import { expect, test } from 'vitest';
import { batches } from '../../src/syncer/batches.js';
import { collect } from '../support/syncer.js';

const list = (length: number) => {
  const all = Array.from({ length }, (_, n) => n + 1);
  return async (last: number | undefined) => all.filter((n) => n > (last ?? 0)).slice(0, 3);
};

test.each([
  [0, [[]]],
  [2, [[1, 2]]],
  [3, [[1, 2, 3], []]],
  [
    5,
    [
      [1, 2, 3],
      [4, 5],
    ],
  ],
])(
  'a list of %i comes in batches up to the first one that is not full',
  async (length, expected) => {
    expect(await collect(batches(list(length), 3))).toEqual(expected);
  },
);

test('the event loop turns between two batches', async () => {
  const turned: boolean[] = [];
  let turn = false;
  for await (const batch of batches(list(7), 3)) {
    turned.push(turn);
    turn = false;
    if (batch.length > 0) setImmediate(() => (turn = true));
  }
  expect(turned).toEqual([false, true, true]);
});
