import type { RecordStore } from '../records.js';
import type { Database } from './database.js';
import { feedOf } from './feed.js';
import { recordColumns, storedRecord } from './rows.js';
import type { ListTuple, RecordTuple } from './rows.js';
import { Streams } from './streams.js';

export function recordVerbs(db: Database): RecordStore {
  const streams = new Streams(db);
  const readFeed = feedOf(db);
  const sql = db.prepared((prepare) => ({
    get: db.prepareRaw<RecordTuple>(
      `SELECT ${recordColumns} FROM records r WHERE r.stream_id = ? AND r.key = ?`,
    ),
    list: db.prepareRaw<ListTuple>(
      `SELECT ${recordColumns}, r.key FROM records r
       WHERE r.stream_id = ? AND r.key > ? AND r.deleted = 0 ORDER BY r.key LIMIT ?`,
    ),
    latest: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
    live: prepare<{ readonly live: number }>('SELECT live FROM streams WHERE id = ?'),
  }));

  return {
    getRecord: ({ ref, key }) =>
      db.read('getRecord', () => {
        const stream = streams.find(ref);
        const row = stream && sql().get.get(stream.id, key);
        return row && storedRecord(row, key);
      }),

    listRecords: ({ ref, after = '', limit }) =>
      db.read('listRecords', () => {
        const stream = streams.find(ref);
        const rows = stream ? sql().list.all(stream.id, after, limit) : [];
        return rows.map((row) => storedRecord(row, row[9]));
      }),

    countRecords: ({ ref }) =>
      db.read('countRecords', () => {
        const stream = streams.find(ref);
        return (stream && sql().live.get(stream.id)?.live) ?? 0;
      }),

    latestSeq: () => db.read('latestSeq', () => sql().latest.get()?.seq ?? 0),

    readFeed,
  };
}
