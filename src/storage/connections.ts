import type { JsonValue } from '../core/json.js';

/** `needs_reauth`: the API refused the credentials; nothing is sent until they are replaced. */
export type ConnectionStatus = 'active' | 'paused' | 'needs_reauth';

/** As it is kept. `paused_refused`: paused, and its credentials were refused. */
export type StoredStatus = ConnectionStatus | 'paused_refused';

/** A connection as it is stored. Credentials are sealed before they get here. */
export interface ConnectionRow {
  readonly connector: string;
  readonly id: string;
  readonly config: JsonValue;
  /** What the last successful `check` learned; null as long as the connection, as it is configured now, has not been checked. */
  readonly account: JsonValue | null;
  /** Credentials, encrypted; null when the connection has none. */
  readonly sealed: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: StoredStatus;
  /** Rises by one with each update. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ConnectionStore {
  /** False, and nothing changed, when a connection with that connector and id exists already. */
  createConnection(params: { readonly row: ConnectionRow }): Promise<boolean>;
  getConnection(params: {
    readonly connector: string;
    readonly id: string;
  }): Promise<ConnectionRow | undefined>;
  /** Ordered by connector, then id; `after` is the last row of the page before. `tags`: all of them must match. */
  listConnections(params: {
    readonly connector?: string;
    readonly tags?: Readonly<Record<string, string>>;
    readonly after?: { readonly connector: string; readonly id: string };
    readonly limit: number;
  }): Promise<readonly ConnectionRow[]>;
  /** Replaces the row if it still has `expectedVersion`; false when it has not, or is gone. */
  updateConnection(params: {
    readonly row: ConnectionRow;
    readonly expectedVersion: number;
  }): Promise<boolean>;
  /** Removes the connection and all that is stored for it. Leases of its running runs are lost by that. */
  deleteConnection(params: { readonly connector: string; readonly id: string }): Promise<boolean>;
}
