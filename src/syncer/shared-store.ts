import type { Store, StoreEnvironment } from '../storage/contract.js';

/** How many syncers of this process use a store: the last one that stops closes it. */
const users = new WeakMap<Store, number>();

/** Opens a store for one more syncer. */
export async function openShared(store: Store, environment: StoreEnvironment): Promise<void> {
  users.set(store, (users.get(store) ?? 0) + 1);
  try {
    await store.open(environment);
  } catch (error) {
    leave(store);
    throw error;
  }
}

/** Closes a store, once no other syncer uses it. */
export async function closeShared(store: Store): Promise<void> {
  if (leave(store) === 0) await store.close();
}

function leave(store: Store): number {
  const left = (users.get(store) ?? 1) - 1;
  users.set(store, left);
  return left;
}
