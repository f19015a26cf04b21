import type { RequestOptions } from '../connector/http.js';
import { ConfigError } from '../core/errors.js';

/** What fetch does not send, whatever it is asked. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** @throws {ConfigError} when it is no method, or one that fetch refuses */
export function requestMethod(method: string | undefined): string {
  // fetch leaves `patch` in lower case, which servers do not know.
  const name = (method ?? 'GET').toUpperCase();
  if (/^[!#$%&'*+.^`|~\w-]+$/.test(name) && !REFUSED_METHODS.has(name)) return name;
  throw new ConfigError(
    `method: '${name}' cannot be sent; use GET, POST, PUT, PATCH, DELETE, HEAD or a method of the API's own`,
    {
      context: { path: 'method' },
    },
  );
}

/** The defaults with the request's own headers over them; `undefined` takes one away. @throws {ConfigError} naming a header that cannot be sent */
export function requestHeaders(
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string | undefined>> | undefined,
  accept: string,
): Headers {
  const headers = new Headers({ accept });
  for (const [name, value] of [...Object.entries(defaults), ...Object.entries(own ?? {})]) {
    try {
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
    } catch {
      // Without the cause: it repeats the value, which may be a secret.
      throw new ConfigError(
        `headers.${name}: its name or value cannot be sent in a header (a line break, or characters beyond Latin-1?)`,
        {
          context: { path: `headers.${name}` },
        },
      );
    }
  }
  return headers;
}

/** The body as it is sent, its content type set unless the request names one. @throws {ConfigError} when it cannot be sent */
export function requestBody(
  method: string,
  options: Pick<RequestOptions, 'json' | 'body'>,
  headers: Headers,
): string | Uint8Array | undefined {
  const { json, body } = options;
  if (json !== undefined && body !== undefined) {
    throw new ConfigError('json and body: give one of them; json is sent as JSON, body as it is', {
      context: { path: 'json' },
    });
  }
  if (json === undefined && body === undefined) return undefined;
  if (method === 'GET' || method === 'HEAD') {
    throw new ConfigError(
      `${json === undefined ? 'body' : 'json'}: a ${method} request cannot carry a body; use POST, or searchParams`,
      {
        context: { path: json === undefined ? 'body' : 'json' },
      },
    );
  }
  if (json !== undefined) {
    setDefault(headers, 'application/json');
    return jsonText(json);
  }
  if (!(body instanceof URLSearchParams)) return body;
  setDefault(headers, 'application/x-www-form-urlencoded;charset=UTF-8');
  return body.toString();
}

function setDefault(headers: Headers, contentType: string): void {
  if (!headers.has('content-type')) headers.set('content-type', contentType);
}

function jsonText(value: unknown): string {
  let reason: string;
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
    reason = `a ${typeof value}`;
  } catch (error) {
    reason =
      error instanceof RangeError
        ? 'nested too deeply'
        : error instanceof Error
          ? (error.message.split('\n')[0] ?? '')
          : String(error);
  }
  throw new ConfigError(`json: cannot be written as JSON (${reason})`, {
    context: { path: 'json' },
  });
}
