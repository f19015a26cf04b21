import { ConfigError } from '../core/errors.js';
import type { Limit } from '../connector/limits.js';
import type { PermitRule } from '../storage/permits.js';
import { declaredLimits, type DeclaredLimit, type Part } from './declared.js';
import { Gauge, type LimitSpec, type Route } from './gauge.js';
import type { PermitRequest } from './limiter.js';
import { Concurrency } from './meter/concurrency.js';
import { ResolvedRoute, type RouteStep } from './route.js';

/** A connector's name and what is declared of its API. */
export interface LimitedConnector {
  readonly name: string;
  readonly limits?: readonly Limit[] | undefined;
}

/** Called with every limit in a scope that comes into being; `rule`: of those that processes share. */
export type OnGauge = (gauge: Gauge, rule: PermitRule | undefined) => void;

/** Limits that become known while requests are made: they are added to a scope's routes. */
export interface Learned {
  /** For all requests of the scope. */
  readonly gauges: Gauge[];
  /** Those that the API tells of with responses to requests of this kind. */
  told?: (request: PermitRequest) => readonly Gauge[];
  /** Tells kinds of requests apart for `told`. */
  kind?: (request: PermitRequest) => string;
}

/** So many connections are kept before those that are idle are looked for. */
const FIRST_SWEEP = 1_000;
const MAX_ROUTES = 500;
const MAX_PATHS = 1_000;
const MAX_METHODS = 16;

/** What the gates are called, through which all requests of a scope go. */
export const ALL_REQUESTS = 'all requests';
/** How the names of endpoints begin. */
export const ENDPOINT = 'endpoint ';

/** All connectors. */
export class Scopes {
  readonly #connectors = new Map<string, ConnectorScope>();

  constructor(connectors: readonly LimitedConnector[], onGauge: OnGauge) {
    for (const { name, limits } of connectors) {
      const declared = declaredLimits(name, limits ?? []);
      this.#connectors.set(name, new ConnectorScope(name, declared, onGauge));
    }
  }

  /** @throws {ConfigError} when the connector was not given to the limiter */
  connector(name: string): ConnectorScope {
    const found = this.#connectors.get(name);
    if (found) return found;
    const known = [...this.#connectors.keys()].join(', ');
    throw new ConfigError(`the limiter has no connector '${name}'; there are: ${known}`, {
      context: { connector: name },
    });
  }

  find(name: string): ConnectorScope | undefined {
    return this.#connectors.get(name);
  }

  all(): Iterable<ConnectorScope> {
    return this.#connectors.values();
  }
}

/** What the connections of a connector share, and the connections. */
export class ConnectorScope {
  readonly name: string;
  readonly declared: readonly DeclaredLimit[];
  /** Some limits are not for all requests. */
  readonly isMatched: boolean;
  /** Some limits tell requests apart by a function. */
  readonly isScoped: boolean;
  readonly onGauge: OnGauge;
  /** Where "stop" to all of the app's requests is kept, and how many are under way. */
  readonly gate: Gauge;
  readonly learned: Learned = { gauges: [] };
  /** The same for the gates of all connections. */
  readonly gateSpec: LimitSpec;
  epoch = 0;
  readonly #shared = new Map<string, readonly Gauge[]>();
  readonly #connections = new Map<string, ConnectionScope>();
  /** Which of the limits are for a request, by method and path. */
  #matches = new Map<string, Map<string, string>>();
  #sweepAt = FIRST_SWEEP;

  constructor(name: string, declared: readonly DeclaredLimit[], onGauge: OnGauge) {
    this.name = name;
    this.declared = declared;
    this.isMatched = declared.some(({ matches }) => matches !== undefined);
    this.isScoped = declared.some(({ scope }) => typeof scope === 'function');
    this.onGauge = onGauge;
    this.gateSpec = { connector: name, label: ALL_REQUESTS, reserve: 0 };
    this.gate = new Gauge(new Concurrency(Infinity), this.gateSpec, 'connector', null);
    onGauge(this.gate, undefined);
  }

