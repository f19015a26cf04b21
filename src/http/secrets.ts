import type { AuthRequest } from '../connector/auth.js';

/** Shorter ones are left: they would mask ordinary words. */
const MIN_LENGTH = 8;
const MASK = '[redacted]';

/** What authentication adds to requests, so that it can be kept out of errors, addresses and resume tokens. */
export interface Secrets {
  /** Compares a request before and after it was authorised. */
  learn(before: AuthRequest, after: AuthRequest): void;
  /** The text without credentials of eight characters or more, also base64- and URL-encoded. */
  redact(text: string): string;
  /** An address without the query parameters that authentication sets: APIs repeat them in their links. */
  withoutCredentials(url: URL): URL;
}

export function createSecrets(): Secrets {
  const values = new Set<string>();
  const parameters = new Set<string>();
  let forms: readonly string[] | undefined;

  const add = (value: string): void => {
    if (value.length < MIN_LENGTH || values.has(value)) return;
    values.add(value);
    forms = undefined;
  };
  return {
    learn(before, after) {
      for (const [name, value] of after.headers) {
        if (before.headers.get(name) !== value) for (const part of credentialsIn(value)) add(part);
      }
      if (before.url.search === after.url.search) return;
      for (const [name, value] of after.url.searchParams) {
        if (before.url.searchParams.get(name) === value) continue;
        parameters.add(name);
        add(value);
      }
    },
    redact(text) {
      if (values.size === 0) return text;
      forms ??= [...values].flatMap(writtenForms).sort((a, b) => b.length - a.length);
      return forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);
    },
    withoutCredentials(url) {
      const named = [...parameters].filter((name) => url.searchParams.has(name));
      if (named.length === 0) return url;
      const bare = new URL(url);
      for (const name of named) bare.searchParams.delete(name);
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

function writtenForms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const encoded = [
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(value),
    new URLSearchParams([['', value]]).toString().slice(1),
  ];
  return [...new Set([value, ...encoded])];
}
