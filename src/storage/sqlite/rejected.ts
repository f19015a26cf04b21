import type { CommitParams, IncomingRejected, VersionValue } from '../commits.js';
import type { RejectedRow, RejectedStore } from '../rejected.js';
import { fromJson, originCode, originOf } from './codes.js';
import type { Database } from './database.js';
import { Streams } from './streams.js';

interface StoredRejected {
  readonly id: number;
  readonly key: string | null;
  readonly raw: string;
  readonly issues: string;
  readonly version: VersionValue;
  readonly partition: string;
  readonly origin: number;
  readonly received_at: number;
  readonly at: number;
  readonly run: string | null;
}

export function rejectedVerbs(db: Database): RejectedStore {
  const streams = new Streams(db);
  const sql = db.prepared((prepare) => ({
    list: prepare<StoredRejected>(
      'SELECT * FROM rejected WHERE stream_id = ? AND id > ? ORDER BY id LIMIT ?',
    ),
  }));
  return {
    listRejected: ({ ref, after, limit }) =>
      db.read('listRejected', () => {
        const stream = streams.find(ref);
        const rows = stream ? sql().list.all(stream.id, Number(after ?? 0), limit) : [];
        return rows.map(rejectedRow);
      }),
  };
}

/** The rejected records of a stream, as a commit changes them. */
export class Rejected {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = db.prepared((prepare) => ({
      any: prepare<unknown>('SELECT 1 FROM rejected WHERE stream_id = ? LIMIT 1'),
      settle: prepare<never>('DELETE FROM rejected WHERE stream_id = ? AND id = ?'),
      answer: prepare<never>('DELETE FROM rejected WHERE stream_id = ? AND key = ?'),
      ofKey: prepare<{ readonly id: number; readonly fingerprint: string }>(
        'SELECT id, fingerprint FROM rejected WHERE stream_id = ? AND key = ?',
      ),
      ofFingerprint: prepare<{ readonly id: number; readonly fingerprint: string }>(
        'SELECT id, fingerprint FROM rejected WHERE stream_id = ? AND key IS NULL AND fingerprint = ?',
      ),
      put: prepare<never>(
        `INSERT OR REPLACE INTO rejected (id, stream_id, key, fingerprint, version, partition, origin, received_at, at, run, issues, raw)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
    }));
  }

  /** Whether there is anything that a commit could settle. */
  any(streamId: number): boolean {
    return this.#sql().any.get(streamId) !== undefined;
  }

  /** The record was stored or deleted: its rejected version has been answered. */
  answer(streamId: number, key: string): void {
    this.#sql().answer.run(streamId, key);
  }

  settle(streamId: number, ids: readonly string[]): void {
    for (const id of ids) this.#sql().settle.run(streamId, Number(id));
  }

  /** Keeps a record: the same one in its place, another version of its key under a new id. */
  keep(streamId: number, params: CommitParams, incoming: IncomingRejected): void {
    const { key, fingerprint, version, issues, raw } = incoming;
    const { ofKey, ofFingerprint, put } = this.#sql();
    const older =
      key === null ? ofFingerprint.get(streamId, fingerprint) : ofKey.get(streamId, key);
    const same = older?.fingerprint === fingerprint;
    const { partition, origin, receivedAt, now, lease } = params;
    const brought = [partition ?? '', originCode(origin), receivedAt, now, lease?.run ?? null];
    // Under another id, REPLACE takes the older one out.
    const id = same ? older.id : null;
    put.run(id, streamId, key, fingerprint, version, ...brought, JSON.stringify(issues), raw);
  }
}

function rejectedRow(row: StoredRejected): RejectedRow {
  return {
    id: String(row.id),
    key: row.key,
    raw: row.raw,
    issues: fromJson(row.issues),
    version: row.version,
    partition: row.partition,
    origin: originOf(row.origin),
    receivedAt: row.received_at,
    at: row.at,
    run: row.run,
  };
}
