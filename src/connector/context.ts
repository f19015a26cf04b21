import type { JsonObject, JsonValue } from '../core/json.js';
import type { HttpClient } from './http.js';

/** A line in the run's log, kept with its events. */
export interface Log {
  debug(message: string, data?: JsonObject): void;
  info(message: string, data?: JsonObject): void;
  warn(message: string, data?: JsonObject): void;
  error(message: string, data?: JsonObject): void;
}

/** The connection that a callback works for. */
export interface ConnectionInfo {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What each callback of a connector gets. */
export interface ConnectorContext<Config, Account> {
  /** The connection's config, as its schema put it out. */
  readonly config: Config;
  /** What the last `check` of the connection returned. */
  readonly account: Account;
  readonly connection: ConnectionInfo;
}

/** What `check` gets. */
export interface CheckContext<Config> {
  readonly config: Config;
  readonly connection: ConnectionInfo;
  readonly http: HttpClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What the callbacks of a stream get. */
export interface StreamContext<Config, Account, Records, Input = unknown> extends ConnectorContext<
  Config,
  Account
> {
  readonly http: HttpClient<Input>;
  /** The stream's name. */
  readonly stream: string;
  /** Our clock when this reading began, the same after a resume: for APIs that ask for an upper bound. */
  readonly now: Date;
  /** Aborts when the run is to end; everything of `ctx` throws `AbortedError` from then on. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Stored records of another stream of the same connection, ordered by key. */
  records<Name extends keyof Records & string>(stream: Name): AsyncIterable<Records[Name]>;
}

/** What `pull` gets. */
export interface PullContext<
  Config,
  Account,
  Records,
  Input,
  Cursor,
  Partition,
> extends StreamContext<Config, Account, Records, Input> {
  readonly mode: 'incremental' | 'full';
  /** Where to read from: the committed cursor less `overlap`, in the field's own format; `start`, or undefined, before there is one. */
  readonly cursor: Cursor;
  /** `cursor` as a `Date`, where it is an instant. */
  readonly since: Date | undefined;
  /** Where to stop, when only an earlier stretch is read because `start` was moved. */
  readonly until: Cursor;
  /** What the last committed page of an unfinished reading left to go on from. `ctx.http.pages` uses it by itself. */
  readonly resume: JsonValue | undefined;
  readonly partition: Partition;
}
