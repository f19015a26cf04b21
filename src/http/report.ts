import type { ErrorContext } from '../core/errors.js';
import { ConfigError, HttpError } from '../core/errors.js';
import type { Secrets } from './secrets.js';
import { shownBody } from './sensitive.js';

/** Error bodies are kept up to here: enough to see what an API says. */
const MAX_BODY_CHARACTERS = 65_536;
/** So many bytes of a body are looked at beyond what is kept of it. */
const LONGEST_SECRET = 65_536;

interface Asked {
  readonly method: string;
  readonly url: URL;
  /** From the second on it is told. */
  readonly attempt?: number;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Writes errors that say what happened, where, and what to do, without a secret. */
export interface Report {
  /** `GET https://api.example.com/issues answered 404 (connector github, connection acme). Check …` */
  message(asked: Asked, happened: string, todo: string): string;
  /** The beginning of a body as one line, for a message. */
  excerpt(body: Uint8Array | string): string;
  /** The text without credentials. */
  redact(text: string): string;
  /** Whether a text is free of credentials. */
  isClean(text: string): boolean;
  context(asked: Asked, details?: ErrorContext): ErrorContext;
  /** A mistake in the request itself, with the place where it was made. */
  located(error: ConfigError): ConfigError;
  httpError(asked: Asked, answered: Answered, happened: string, todo: string): HttpError;
}

/** Names of what the requests are made for, as far as there are any. */
export interface Where {
  readonly connector: string;
  readonly connection: string;
  readonly stream: string | undefined;
  readonly run: string | undefined;
}

export function createReport(where: Where, secrets: Secrets): Report {
  const places = Object.entries(where).filter(([, name]) => name !== undefined);
  const place = ` (${places.map(([kind, name]) => `${kind} ${String(name)}`).join(', ')})`;
  const message: Report['message'] = (asked, happened, todo) =>
    secrets.redact(
      `${asked.method} ${addressOf(asked.url)} ${happened}${tries(asked)}${place}. ${todo}`,
    );
  const context: Report['context'] = (asked, details) => ({
    ...Object.fromEntries(places),
    method: asked.method,
    url: secrets.redact(addressOf(asked.url)),
    ...(asked.attempt === undefined ? {} : { attempts: asked.attempt }),
    ...details,
  });
  return {
    message,
    context,
    excerpt: (body) => oneLine(shownBody(beginning(body, 400, secrets))),
    redact: (text) => secrets.redact(text),
    isClean: (text) => secrets.redact(text) === text,
    located: (error) =>
      new ConfigError(secrets.redact(`${error.message}${place}`), {
        context: { ...Object.fromEntries(places), ...error.context },
      }),
    httpError: (asked, answered, happened, todo) =>
      new HttpError(message(asked, happened, todo), {
        status: answered.status,
        headers: redactedHeaders(answered.headers, secrets),
        body: beginning(answered.body, MAX_BODY_CHARACTERS, secrets),
        context: context(asked, { status: answered.status }),
      }),
  };
}

function tries({ attempt = 1 }: Asked): string {
  return attempt === 1 ? '' : ` (attempt ${attempt})`;
}

/** Where a request goes, without its query, user name and password: tokens travel there. */
export function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Secrets are taken out before the text is cut: half a secret could not be found. */
function beginning(body: Uint8Array | string, max: number, secrets: Secrets): string {
  const text =
    typeof body === 'string'
      ? body
      : new TextDecoder().decode(body.subarray(0, 4 * max + LONGEST_SECRET));
  return secrets.redact(text, max);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function redactedHeaders(headers: Headers, secrets: Secrets): Headers {
  const redacted = new Headers();
  for (const [name, value] of headers) redacted.append(name, secrets.redact(value));
  return redacted;
}
