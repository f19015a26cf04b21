import { memory } from 'syncline/memory';
import type { PermitStore } from '../../../src/storage/permits.js';
import type { VirtualClock } from '../../../src/testing/virtual-clock.js';

/** A store that several limiters share, and that takes its time. */
export async function slowStore(
  clock: VirtualClock,
  latencyMs: () => number,
): Promise<PermitStore> {
  const store = memory();
  await store.open({ clock, random: () => 0.5 });
  const slowly = async <T>(verb: () => Promise<T>): Promise<T> => {
    await clock.sleep(latencyMs());
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