  /** Tells requests apart that are not for the same limits. */
  matchesOf({ method, path }: PermitRequest): string {
    let paths = this.#matches.get(method);
    if (paths === undefined || paths.size >= MAX_PATHS) {
      if (this.#matches.size > MAX_METHODS) this.#matches = new Map();
      paths = new Map();
      this.#matches.set(method, paths);
    }
    let found = paths.get(path);
    if (found === undefined) {
      found = '';
      for (const { matches } of this.declared) {
        if (matches !== undefined) found += matches(method, path) ? '+' : '-';
      }
      paths.set(path, found);
    }
    return found;
  }

  connection(id: string, now: number): ConnectionScope {
    const known = this.#connections.get(id);
    if (known) return known;
    if (this.#connections.size >= this.#sweepAt) this.#sweep(now);
    const made = new ConnectionScope(this, id);
    this.#connections.set(id, made);
    return made;
  }

  find(id: string): ConnectionScope | undefined {
    return this.#connections.get(id);
  }

  /** Limits have been added or removed. */
  changed(): void {
    this.epoch += 1;
  }

  forget(id: string): void {
    // Who waits with its routes gets new ones.
    this.#connections.get(id)?.changed();
    this.#connections.delete(id);
  }

  connections(): Iterable<ConnectionScope> {
    return this.#connections.values();
  }

  /** The limits that several connections share: of the whole connector, or of those for which a function says the same. */
  shared(index: number, text: string | undefined, now: number): readonly Gauge[] {
    const key = text === undefined ? String(index) : `${index} ${text}`;
    const known = this.#shared.get(key);
    if (known) return known;
    if (this.#shared.size >= this.#sweepAt) this.#sweep(now);
    const scope = text === undefined ? 'connector' : `scope ${text}`;
    const made = (this.declared[index]?.parts ?? []).map((part) =>
      makeGauge(part, scope, null, this.onGauge),
    );
    this.#shared.set(key, made);
    return made;
  }

  *gauges(): Iterable<Gauge> {
    yield this.gate;
    for (const gauges of this.#shared.values()) yield* gauges;
    yield* this.learned.gauges;
  }

  /** Forgets what has nothing to remember: a limit that was not used for its window is as good as new. */
  #sweep(now: number): void {
    for (const [id, connection] of this.#connections) {
      if (connection.idle(now)) this.forget(id);
    }
    for (const [key, gauges] of this.#shared) {
      if (!gauges.every((gauge) => gauge.idle(now))) continue;
      this.#shared.delete(key);
      // Routes that lead to it would count beside a new one.
      this.changed();
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#connections.size, 2 * this.#shared.size);
  }
}

/** One connection's limits, and the routes of its requests. */
export class ConnectionScope {
  readonly id: string;
  readonly connector: ConnectorScope;
  readonly gate: Gauge;
  #learned: Learned | undefined;
  #epoch = 0;
  #own: (readonly Gauge[] | undefined)[] | undefined;
  #endpoints: Map<string, Gauge> | undefined;
  /** The route of all requests, where they are all alike. */
  #only: Route | undefined;
  #routes: Map<string, Route> | undefined;

  constructor(connector: ConnectorScope, id: string) {
    this.connector = connector;
    this.id = id;
    this.gate = new Gauge(new Concurrency(Infinity), connector.gateSpec, `connection ${id}`, id);
    connector.onGauge(this.gate, undefined);
  }

  get epoch(): number {
    return this.#epoch + this.connector.epoch;
  }

  /** Room for what is learned; made when it is needed. */
  get learned(): Learned {
    return (this.#learned ??= { gauges: [] });
  }

  /** Limits have been added or removed. */
  changed(): void {
    this.#epoch += 1;
  }

  route(request: PermitRequest, now: number): Route {
    if (this.#only?.stale === false) return this.#only;
    const key = this.#key(request);
    if (key === '') {
      this.#only = this.#make(request, now);
      return this.#only;
    }
    this.#only = undefined;
    const known = this.#routes?.get(key);
    if (known?.stale === false) return known;
    const made = this.#make(request, now);
    if (this.#routes === undefined || this.#routes.size >= MAX_ROUTES) this.#routes = new Map();
    this.#routes.set(key, made);
    return made;
  }

  /** The place for blocks of one method and path, where no declared limit is about it. */
  endpoint({ method, path }: Pick<PermitRequest, 'method' | 'path'>): Gauge {
    const label = endpointLabel(method, path);
    this.#endpoints ??= new Map();
    const known = this.#endpoints.get(label);
    if (known) return known;
    const spec = { connector: this.connector.name, label, reserve: 0 };
    const made = new Gauge(new Concurrency(Infinity), spec, this.gate.scope, this.id);
    this.#endpoints.set(label, made);
    this.connector.onGauge(made, undefined);
    this.changed();
    return made;
  }

  *gauges(): Iterable<Gauge> {
    yield this.gate;
    for (const gauges of this.#own ?? []) yield* gauges ?? [];
    yield* this.#learned?.gauges ?? [];
    yield* this.#endpoints?.values() ?? [];
  }

  idle(now: number): boolean {
    if (this.#learned !== undefined || this.gate.meter.capacity < Infinity) return false;
    for (const gauge of this.gauges()) if (!gauge.idle(now)) return false;
    return true;
  }

  /** What tells requests apart whose limits are not the same; empty where all are alike. */
  #key(request: PermitRequest): string {
    const { declared, isMatched, isScoped } = this.connector;
    let key = isMatched ? this.connector.matchesOf(request) : '';
    if (isScoped) {
      for (const { scope } of declared) {
        if (typeof scope === 'function') key += `${textOf(scope, request)}\n`;
      }
    }
    if (this.#endpoints !== undefined) {
      const label = endpointLabel(request.method, request.path);
      if (this.#endpoints.has(label)) key += `=${label}\n`;
      else key += '.';
    }
    const kind = this.#learned?.kind?.(request);
    const shared = this.connector.learned.kind?.(request);
    if (kind !== undefined || shared !== undefined) key += `~${kind ?? ''}~${shared ?? ''}`;
    return key;
  }

  #make(request: PermitRequest, now: number): Route {
    const { connector } = this;
    const steps: RouteStep[] = [connector.gate, this.gate].map((gauge) => ({ gauge, cost: ONE }));
    let matching: { readonly gauge: Gauge; readonly detail: number } | undefined;
    connector.declared.forEach((limit, index) => {
      if (limit.matches?.(request.method, request.path) === false) return;
      const gauges = this.#gaugesOf(limit, index, request, now);
      for (const gauge of gauges) steps.push({ gauge, cost: limit.cost });
      const [first] = gauges;
      if (limit.detail > (matching?.detail ?? 0) && first) {
        matching = { gauge: first, detail: limit.detail };
      }
    });
    for (const learned of [connector.learned, this.#learned]) {
      for (const gauge of learned?.gauges ?? []) steps.push({ gauge, cost: ONE });
      for (const gauge of learned?.told?.(request) ?? []) steps.push({ gauge, cost: 'highest' });
    }
    const endpoint = this.#endpointOf(request, now);
    if (endpoint) steps.push({ gauge: endpoint, cost: ONE });
    return new ResolvedRoute({
      connector: connector.name,
      connection: this.id,
      steps,
      matching: matching?.gauge,
      scope: this,
    });
  }

  #gaugesOf(
    { scope, parts }: DeclaredLimit,
    index: number,
    request: PermitRequest,
    now: number,
  ): readonly Gauge[] {
    if (scope === 'connector') return this.connector.shared(index, undefined, now);
    if (scope !== 'connection') return this.connector.shared(index, textOf(scope, request), now);
    this.#own ??= new Array<readonly Gauge[] | undefined>(this.connector.declared.length);
    return (this.#own[index] ??= parts.map((part) =>
      makeGauge(part, this.gate.scope, this.id, this.connector.onGauge),
    ));
  }

  /** An endpoint that is no longer blocked is an endpoint like others. */
  #endpointOf({ method, path }: PermitRequest, now: number): Gauge | undefined {
    for (const [label, gauge] of this.#endpoints ?? []) {
      if (gauge.idle(now)) this.#endpoints?.delete(label);
    }
    if (this.#endpoints?.size === 0) this.#endpoints = undefined;
    return this.#endpoints?.get(endpointLabel(method, path));
  }
}

const ONE = undefined;

function endpointLabel(method: string, path: string): string {
  return `${ENDPOINT}${method.toUpperCase()} ${path.replace(/[?#].*$/, '')}`;
}

function textOf(
  scope: Exclude<DeclaredLimit['scope'], 'connection' | 'connector'>,
  request: PermitRequest,
): string {
  const text: unknown = scope(request);
  if (typeof text === 'string') return text;
  throw new ConfigError(
    `${request.connector}: the scope of a limit returned ${String(text)} for ${request.method} ${request.path}; it must return a text`,
    { context: { connector: request.connector, connection: request.connection } },
  );
}

function makeGauge(
  { spec, meter, rule }: Part,
  scope: string,
  connection: string | null,
  onGauge: OnGauge,
): Gauge {
  const gauge = new Gauge(meter(), spec, scope, connection);
  onGauge(gauge, rule);
  return gauge;
}
