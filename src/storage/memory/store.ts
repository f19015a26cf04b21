import type { Store } from '../contract.js';
import { commitVerbs } from './commits.js';
import { connectionVerbs } from './connections.js';
import { consumerVerbs } from './consumers.js';
import { logVerbs } from './logs.js';
import { passVerbs } from './passes.js';
import { permitVerbs } from './permits.js';
import { recordVerbs } from './records.js';
import { rejectedVerbs } from './rejected.js';
import { resetVerbs } from './reset.js';
import { retentionVerbs } from './retention.js';
import { runVerbs } from './runs.js';
import { statsVerbs } from './stats.js';
import { Tables } from './tables.js';
import { trafficVerbs } from './traffic.js';

/** A store in this process's memory. */
export function memoryStore(): Store {
  const tables = new Tables();
  return {
    async open() {
      tables.lifecycle = 'open';
    },
    async close() {
      tables.lifecycle = 'closed';
    },
    ...connectionVerbs(tables),
    ...runVerbs(tables),
    ...commitVerbs(tables),
    ...passVerbs(tables),
    ...recordVerbs(tables),
    ...rejectedVerbs(tables),
    ...resetVerbs(tables),
    ...retentionVerbs(tables),
    ...logVerbs(tables),
    ...trafficVerbs(tables),
    ...consumerVerbs(tables),
    ...permitVerbs(tables),
    ...statsVerbs(tables),
  };
}
