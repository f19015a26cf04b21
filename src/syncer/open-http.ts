import { ConfigError } from '../core/errors.js';
import type { Redactor } from '../core/redaction/redactor.js';
import { readKey } from '../commit/record-key.js';
import type { AnyDefinition } from '../connector/connector.js';
import type { HttpScope, HttpTarget, OpenHttp } from '../engine/environment.js';
import { createHttpClient } from '../http/client.js';
import type { ConnectionCredentials } from './connection-credentials.js';
import type { Settings } from './options.js';

/** Binds the HTTP client to connections: base URL, credentials, and the app's options. */
export function httpOpener(
  { http, clock, random }: Settings,
  redactor: Redactor,
  credentialsOf: (target: HttpTarget) => ConnectionCredentials | undefined,
): OpenHttp {
  return (target: HttpTarget, scope: HttpScope) => {
    const { connector, connection } = target;
    const credentials = credentialsOf(target);
    const { stream, run, signal, guard, resume, conditions, observe } = scope;
    return createHttpClient({
      connector: connector.name,
      connection: connection.id,
      stream,
      run,
      baseUrl: baseUrlOf(target),
      headers: connector.headers,
      authorise: credentials && ((request) => credentials.apply(request)),
      credentials,
      redactor,
      ...http,
      allowedOrigins: [...(connector.allowedOrigins ?? []), ...http.allowedOrigins],
      clock,
      random,
      signal,
      guard,
      resume,
      conditions,
      keyOf: keyReader(connector, stream),
      observe,
    });
  };
}

function baseUrlOf({ connector, connection, config, account }: HttpTarget): string {
  const { baseUrl } = connector;
  if (typeof baseUrl !== 'function') return baseUrl ?? '';
  let made: unknown;
  try {
    made = baseUrl({ config, account, connection: { id: connection.id, tags: connection.tags } });
  } catch (error) {
    // It needs what the first check is about to learn, which has to use whole addresses then.
    if (connector.check && account === undefined) return '';
    throw error;
  }
  if (typeof made === 'string' && URL.canParse(made)) return made;
  throw new ConfigError(
    `${connector.name}/${connection.id}: baseUrl() returned ${JSON.stringify(made)}, which is no address`,
    {
      context: { connector: connector.name, connection: connection.id },
    },
  );
}

/** How a stream's items are known again at a page border. */
function keyReader({ streams }: AnyDefinition, name: string | undefined) {
  const stream = name === undefined ? undefined : streams[name];
  if (!stream) return undefined;
  return (item: unknown): string | undefined => {
    const key = readKey(item, stream.key);
    return 'key' in key ? key.key : undefined;
  };
}
