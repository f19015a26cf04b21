import type { Store } from '../contract.js';
import { commitVerbs } from './commits.js';
import { connectionVerbs } from './connections.js';
import { consumerVerbs } from './consumers.js';
import { Database } from './database.js';
import type { SqliteHandle } from './driver.js';
import { logVerbs } from './logs.js';
import { passVerbs } from './passes.js';
import { permitVerbs } from './permits.js';
import { recordVerbs } from './records.js';
import { rejectedVerbs } from './rejected.js';
import { sweep } from './removal.js';
import { resetVerbs } from './reset.js';
import { retentionVerbs } from './retention.js';
import { runVerbs } from './runs.js';
import { statsVerbs } from './stats.js';
import { trafficVerbs } from './traffic.js';

/** A store in a SQLite file, or in the database that a handle is open on. */
export function sqliteStore(target: string | SqliteHandle, busyMs: number): Store {
  const db = new Database(target, busyMs);
  return {
    async open(environment) {
      await db.open(environment);
      await sweep(db);
    },
    close: () => db.close(),
    ...connectionVerbs(db),
    ...runVerbs(db),
    ...commitVerbs(db),
    ...passVerbs(db),
    ...recordVerbs(db),
    ...rejectedVerbs(db),
    ...resetVerbs(db),
    ...retentionVerbs(db),
    ...logVerbs(db),
    ...trafficVerbs(db),
    ...consumerVerbs(db),
    ...permitVerbs(db),
    ...statsVerbs(db),
  };
}
