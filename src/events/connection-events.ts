import type { ConnectionScope, Failure } from './event-base.js';

/** The customers' accounts: `connection.*`. */
export interface ConnectionEvents {
  /** A connection was created. */
  'connection.created': ConnectionScope;

  /** A connection was updated. */
  'connection.updated': ConnectionScope & {
    /** What differs now; empty when nothing does. */
    readonly changed: readonly ('config' | 'credentials' | 'tags')[];
    /** The row's version: rises by one with each update. */
    readonly version: number;
  };

  /** A connection, or the one `stream` of it, was paused: nothing is due until it is resumed. */
  'connection.paused': ConnectionScope;

  /** A connection, or the one `stream` of it, is no longer paused. */
  'connection.resumed': ConnectionScope;

  /** A connection was deleted, with all that was stored for it. */
  'connection.deleted': ConnectionScope;

  /** The API refused the connection's credentials. No more requests are sent until they are replaced. Emitted once. */
  'connection.needs_reauth': ConnectionScope & Failure;

  /** `check` has looked whether the connection is usable. */
  'connection.checked': ConnectionScope & {
    /** False: `error` tells why. */
    readonly ok: boolean;
    readonly durationMs: number;
  };

  /**
   * Something is due that this process must leave to another one. `connector`: it does not register the connector · `version`: the stored
   * records of `stream` have a newer version than its definition.
   */
  'connection.unclaimed': ConnectionScope &
    (
      | { readonly reason: 'connector' }
      | {
          readonly reason: 'version';
          readonly stream: string;
          /** The version that is stored. */
          readonly stored: number;
          /** The version that this process defines. */
          readonly defined: number;
        }
    );
}

/** Credentials: `auth.*`. Never with a secret in them. */
export interface AuthEvents {
  /** A new access token was got and stored. */
  'auth.refreshed': ConnectionScope & {
    /** When it has to be refreshed again; null when the API does not say. */
    readonly expiresAt: Date | null;
    /** Whether the refresh token is another one too. */
    readonly rotated: boolean;
  };

  /** A refresh did not work this time, and will be tried again. */
  'auth.refresh_failed': ConnectionScope & Failure & { readonly retryAt: Date };

  /** The API refused credentials or a refresh token for good. What follows is `connection.needs_reauth`. */
  'auth.refused': ConnectionScope & Failure & { readonly status: number | null };

  /** Stored credentials were sealed anew under the first of `keys`. */
  'auth.resealed': ConnectionScope & {
    /** The id of the key that seals them now. */
    readonly key: string;
  };
}
