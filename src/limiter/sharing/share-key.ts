import type { Gauge } from '../gauge.js';
import type { ConnectionScope } from '../connection-scope.js';
import { ALL_REQUESTS, ENDPOINT } from '../scope-gauges.js';
import type { Scopes } from '../scopes.js';

/** A limit's name in the store, the same in all processes. */
export function shareKey({ spec, scope }: Gauge): string {
  return JSON.stringify([spec.connector, scope, spec.label]);
}

/** The limit of a name, if this process has it; the place for an endpoint's block is made. */
export function gaugeOf(key: string, scopes: Scopes): Gauge | undefined {
  const [connector = '', scope = '', label = ''] = parts(key);
  const found = scopes.find(connector);
  if (found === undefined) return undefined;
  for (const gauge of found.gauges()) {
    if (gauge.scope === scope && gauge.spec.label === label) return gauge;
  }
  const id = /^connection (.*)$/s.exec(scope)?.[1];
  const connection = id === undefined ? undefined : found.find(id);
  return connection && gaugeIn(connection, label);
}

function gaugeIn(connection: ConnectionScope, label: string): Gauge | undefined {
  if (label === ALL_REQUESTS) return connection.gate;
  if (label.startsWith(ENDPOINT)) {
    const [method = '', path = ''] = label.slice(ENDPOINT.length).split(/ (.*)/s);
    return connection.endpoint({ method, path });
  }
  for (const gauge of connection.gauges()) if (gauge.spec.label === label) return gauge;
  return undefined;
}

function parts(key: string): readonly string[] {
  const parsed: unknown = JSON.parse(key);
  return Array.isArray(parsed) ? parsed.filter((part) => typeof part === 'string') : [];
}
