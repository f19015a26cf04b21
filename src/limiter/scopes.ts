import { ConfigError } from '../core/errors.js';
import type { Limit } from '../connector/limits.js';
import { ConnectionScope, type ConnectorLimits } from './connection-scope.js';
import { declaredLimits, type DeclaredLimit } from './declared.js';
import { Gauge, type LimitSpec } from './gauge.js';
import type { PermitRequest } from './limiter.js';
import { Concurrency } from './meter/concurrency.js';
import { ALL_REQUESTS, type Learned, makeGauge, type OnGauge } from './scope-gauges.js';

/** A connector's name and what is declared of its API. */
export interface LimitedConnector {
  readonly name: string;
  readonly limits?: readonly Limit[] | undefined;
}

/** So many connections are kept before those that are idle are looked for. */
const FIRST_SWEEP = 1_000;
const MAX_PATHS = 1_000;
const MAX_METHODS = 16;

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
export class ConnectorScope implements ConnectorLimits {
  readonly name: string;
  readonly declared: readonly DeclaredLimit[];
  /** Some limits are not for all requests. */
  readonly isMatched: boolean;
  /** Some limits tell requests apart by a function. */
  readonly isScoped: boolean;
  readonly onGauge: OnGauge;
  /** How many parts all declared limits have. */
  readonly parts: number;
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
    this.parts = declared.reduce((sum, { parts }) => sum + parts.length, 0);
    this.isMatched = declared.some(({ matches }) => matches !== undefined);
    this.isScoped = declared.some(({ scope }) => typeof scope === 'function');
    this.onGauge = onGauge;
    this.gateSpec = { connector: name, label: ALL_REQUESTS, reserve: 0 };
    this.gate = new Gauge(new Concurrency(Infinity), this.gateSpec, { shared: 'connector' });
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
    const of = { shared: text === undefined ? 'connector' : `scope ${text}` };
    const parts = this.declared[index]?.parts ?? [];
    const made = parts.map((part) => makeGauge(part, of, this.onGauge));
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
