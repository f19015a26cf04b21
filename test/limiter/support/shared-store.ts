import { memory } from 'syncline/memory';
import type { PermitStore } from '../../../src/storage/permits.js';
import type { VirtualClock } from '../../../src/testing/virtual-clock.js';

/** A store that several limiters can share. */
export async function openStore(clock: VirtualClock): Promise<PermitStore> {
  const store = memory();
  await store.open({ clock, random: () => 0.5 });
  return store;
}

/** The store as one process sees it: it takes its time, and a process that was killed sees nothing any more. */
export function slowStore(
  store: PermitStore,
  clock: VirtualClock,
  latencyMs: () => number,
  isDead: () => boolean = () => false,
): PermitStore {
  const slowly = async <T>(verb: () => Promise<T>): Promise<T> => {
    await clock.sleep(latencyMs());
    if (isDead()) return new Promise(() => undefined);
    const result = await verb();
    await clock.sleep(latencyMs());
    return result;
  };
  return {
    takePermits: (params) => slowly(() => store.takePermits(params)),
    returnPermits: (params) => slowly(() => store.returnPermits(params)),
    reportBlocked: (params) => slowly(() => store.reportBlocked(params)),
    readBlocks: (params) => slowly(() => store.readBlocks(params)),
  };
}
