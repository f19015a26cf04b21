import { describe, expect, test } from 'vitest';
import { storeContract } from 'syncline/adapter';
import { memory } from 'syncline/memory';
import { realEnvironment } from './environment.js';

storeContract({
  name: 'memory()',
  describe,
  test,
  create: async () => {
    const store = memory();
    await store.open(realEnvironment);
    return { store, dispose: () => store.close() };
  },
});

test('a memory store that was not opened says so', async () => {
  await expect(
    memory().countRecords({ ref: { connector: 'a', connection: 'b', stream: 'c' } }),
  ).rejects.toThrow(/not open/);
});
