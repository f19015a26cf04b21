import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { storeContract } from 'syncline/adapter';
import { sqlite } from 'syncline/sqlite';
import type { Store } from 'syncline/sqlite';
import { realEnvironment } from './environment.js';

storeContract({
  name: 'sqlite(file)',
  describe,
  test,
  create: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'syncline-'));
    const stores: Store[] = [];
    const another = async () => {
      const store = sqlite(join(directory, 'sync.db'));
      await store.open(realEnvironment);
      stores.push(store);
      return store;
    };
    return {
      store: await another(),
      another,
      dispose: async () => {
        for (const store of stores) await store.close();
        await rm(directory, { recursive: true });
      },
    };
  },
});
