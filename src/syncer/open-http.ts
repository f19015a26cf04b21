import { ConfigError } from '../core/errors.js';
import type { Redactor } from '../core/redaction/redactor.js';
import { readKey } from '../commit/record-key.js';
import type { AnyDefinition } from '../connector/connector.js';
import type { HttpScope, HttpTarget, OpenHttp } from '../engine/environment.js';
import type { Emit } from '../events/emitter.js';
import type { EventName } from '../events/event-map.js';
import type { Circuits } from '../http/circuit/circuits.js';
import { createHttpClient } from '../http/client.js';
import type { HttpMetrics } from '../http/metrics/http-metrics.js';
import type { RetryBudgets } from '../http/retry/budget.js';
import type { Limiter } from '../limiter/limiter.js';
import type { ConnectionCredentials } from './connection-credentials.js';
import type { TrafficRow } from '../storage/traffic.js';
import type { Settings } from './options.js';
import type { Reauth } from './reauth.js';

/** What all clients of a syncer share. */
export interface SharedHttp {
  readonly redactor: Redactor;
  readonly limiter: Limiter;
  readonly budgets: RetryBudgets;
  readonly circuits: Circuits;
  readonly reauth: Reauth;
  readonly metrics: HttpMetrics;
  readonly emit: Emit;
  /** Whether anybody listens to events of that name. */
  readonly isHeard: (type: EventName) => boolean;
  readonly recordTraffic: (row: Omit<TrafficRow, 'id'>) => void;
}

/** Binds the HTTP client to connections: base URL, credentials, limits, and the app's options. */
export function httpOpener(
  { http, traffic, clock, random }: Settings,
  shared: SharedHttp,
  credentialsOf: (target: HttpTarget) => ConnectionCredentials | undefined,
): OpenHttp {
  const { redactor, limiter, budgets, circuits, reauth, metrics, emit, isHeard, recordTraffic } =
    shared;
  const { maxWait: maxMs, lookup, ...options } = http;
  return (target: HttpTarget, scope: HttpScope) => {
    const { connector, connection, config, account } = target;
    const { stream, run, signal, resume, conditions, observe, priority, park } = scope;
    const { id, tags } = connection;
    const { rateLimit } = connector;
    const credentials = credentialsOf(target);
    const measure = metrics.of(connector.name, id);
    const context = { config, account, connection: { id, tags } };
    return createHttpClient({
      connector: connector.name,
      connection: connection.id,
      stream,
      run,
      baseUrl: baseUrlOf(target),
      headers: connector.headers,
      authorise: credentials && ((request) => credentials.apply(request)),
      ...(credentials && reauth.watch(connection, credentials)),
      redactor,
      ...options,
      allowedOrigins: [...(connector.allowedOrigins ?? []), ...http.allowedOrigins],
      traffic: {
        ...traffic,
        secretResponses: scope.secretResponses,
        place: {
          ...{ connector: connector.name, connection: id, tags },
          ...{ stream: stream ?? null, run: run ?? null },
        },
        record: recordTraffic,
      },
      clock,
      random,
      signal,
      guard: scope.guard,
      resume,
      conditions,
      keyOf: keyReader(connector, stream),
      ...(connector.network === 'public' ? { publicOnly: lookup } : {}),
      limits: { limiter, priority, context, rateLimit, park },
      failures: { budgets, circuits, maxMs },
      emit: (event) => {
        emit({ ...event, tags });
      },
      isHeard,
      observe: (exchange) => {
        measure(exchange);
        observe(exchange);
      },
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
