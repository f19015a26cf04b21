import { memoryStore } from './storage/memory/store.js';
import type { Store } from './storage/contract.js';

export type { Store } from './storage/contract.js';

/**
 * A store that keeps everything in this process's memory, and forgets it when the process ends: for tests, and for trying things out.
 * It holds the same contract as the durable stores; what it is handed and hands out are copies.
 *
 * @example
 * const syncer = createSyncer({ connectors: [github], store: memory() });
 */
export function memory(): Store {
  return memoryStore();
}
