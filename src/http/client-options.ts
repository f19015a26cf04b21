import type { AuthRequest } from '../connector/auth.js';
import type { KnownPage } from '../connector/page.js';
import type { AuthError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import type { Clock, Random } from '../core/ports.js';
import type { Redactor } from '../core/redaction/redactor.js';
import type { Circuits } from './circuit/circuits.js';
import type { HttpListeners } from './http-events.js';
import type { LimitOptions } from './limit.js';
import type { Lookup } from './network/public-only.js';
import type { HttpExchange } from './observe.js';
import type { CredentialSource } from './reauthorise.js';
import type { RetryBudgets } from './retry/budget.js';
import type { Interceptor } from './send.js';
import type { Timeouts } from './timeouts.js';
import type { TrafficOptions } from './traffic.js';

/** What conditional requests of one reading are made of. */
export interface Conditions {
  /** What the stored records depend on besides the requests: pages that were kept under another scope are not known. */
  readonly scope: () => string;
  readonly known: readonly KnownPage[];
}

export interface HttpClientOptions extends HttpListeners {
  /** Names for errors. */
  readonly connector: string;
  readonly connection: string;
  readonly stream?: string | undefined;
  readonly run?: string | undefined;
  /** Where paths begin; read at the first request. `''`: there is none, and requests need URL objects. */
  readonly baseUrl: string;
  /** Sent with every request; a request's own headers go before. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Adds the credentials, as `Auth.apply` does; called for every attempt, and every hop within its origin. */
  readonly authorise?: ((request: AuthRequest) => void | Promise<void>) | undefined;
  /** Where `authorise` has its credentials from. Left out: a 401 is final. */
  readonly credentials?: CredentialSource | undefined;
  /** Takes secrets out of errors and all that is told of requests. Default: knows only what `authorise` adds. */
  readonly redactor?: Redactor | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeouts: Timeouts;
  /** The largest body that is read, in bytes after decompression. */
  readonly maxBytes: number;
  /** Origins beside the base URL's that requests may go to, with credentials, and redirects without. Default: none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** The run's: its abort ends every request with an `AbortedError`. */
  readonly signal: AbortSignal;
  /** Called before anything is done; throws once the run is settled. */
  readonly guard?: (() => void) | undefined;
  /** `ctx.resume`: `pages` goes on from it if it is of its own making. */
  readonly resume?: JsonValue | undefined;
  /** What conditional pages are asked with. Default: nothing, and `conditional` changes nothing. */
  readonly conditions?: Conditions | undefined;
  /** An item's identity, to know it again at a page border; undefined when it has none. Default: its field `id`. */
  readonly keyOf?: ((item: unknown) => string | undefined) | undefined;
  /** Told of every exchange, each hop and each attempt. Must not throw. */
  readonly observe?: ((exchange: HttpExchange) => void) | undefined;
  /** Given: requests go to public addresses only, and this looks names up. */
  readonly publicOnly?: Lookup | undefined;
  /** What the API allows, and waiting for it. Left out: nothing is limited. */
  readonly limits?: LimitOptions | undefined;
  /** Keeps a failing API from being asked too much. Left out: nothing is sent again. */
  readonly failures?: FailureOptions | undefined;
  /** Told when the API has refused the credentials (401), before the caller is. */
  readonly onUnauthorised?: ((error: AuthError) => void | Promise<void>) | undefined;
  /** Records each exchange as it is on the wire. Default: nothing is recorded. */
  readonly traffic?: TrafficOptions | undefined;
  /** Features between redirects and authorisation, the first one outermost; each hop goes through them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

export interface FailureOptions {
  /** Shared by all clients of a process. */
  readonly budgets: RetryBudgets;
  readonly circuits: Circuits;
  /** How long a request may be tried in all, in milliseconds. */
  readonly maxMs: number;
}
