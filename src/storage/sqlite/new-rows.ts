import type { CommitParams, IncomingRecord } from '../commits.js';
import type { Database } from './database.js';
import type { StreamRow } from './streams.js';

/** Rows that are written by one statement, which takes less for each than a statement of its own. */
const MANY = 100;

const COMMON =
  'deleted, changed_at, origin, schema_version, received_at, partition, stream_id, feed_id';
const OWN = 'seq, born_seq, first_seq, version, data, key';

/** The statements that write new rows, prepared once. What all rows of a commit have in common comes first. */
export function prepareInserts(db: Database) {
  const values = Array.from({ length: MANY }, () => '(?, ?, ?, ?)').join(', ');
  return {
    one: db.prepare<never>(
      `INSERT INTO records (${COMMON}, ${OWN}) VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    many: db.prepare<never>(
      `INSERT INTO records (${COMMON}, ${OWN})
       SELECT 0, common.column1, common.column2, common.column3, common.column4, common.column5, common.column6, common.column7,
         own.column1, own.column1, own.column1, own.column2, own.column3, own.column4
       FROM (VALUES (?, ?, ?, ?, ?, ?, ?)) AS common CROSS JOIN (VALUES ${values}) AS own`,
    ),
  };
}

/** The new rows of one commit: gathered, and written many at once. */
export class NewRows {
  readonly #inserts: ReturnType<typeof prepareInserts>;
  readonly #common: readonly unknown[];
  /** Of each row its `seq`, `version`, `data` and `key`, one after the other. */
  #waiting: unknown[] = [];

  constructor(
    inserts: ReturnType<typeof prepareInserts>,
    { id, feed }: StreamRow,
    origin: number,
    { now, schemaVersion, receivedAt, partition }: CommitParams,
  ) {
    this.#inserts = inserts;
    this.#common = [now, origin, schemaVersion, receivedAt, partition ?? '', id, feed];
  }

  add(seq: number, { version, data, key }: IncomingRecord): void {
    this.#waiting.push(seq, version, data, key);
    if (this.#waiting.length < MANY * 4) return;
    this.#inserts.many.run(this.#common, this.#waiting);
    this.#waiting = [];
  }

  /** Writes those that still wait. */
  flush(): void {
    const { one } = this.#inserts;
    for (let at = 0; at < this.#waiting.length; at += 4) {
      const [seq, version, data, key] = this.#waiting.slice(at, at + 4);
      one.run(this.#common, seq, seq, seq, version, data, key);
    }
    this.#waiting = [];
  }
}
