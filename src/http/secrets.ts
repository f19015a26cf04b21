import type { Redactor } from '../core/redaction/redactor.js';
import type { AuthRequest } from '../connector/auth.js';

/** What authentication adds to requests, so that it can be kept out of errors, addresses and resume tokens. */
export interface Secrets {
  /** Compares a request before and after it was authorised. */
  learn(before: Placed, after: Placed): void;
  /** The text without secrets; at most `max` characters of it. */
  redact(text: string, max?: number): string;
  /** Whether authentication sets this header or query parameter. */
  sets(place: 'header' | 'parameter', name: string): boolean;
  /**
   * An address without the query parameters that authentication sets, and without others that have a value it has sent: APIs repeat them in
   * their links, and the next request gets them anew.
   *
   * @param asked before it was authorised: what it asked for itself stays
   */
  withoutCredentials(url: URL, asked: URL): URL;
}

type Placed = Pick<AuthRequest, 'url' | 'headers'>;

/** @param owner whose secrets they are: its connection */
export function createSecrets(redactor: Redactor, owner: string): Secrets {
  const parameters = new Set<string>();
  const headers = new Set<string>();
  // Apart from the credentials themselves, which those of signed requests would push out.
  const made = `${owner} as sent`;
  return {
    learn(before, after) {
      const values: string[] = [];
      for (const [name, value] of after.headers) {
        if (before.headers.get(name) === value) continue;
        headers.add(name);
        values.push(...credentialsIn(value));
      }
      if (before.url.search !== after.url.search) {
        for (const [name, value] of after.url.searchParams) {
          if (before.url.searchParams.get(name) === value) continue;
          parameters.add(name);
          values.push(value);
        }
      }
      redactor.learn(made, values);
    },
    redact: (text, max) => redactor.redact(text, max),
    sets: (place, name) => (place === 'header' ? headers : parameters).has(name),
    withoutCredentials(url, asked) {
      const named = [...url.searchParams].filter(
        ([name, value]) =>
          parameters.has(name) ||
          (redactor.knows(made, value) && asked.searchParams.get(name) !== value),
      );
      if (named.length === 0) return url;
      const bare = new URL(url);
      for (const [name] of named) bare.searchParams.delete(name);
      return bare;
    },
  };
}

/** A header's value, what follows its scheme, and the user name and password of a Basic one. */
function credentialsIn(header: string): readonly string[] {
  const [scheme = '', value = ''] = header.split(/ (.*)/s);
  if (value === '') return [header];
  if (scheme.toLowerCase() !== 'basic') return [header, value];
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return [header, value, pair.slice(0, Math.max(colon, 0)), pair.slice(colon + 1)];
}
