import type { ConnectionRow, ConnectionStore, StoredStatus } from '../connections.js';
import { Conditions, fromJson } from './codes.js';
import type { Database } from './database.js';
import { removalOf } from './removal.js';

interface StoredConnection {
  readonly connector: string;
  readonly id: string;
  readonly config: string;
  readonly account: string;
  readonly sealed: string | null;
  readonly tags: string;
  readonly status: StoredStatus;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

export function connectionVerbs(db: Database): ConnectionStore {
  const sql = db.prepared((prepare) => ({
    create: prepare<never>(
      `INSERT INTO connections (config, account, sealed, tags, status, version, updated_at, created_at, connector, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    get: prepare<StoredConnection>('SELECT * FROM connections WHERE connector = ? AND id = ?'),
    update: prepare<never>(
      `UPDATE connections SET config = ?, account = ?, sealed = ?, tags = ?, status = ?, version = ?, updated_at = ?
       WHERE connector = ? AND id = ? AND version = ?`,
    ),
  }));
  const remove = removalOf(db);

  return {
    createConnection: ({ row }) =>
      db.write('createConnection', 'durable', () => {
        const { createdAt, connector, id } = row;
        const values = [...changing(row, row.version), createdAt, connector, id];
        return sql().create.run(...values).changes === 1;
      }),

    getConnection: ({ connector, id }) =>
      db.read('getConnection', () => {
        const row = sql().get.get(connector, id);
        return row && connectionRow(row);
      }),

    listConnections: ({ connector, tags, after, limit }) =>
      db.read('listConnections', () => {
        const where = new Conditions()
          .add('connector = ?', connector)
          .add('(connector, id) > (?, ?)', after?.connector, after?.id)
          .tags('tags', tags);
        return db
          .prepare<StoredConnection>(
            `SELECT * FROM connections WHERE ${where.sql} ORDER BY connector, id LIMIT ?`,
          )
          .all(...where.params, limit)
          .map(connectionRow);
      }),

    updateConnection: ({ row, expectedVersion }) =>
      db.write('updateConnection', 'durable', () => {
        const values = [...changing(row, expectedVersion + 1), row.connector, row.id];
        return sql().update.run(...values, expectedVersion).changes === 1;
      }),

    deleteConnection: ({ connector, id }) => remove(connector, id),
  };
}

/** What an update may change, in the order of the statements. */
function changing(row: ConnectionRow, version: number): readonly unknown[] {
  const { config, account, sealed, tags, status, updatedAt } = row;
  const json = [JSON.stringify(config), JSON.stringify(account)];
  return [...json, sealed, JSON.stringify(tags), status, version, updatedAt];
}

function connectionRow(row: StoredConnection): ConnectionRow {
  return {
    connector: row.connector,
    id: row.id,
    config: fromJson(row.config),
    account: fromJson(row.account),
    sealed: row.sealed,
    tags: JSON.parse(row.tags) as ConnectionRow['tags'],
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
