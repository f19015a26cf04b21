import type { Auth } from './auth.js';
import type { CheckContext, ConnectorContext } from './context.js';
import type { Limit, RateLimitHook } from './limits.js';
import type { InputOf, OutputOf, Schema } from './schema.js';
import type { RecordsOf, StreamDefinition } from './stream.js';

/** What {@link defineConnector} takes. The schemas' types are inferred from it. */
export interface ConnectorDefinition<
  ConfigSchema,
  Account,
  Credentials,
  Schemas,
  Cursors,
  Partitions,
> {
  /** Identifies the connector in the store: letters, digits, `-` and `_`. */
  readonly name: string;
  /** Where paths of `ctx.http` begin. */
  readonly baseUrl?: string | ((ctx: ConnectorContext<OutputOf<ConfigSchema>, Account>) => string);
  /** Origins beside that of the base URL that requests may go to, credentials and all, and redirects without credentials: `['https://login.example.com']`. */
  readonly allowedOrigins?: readonly string[];
  /** What a connection is configured with; validated when it is created or updated. */
  readonly config?: ConfigSchema;
  /** How requests are authorised. Left out: no credentials are asked for. */
  readonly auth?: Auth<Credentials>;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the API allows, as its documentation says. All limits that match a request apply to it. */
  readonly limits?: readonly Limit[];
  /**
   * `'public'`: requests go to public addresses only, also after redirects. For a `baseUrl` that customers give, so that none of them reaches into
   * the app's own network. Default `'any'`.
   */
  readonly network?: 'public' | 'any';
  /** What a response says of limits that the built-in detection cannot know: an API's own spelling, or what a query has cost. */
  readonly rateLimit?: RateLimitHook;
  /** Is this connection usable? Throws if not; what it returns is kept as `ctx.account`. */
  readonly check?: (ctx: CheckContext<OutputOf<ConfigSchema>>) => Promise<Account> | Account;
  /** Whether what is stored is still good after a connection's config has changed, both as they were given. Default: never, everything is read again. */
  readonly configChanged?: (
    before: InputOf<ConfigSchema>,
    after: InputOf<ConfigSchema>,
  ) => 'keep' | 'resync';
  readonly streams: {
    readonly [K in keyof Schemas]: StreamDefinition<
      Schemas[K],
      OutputOf<ConfigSchema>,
      Account,
      RecordsOf<Schemas>,
      K extends keyof Cursors ? Cursors[K] : undefined,
      K extends keyof Partitions ? Partitions[K] : undefined
    >;
  } & { readonly [K in keyof Cursors]: { readonly cursor?: Cursors[K] } } & {
    readonly [K in keyof Partitions]: { readonly partition?: Partitions[K] };
  };
}

/** A stream as the engine uses it: the same definition, its types no longer told apart. */
export type AnyStream = StreamDefinition<
  Schema,
  unknown,
  unknown,
  Readonly<Record<string, unknown>>,
  'token',
  Schema
>;

/** A connector's definition as the engine uses it. */
export interface AnyDefinition {
  readonly name: string;
  readonly baseUrl?: string | ((ctx: ConnectorContext<unknown, unknown>) => string);
  readonly allowedOrigins?: readonly string[];
  readonly config?: Schema;
  readonly auth?: Auth<unknown>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limits?: readonly Limit[];
  readonly network?: 'public' | 'any';
  readonly rateLimit?: RateLimitHook;
  readonly check?: (ctx: CheckContext<unknown>) => unknown;
  readonly configChanged?: (before: unknown, after: unknown) => 'keep' | 'resync';
  readonly streams: Readonly<Record<string, AnyStream>>;
}

/**
 * An external system, defined. `Config` and `Credentials` are what its connections are created with, `Records` what its streams hold.
 * Made by `defineConnector` only.
 */
export interface Connector<
  Config = unknown,
  Credentials = unknown,
  Records extends Readonly<Record<string, unknown>> = Readonly<Record<string, unknown>>,
> {
  readonly name: string;
  /** The names of its streams. */
  readonly streams: readonly string[];
  readonly definition: AnyDefinition;
  /** Types only; absent at run time. */
  readonly types?: {
    readonly config: Config;
    readonly credentials: Credentials;
    readonly records: Records;
  };
}
