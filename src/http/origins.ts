import { ConfigError } from '../core/errors.js';

/** Where an address that an API gave leads, or why it is not followed. */
export type Followed = { readonly url: URL } | { readonly refused: string; readonly todo: string };

/** The base URL, and the origins that requests may go to. */
export interface Origins {
  /** The base URL. @throws {ConfigError} when it is none */
  base(): URL;
  allows(url: URL): boolean;
  /** What follows the base URL in an address, with a leading slash; its whole path at another origin. */
  pathOf(url: URL): string;
  /** Resolves an address that an API gave, relative to the one that it was given at. */
  follow(address: string, from: URL): Followed;
}

/** @throws {ConfigError} when an allowed origin is none */
export function createOrigins(baseUrl: string, allowedOrigins: readonly string[]): Origins {
  let base: URL | undefined;
  const parsedBase = (): URL => (base ??= parseBase(baseUrl));
  const allowed = new Set(allowedOrigins.map(parseOrigin));
  let below: string | undefined;
  const allows = (url: URL): boolean =>
    allowed.has(url.origin) || (baseUrl !== '' && url.origin === parsedBase().origin);
  return {
    base: parsedBase,
    allows,
    pathOf(url) {
      const { pathname } = url;
      if (baseUrl === '' || url.origin !== parsedBase().origin) return pathname;
      below ??= parsedBase().pathname.replace(/\/+$/, '');
      if (pathname !== below && !pathname.startsWith(`${below}/`)) return pathname;
      return pathname === below ? '/' : pathname.slice(below.length);
    },
    follow(address, from) {
      const url = URL.canParse(address, from.href) ? new URL(address, from) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol))
        return {
          refused: 'an address that is none',
          todo: 'Nothing can be asked there: the API is at fault.',
        };
      // Credentials that an API writes into addresses are not ours to send.
      url.username = '';
      url.password = '';
      // Behind a proxy many APIs believe that they are asked by http; the host is the same.
      if (url.protocol === 'http:' && from.protocol === 'https:' && url.host === from.host)
        url.protocol = 'https:';
      if (allows(url)) return { url };
      return {
        refused: `another origin, ${url.origin}`,
        todo: `Credentials are not sent there. If the API belongs there, name it in http.allowedOrigins: ['${url.origin}'].`,
      };
    },
  };
}

function parseBase(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    // Not repeated here: it may hold a secret.
    const found = baseUrl === '' ? 'is missing' : 'is no http or https address';
    throw new ConfigError(
      `baseUrl ${found}; write it in full, as in 'https://api.example.com/v1', or pass URL objects and name their origins in http.allowedOrigins`,
      {
        context: { path: 'baseUrl' },
      },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(
      'baseUrl: contains a user name or password; give them as credentials, with auth: basic()',
      { context: { path: 'baseUrl' } },
    );
  }
  url.hash = '';
  return url;
}

function parseOrigin(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin !== 'null') return new URL(origin).origin;
  throw new ConfigError(
    `http.allowedOrigins: '${origin}' is no origin; write scheme and host, as in 'https://files.example.com'`,
    {
      context: { path: 'http.allowedOrigins' },
    },
  );
}
