import type { ConnectionStatus } from '../storage/connections.js';

/** A connection as the app sees it; its credentials are never shown. */
export interface Connection {
  readonly connector: string;
  readonly id: string;
  readonly config: unknown;
  /** What the last `check` returned. */
  readonly account: unknown;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: ConnectionStatus;
  /** Rises by one with each update. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A part of a connection that must be given, may be, or is not asked for. */
type Part<Name extends string, T> = [T] extends [undefined]
  ? { readonly [K in Name]?: undefined }
  : { readonly [K in Name]: T };

/** What a connection is created with; typed by its connector. */
export type NewConnection<Config, Credentials> = {
  /** The app's own name for it, unique within the connector. */
  readonly id: string;
  readonly tags?: Readonly<Record<string, string>>;
} & Part<'config', Config> &
  Part<'credentials', Credentials>;

/** What an update gets and returns. */
export interface ConnectionDraft<Config = unknown, Credentials = unknown> {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly tags: Readonly<Record<string, string>>;
}
