import { ConfigError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import type { ConnectionInfo, Log } from './context.js';
import type { HttpClient } from './http.js';

/** A request as authentication may change it. */
export interface AuthRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** As it is sent, for signatures; undefined when there is none. */
  readonly body: string | Uint8Array | undefined;
}

/** What `apply` gets: the credentials, and whose they are. */
export interface AuthContext<Credentials> {
  readonly credentials: Credentials;
  /** The connection's config, as its schema put it out. */
  readonly config: unknown;
  /** What the last `check` of the connection returned. */
  readonly account: unknown;
  readonly connection: ConnectionInfo;
}

/** What `refresh` gets. */
export interface RefreshContext<Credentials> extends AuthContext<Credentials> {
  /** HTTP for the connection, without its credentials: `refresh` sends its own. */
  readonly http: HttpClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How a connector's requests are authorised, and what credentials its connections need. */
export interface Auth<Credentials> {
  readonly kind: string;
  /** Checks credentials when they are given, and says what is kept. @throws {ConfigError} saying what is missing, never what was given */
  parse(credentials: unknown): Credentials | Promise<Credentials>;
  /** Adds the credentials to a request that is about to be sent to an allowed origin. */
  apply(request: AuthRequest, ctx: AuthContext<Credentials>): void | Promise<void>;
  /** New credentials in place of those that the API has refused. Left out: there is no way to get any. */
  refresh?(ctx: RefreshContext<Credentials>): Credentials | Promise<Credentials>;
}

export interface BearerCredentials {
  readonly token: string;
}

/**
 * `Authorization: Bearer <token>` (RFC 6750).
 *
 * @example defineConnector({ auth: bearer(), … }); connections.create(github, { credentials: { token }, … })
 */
export function bearer(): Auth<BearerCredentials> {
  return {
    kind: 'bearer',
    parse: (credentials) => ({ token: secret(credentials, 'token') }),
    apply: ({ headers }, { credentials }) => {
      headers.set('authorization', `Bearer ${credentials.token}`);
    },
  };
}

export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** `Authorization: Basic …` in UTF-8 (RFC 7617). An empty password is allowed: many APIs take a key as the user name. */
export function basic(): Auth<BasicCredentials> {
  return {
    kind: 'basic',
    parse: (credentials) => {
      const username = secret(credentials, 'username');
      if (username.includes(':')) {
        throw wrong('username', 'contains a colon, which Basic authentication cannot send');
      }
      const isEmpty = isObject(credentials) && credentials['password'] === '';
      return { username, password: isEmpty ? '' : secret(credentials, 'password') };
    },
    apply: ({ headers }, { credentials: { username, password } }) => {
      const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
      headers.set('authorization', `Basic ${encoded}`);
    },
  };
}

export interface ApiKeyCredentials {
  readonly key: string;
}

/**
 * A key in a header or query parameter of the given name.
 *
 * @throws {ConfigError} when there is no name, or one that no header can have
 * @example apiKey({ header: 'x-api-key' })
 * @example apiKey({ query: 'api_key' })
 */
export function apiKey(
  place: { readonly header: string } | { readonly query: string },
): Auth<ApiKeyCredentials> {
  checkPlace(place);
  return {
    kind: 'apiKey',
    parse: (credentials) => ({ key: secret(credentials, 'key') }),
    apply: ({ headers, url }, { credentials: { key } }) => {
      if ('header' in place) headers.set(place.header, key);
      else url.searchParams.set(place.query, key);
    },
  };
}

function checkPlace(place: unknown): void {
  const { header, query } = isObject(place) ? place : {};
  const named = [header, query].filter((name) => name !== undefined);
  const valid = typeof header === 'string' ? /^[!#$%&'*+.^`|~\w-]+$/.test(header) : query !== '';
  if (named.length === 1 && typeof named[0] === 'string' && valid) return;
  throw new ConfigError(
    "auth: apiKey() needs the name of a header or of a query parameter, as in apiKey({ header: 'x-api-key' })",
    { context: { path: 'auth' } },
  );
}

/** A field of credentials that a header can carry. */
function secret(credentials: unknown, field: string): string {
  const value = isObject(credentials) ? credentials[field] : undefined;
  if (typeof value !== 'string' || value === '')
    throw wrong(field, 'expected a text that is not empty');
  if (/[\0\r\n]/.test(value)) {
    throw wrong(
      field,
      'contains a line break or NUL, which no header can carry; was it read from a file with its newline?',
    );
  }
  return value;
}

function wrong(field: string, problem: string): ConfigError {
  return new ConfigError(`credentials.${field}: ${problem}`, {
    context: { path: `credentials.${field}` },
  });
}
