import type { Clock } from '../../core/ports.js';
import type { HttpExchange } from '../observe.js';
import { type Distribution, Histogram } from './distribution.js';
import { endpointOf } from './endpoint.js';

/** Requests of a connector, of one of its connections, or to one of its endpoints. */
export interface HttpSeries {
  readonly connector: string;
  /** Set in the series of a connection. `'(other)'`: all those beyond the number that is kept apart. */
  readonly connection?: string;
  /** Set in the series of an endpoint: method and path, identities left out. `'(other)'` as above. */
  readonly endpoint?: string;
  /** Requests sent: each attempt, and each hop of a redirect. */
  readonly requests: number;
  /** Those of them that were a second attempt or a later one. */
  readonly retries: number;
  /** Responses by the class of their status, as `'2xx'`; `'none'`: no response came in full. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds that requests waited for permits. */
  readonly queuedMs: Distribution;
  /** Milliseconds from sending until the body had come in full. */
  readonly latencyMs: Distribution;
  /** Bytes of the responses' bodies, after decompression. */
  readonly bytes: number;
}

/** What this process has sent since it began. */
export interface HttpMetricsSnapshot {
  readonly since: Date;
  readonly connectors: readonly HttpSeries[];
  readonly connections: readonly HttpSeries[];
  readonly endpoints: readonly HttpSeries[];
}

/** So many connections and endpoints are kept apart, in all. What comes later is counted together, per connector. */
const MAX_CONNECTIONS = 2_000;
const MAX_ENDPOINTS = 1_000;
const OTHER = '(other)';

/** Counts and times of requests, in a bounded number of series. */
export class HttpMetrics {
  readonly #since: number;
  readonly #connectors = new Map<string, Series>();
  readonly #connections = new Map<string, Series>();
  readonly #endpoints = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#since = clock.now();
  }

  /** Takes in the exchanges of a connection. */
  of(connector: string, connection: string): (exchange: HttpExchange) => void {
    let own: readonly Series[] | undefined;
    return (exchange) => {
      own ??= [
        seriesOf(this.#connectors, { connector }, connector, Infinity),
        seriesOf(this.#connections, { connector, connection }, connection, MAX_CONNECTIONS),
      ];
      for (const series of own) series.add(exchange);
      const { method, url } = exchange;
      const endpoint = endpointOf(method, url.slice(url.indexOf('/', url.indexOf('//') + 2)));
      seriesOf(this.#endpoints, { connector, endpoint }, endpoint, MAX_ENDPOINTS).add(exchange);
    };
  }

  read(): HttpMetricsSnapshot {
    const all = (map: ReadonlyMap<string, Series>) => [...map.values()].map((one) => one.read());
    return {
      since: new Date(this.#since),
      connectors: all(this.#connectors),
      connections: all(this.#connections),
      endpoints: all(this.#endpoints),
    };
  }
}

type Label = Pick<HttpSeries, 'connector' | 'connection' | 'endpoint'>;

function seriesOf(map: Map<string, Series>, label: Label, name: string, most: number): Series {
  const { connector } = label;
  const known = map.get(`${connector}\n${name}`);
  if (known) return known;
  if (map.size >= most && name !== OTHER) {
    const other =
      'endpoint' in label ? { connector, endpoint: OTHER } : { connector, connection: OTHER };
    return seriesOf(map, other, OTHER, most);
  }
  const made = new Series(label);
  map.set(`${connector}\n${name}`, made);
  return made;
}

class Series {
  readonly #label: Label;
  readonly #statuses: Record<string, number> = {};
  readonly #queuedMs = new Histogram();
  readonly #latencyMs = new Histogram();
  #requests = 0;
  #retries = 0;
  #bytes = 0;

  constructor(label: Label) {
    this.#label = label;
  }

  add({ status, attempt, queuedMs, durationMs, bytes }: HttpExchange): void {
    const kind = status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
    this.#statuses[kind] = (this.#statuses[kind] ?? 0) + 1;
    this.#requests += 1;
    if (attempt > 1) this.#retries += 1;
    this.#queuedMs.add(queuedMs);
    this.#latencyMs.add(durationMs);
    this.#bytes += bytes;
  }

  read(): HttpSeries {
    return {
      ...this.#label,
      requests: this.#requests,
      retries: this.#retries,
      statuses: { ...this.#statuses },
      queuedMs: this.#queuedMs.read(),
      latencyMs: this.#latencyMs.read(),
      bytes: this.#bytes,
    };
  }
}
