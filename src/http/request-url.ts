import type { SearchParam } from '../connector/http.js';
import { ConfigError } from '../core/errors.js';
import type { Origins } from './origins.js';
import { addressOf } from './report.js';

/**
 * The address of a request. A path is appended to the base URL with one slash, below the base URL's own path and beside its query; a URL is
 * used as it is. Parameters are set over those of the same name.
 *
 * @throws {ConfigError} when it is no path, leaves the base URL's path or the allowed origins, or a parameter cannot be written
 */
export function requestUrl(
  target: string | URL,
  searchParams: Readonly<Record<string, SearchParam>> | undefined,
  origins: Origins,
): URL {
  const url =
    typeof target === 'string' ? appended(target, origins.base()) : allowedUrl(target, origins);
  for (const [name, value] of Object.entries(searchParams ?? {})) {
    const texts = searchParamTexts(name, value);
    if (texts === undefined) continue;
    url.searchParams.delete(name);
    for (const text of texts) url.searchParams.append(name, text);
  }
  return url;
}

function appended(target: string, base: URL): URL {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(target)) {
    throw new ConfigError(
      `'${withoutQuery(target)}' is an address, and strings are paths under baseUrl; pass new URL(…) to have it used as it is`,
      { context: { path: 'path' } },
    );
  }
  const [, path = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(target) ?? [];
  const url = new URL(base);
  if (path !== '') {
    const below = base.pathname.replace(/\/+$/, '');
    // Through the setter no text, `//host` or `\\host` neither, can become another host.
    url.pathname = `${below}/${path.replace(/^[/\\]+/, '')}`;
    if (url.pathname !== below && !url.pathname.startsWith(`${below}/`)) {
      throw new ConfigError(
        `the path '${withoutQuery(target)}' leads out of baseUrl's own path, ${below}/; pass a URL if that is meant`,
        {
          context: { path: 'path' },
        },
      );
    }
  }
  const own = url.search.replace(/^\?/, '');
  if (query !== '') url.search = own === '' ? query : `${own}&${query}`;
  return url;
}

function allowedUrl(target: URL, origins: Origins): URL {
  if (target.username !== '' || target.password !== '') {
    throw new ConfigError(
      `${addressOf(target)}: the URL contains a user name or password; give them as credentials, with auth: basic()`,
      {
        context: { path: 'path' },
      },
    );
  }
  if (!origins.allows(target)) {
    throw new ConfigError(
      `${addressOf(target)}: ${target.origin} is not the origin of baseUrl; if the API belongs there, name it in http.allowedOrigins: ['${target.origin}']`,
      { context: { path: 'path', origin: target.origin } },
    );
  }
  const url = new URL(target);
  url.hash = '';
  return url;
}

/** A parameter as texts, one for each time that it is written; undefined when it is left out: `undefined`, and `null`, which no API means. */
function searchParamTexts(name: string, value: SearchParam): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isList(value)) return [paramText(name, value)];
  return value
    .filter((item) => item !== undefined && item !== null)
    .map((item) => paramText(name, item));
}

function paramText(name: string, value: SearchParam): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return String(value);
      break;
    default:
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  }
  const found =
    value instanceof Date
      ? 'a date that does not exist'
      : typeof value === 'number'
        ? String(value)
        : 'an object';
  throw new ConfigError(
    `searchParams.${name}: ${found} cannot be written into a query; give a text, a number, a Date, or a list of them`,
    {
      context: { path: `searchParams.${name}` },
    },
  );
}

function isList(value: SearchParam): value is readonly SearchParam[] & SearchParam {
  return Array.isArray(value);
}

function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}
