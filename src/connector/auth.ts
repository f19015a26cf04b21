import { ConfigError } from '../core/errors.js';
import { isObject } from '../core/json.js';

/** A request as authentication may change it. */
export interface AuthRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** How a connector's requests are authorised, and what credentials its connections need. */
export interface Auth<Credentials> {
  readonly kind: string;
  /** Checks credentials when they are given. @throws {ConfigError} saying what is missing, never what was given */
  parse(credentials: unknown): Credentials;
  /** Adds the credentials to a request that is about to be sent to an allowed origin. */
  apply(request: AuthRequest, credentials: Credentials): void;
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
    apply: (request, { token }) => {
      request.headers.set('authorization', `Bearer ${token}`);
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
    parse: (credentials) => ({
      username: secret(credentials, 'username'),
      password:
        isObject(credentials) && credentials['password'] === ''
          ? ''
          : secret(credentials, 'password'),
    }),
    apply: (request, { username, password }) => {
      const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
      request.headers.set('authorization', `Basic ${encoded}`);
    },
  };
}

export interface ApiKeyCredentials {
  readonly key: string;
}

/** A key in a header or query parameter of the given name. @example apiKey({ header: 'x-api-key' }) */
export function apiKey(
  place: { readonly header: string } | { readonly query: string },
): Auth<ApiKeyCredentials> {
  return {
    kind: 'apiKey',
    parse: (credentials) => ({ key: secret(credentials, 'key') }),
    apply: (request, { key }) => {
      if ('header' in place) request.headers.set(place.header, key);
      else request.url.searchParams.set(place.query, key);
    },
  };
}

/** A field of credentials that a header can carry. */
function secret(credentials: unknown, field: string): string {
  const value = isObject(credentials) ? credentials[field] : undefined;
  if (typeof value !== 'string' || value === '') {
    throw new ConfigError(`credentials.${field}: expected a text that is not empty`, {
      context: { path: `credentials.${field}` },
    });
  }
  if (/[\0\r\n]/.test(value)) {
    throw new ConfigError(
      `credentials.${field}: contains a line break or NUL, which no header can carry; was it read from a file with its newline?`,
      {
        context: { path: `credentials.${field}` },
      },
    );
  }
  return value;
}
