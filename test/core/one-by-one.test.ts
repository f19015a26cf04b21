import { expect, test } from 'vitest';
import { OneByOne } from '../../src/core/one-by-one.js';

async function* batches(log: string[] = []) {
  try {
    yield [1, 2, 3];
    await Promise.resolve();
    yield [];
    yield [4];
  } finally {
    log.push('closed');
  }
}

test('the items of all batches come one by one, empty batches left out', async () => {
  const items: number[] = [];
  for await (const item of new OneByOne(batches())) items.push(item);
  expect(items).toEqual([1, 2, 3, 4]);
});

test('calls that do not wait for each other get each item once, in the order of the calls', async () => {
  const items = new OneByOne(batches());
  const calls = Array.from({ length: 6 }, () => items.next());
  const later = calls[0]?.then(() => Promise.all([items.next(), items.next()]));
  expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([
    ...[1, 2, 3, 4, undefined, undefined],
  ]);
  expect((await later)?.map(({ done }) => done)).toEqual([true, true]);
});

test('who leaves closes the source and gets nothing more', async () => {
  const log: string[] = [];
  const items = new OneByOne(batches(log));
  for await (const item of items) if (item === 2) break;
  expect(log).toEqual(['closed']);
  expect(await items.next()).toEqual({ value: undefined, done: true });
});

test('an error of the source reaches the caller after the items before it', async () => {
  const items = new OneByOne<number>(
    (async function* () {
      yield [1];
      await Promise.resolve();
      throw new Error('gone');
    })(),
  );
  expect(await items.next()).toEqual({ value: 1, done: false });
  await expect(items.next()).rejects.toThrow('gone');
  expect(await items.next()).toEqual({ value: undefined, done: true });
});

test('entries are made when they are taken, and an error in that ends the source', async () => {
  const log: string[] = [];
  const made = {
    length: 3,
    at(index: number) {
      log.push(`made ${index}`);
      if (index === 1) throw new Error('broken');
      return index;
    },
  };
  const items = new OneByOne<number>(
    (async function* () {
      try {
        yield made;
        await Promise.resolve();
      } finally {
        log.push('closed');
      }
    })(),
  );
  expect(await items.next()).toEqual({ value: 0, done: false });
  expect(log).toEqual(['made 0']);
  await expect(items.next()).rejects.toThrow('broken');
  expect(log).toEqual(['made 0', 'made 1', 'closed']);
  expect(await items.next()).toEqual({ value: undefined, done: true });
});

test('throw() reaches the source', async () => {
  const log: string[] = [];
  const items = new OneByOne(batches(log));
  await items.next();
  await expect(items.throw(new Error('mine'))).rejects.toThrow('mine');
  expect(log).toEqual(['closed']);
});
