import { StoreError } from '../../core/errors.js';
import type { SqliteHandle } from './driver.js';

/** 'Sync' in ASCII: tells our files from other programs'. */
const APPLICATION_ID = 0x53796e63;

/** The steps from an empty file to the present layout. A step that has been released is never changed. */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
  INSERT INTO meta (id, seq) VALUES (1, 0);

  CREATE TABLE connections (
    connector TEXT NOT NULL, id TEXT NOT NULL, config TEXT NOT NULL, account TEXT NOT NULL, sealed TEXT, tags TEXT NOT NULL,
    status TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (connector, id)
  );

  -- One stream over all connections.
  CREATE TABLE feeds (
    id INTEGER PRIMARY KEY, connector TEXT NOT NULL, stream TEXT NOT NULL, pruned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (connector, stream)
  );

  -- A stream without a connector belonged to a connection that was deleted: its rows are on their way out.
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, connector TEXT, connection TEXT, stream TEXT NOT NULL, feed_id INTEGER NOT NULL,
    lease_token INTEGER NOT NULL DEFAULT 0, lease_run TEXT, lease_owner TEXT, lease_until INTEGER,
    last_seq INTEGER NOT NULL DEFAULT 0, live INTEGER NOT NULL DEFAULT 0, pruned INTEGER NOT NULL DEFAULT 0, state TEXT
  );
  CREATE UNIQUE INDEX streams_by_ref ON streams (connector, connection, stream);

  CREATE TABLE runs (
    nr INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream_id INTEGER NOT NULL, mode TEXT NOT NULL, status TEXT NOT NULL,
    queued_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, attempt INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0, inserted INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0, unchanged INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, requests INTEGER NOT NULL DEFAULT 0,
    retries INTEGER NOT NULL DEFAULT 0,
    cursor TEXT NOT NULL DEFAULT 'null', error TEXT NOT NULL DEFAULT 'null'
  );
  CREATE INDEX runs_by_age ON runs (queued_at, id);
  CREATE INDEX runs_by_stream ON runs (stream_id, queued_at, id);
  CREATE INDEX runs_unfinished ON runs (stream_id) WHERE finished_at IS NULL;

  CREATE TABLE positions (
    stream_id INTEGER NOT NULL, partition TEXT NOT NULL, position TEXT NOT NULL, PRIMARY KEY (stream_id, partition)
  ) WITHOUT ROWID;

  -- version has no type, so that no affinity turns '007' into 7. What is small comes first: data may go on over many pages.
  CREATE TABLE records (
    id INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, feed_id INTEGER NOT NULL, seq INTEGER NOT NULL, born_seq INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, deleted INTEGER NOT NULL, origin INTEGER NOT NULL, schema_version INTEGER NOT NULL, received_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, partition TEXT NOT NULL, version, key TEXT NOT NULL, data TEXT NOT NULL
  );
  CREATE UNIQUE INDEX records_by_key ON records (stream_id, key);
  -- For readers of all connections, and, index alone, for those of one.
  CREATE INDEX records_by_seq ON records (feed_id, seq, stream_id);

  -- judged and missing are kept up by every commit, so that counting a pass costs nothing.
  CREATE TABLE passes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL, name TEXT NOT NULL, held INTEGER NOT NULL,
    seq INTEGER NOT NULL, judged INTEGER NOT NULL, missing INTEGER NOT NULL, UNIQUE (stream_id, held)
  );
  -- One bit for each row id of records.
  CREATE TABLE seen (
    pass_id INTEGER NOT NULL, chunk INTEGER NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (pass_id, chunk)
  ) WITHOUT ROWID;

  CREATE TABLE rejected (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL, key TEXT, fingerprint TEXT NOT NULL, version,
    partition TEXT NOT NULL, origin INTEGER NOT NULL, received_at INTEGER NOT NULL, at INTEGER NOT NULL, run TEXT,
    issues TEXT NOT NULL, raw TEXT NOT NULL
  );
  CREATE INDEX rejected_by_stream ON rejected (stream_id);
  CREATE UNIQUE INDEX rejected_by_key ON rejected (stream_id, key) WHERE key IS NOT NULL;
  CREATE UNIQUE INDEX rejected_without_key ON rejected (stream_id, fingerprint) WHERE key IS NULL;

  CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, type TEXT NOT NULL, level INTEGER NOT NULL,
    connector TEXT, connection TEXT, stream TEXT, run TEXT, tags TEXT, event TEXT NOT NULL
  );
  CREATE INDEX logs_by_connection ON logs (connector, connection) WHERE connection IS NOT NULL;
  CREATE INDEX logs_by_run ON logs (run) WHERE run IS NOT NULL;

  CREATE TABLE consumers (
    name TEXT PRIMARY KEY, connector TEXT NOT NULL, stream TEXT NOT NULL, offset INTEGER NOT NULL,
    token INTEGER NOT NULL, owner TEXT, until INTEGER
  );
  `,
  `
  -- ends: from then on the row says nothing any more.
  CREATE TABLE permits (key TEXT PRIMARY KEY, ends INTEGER NOT NULL, ledger TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX permits_by_end ON permits (ends);

  -- A number is never given twice, so that readers can go on from the last one they saw.
  CREATE TABLE blocks (nr INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL UNIQUE, until INTEGER NOT NULL);
  CREATE INDEX blocks_by_end ON blocks (until);
  `,
  `
  -- Versions of records that later ones have superseded, under the numbers that they had.
  CREATE TABLE versions (
    seq INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, feed_id INTEGER NOT NULL, born_seq INTEGER NOT NULL, first_seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL, origin INTEGER NOT NULL, received_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
    superseded_at INTEGER NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL
  );
  CREATE INDEX versions_by_feed ON versions (feed_id, seq, stream_id);
  CREATE INDEX versions_by_key ON versions (stream_id, key, seq);
  CREATE INDEX versions_by_age ON versions (superseded_at);
  CREATE INDEX records_buried ON records (changed_at) WHERE deleted = 1;
  CREATE INDEX rejected_by_age ON rejected (at);

  ALTER TABLE consumers ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE consumers ADD COLUMN reset INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- status 0: no response came. What is searched by and weighed comes first: exchange may go on over many pages.
  CREATE TABLE traffic (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, connector TEXT NOT NULL, connection TEXT NOT NULL, stream TEXT,
    run TEXT, tags TEXT NOT NULL, status INTEGER NOT NULL, size INTEGER NOT NULL, exchange TEXT NOT NULL
  );
  CREATE INDEX traffic_by_connection ON traffic (connector, connection);
  CREATE INDEX traffic_by_time ON traffic (time);

  -- The sum of their sizes, kept up so that nobody has to count.
  CREATE TABLE traffic_size (id INTEGER PRIMARY KEY CHECK (id = 1), bytes INTEGER NOT NULL);
  INSERT INTO traffic_size (id, bytes) VALUES (1, 0);
  CREATE TRIGGER traffic_added AFTER INSERT ON traffic BEGIN UPDATE traffic_size SET bytes = bytes + new.size; END;
  CREATE TRIGGER traffic_removed AFTER DELETE ON traffic BEGIN UPDATE traffic_size SET bytes = bytes - old.size; END;

  -- What retention looks for.
  CREATE INDEX logs_by_time ON logs (time);
  CREATE INDEX runs_by_end ON runs (finished_at) WHERE finished_at IS NOT NULL;
  `,
];

/** Throws when the file is not ours, or newer than this code; else says whether it must be brought up to date. */
export function needsMigration(handle: SqliteHandle, path: string): boolean {
  const application = pragma(handle, 'application_id');
  const version = pragma(handle, 'user_version');
  if (application !== APPLICATION_ID) {
    if (handle.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined) return true;
    throw new StoreError(
      `The database ${path} belongs to another program: it has tables, and they are not Syncline's. Give Syncline a file of its own; ` +
        'this one was not touched.',
      { context: { path } },
    );
  }
  if (version > migrations.length) {
    throw new StoreError(
      `The database ${path} was written by a newer version of Syncline (layout ${version}; this one knows ${migrations.length}). ` +
        'Install the newer version; the file was not touched.',
      { context: { path, layout: version, known: migrations.length } },
    );
  }
  return version < migrations.length;
}

/** Brings the file up to date, within the caller's transaction. */
export function migrate(handle: SqliteHandle, path: string): void {
  // Another process may have done it while this one waited for the lock.
  if (!needsMigration(handle, path)) return;
  for (const step of migrations.slice(pragma(handle, 'user_version'))) handle.exec(step);
  handle.pragma(`application_id = ${APPLICATION_ID}`);
  handle.pragma(`user_version = ${migrations.length}`);
}

function pragma(handle: SqliteHandle, name: 'application_id' | 'user_version'): number {
  return Number(handle.pragma(name, { simple: true }));
}
