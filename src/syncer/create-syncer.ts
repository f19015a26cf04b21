import { abortable, abortableItems, type WaitOptions } from '../core/abortable.js';
import { type Duration, parseDuration } from '../core/duration.js';
import { AbortedError } from '../core/errors.js';
import type { Connector } from '../connector/connector.js';
import {
  type ConsumeHandler,
  type ConsumeOptions,
  type Consumer,
  FeedConsumer,
} from '../consumers/consumer.js';
import type { EventListener, Off } from '../events/emitter.js';
import type { AnyEvent, EventOf, EventPattern } from '../events/event-map.js';
import { fromEventRow } from '../events/event-row.js';
import type { LogFilter } from '../storage/logs.js';
import type { RunFilter, RunRow } from '../storage/runs.js';
import type { TrafficFilter } from '../storage/traffic.js';
import { batches } from './batches.js';
import { ConnectionHandle } from './connection-handle.js';
import { Connections } from './connections.js';
import { type SyncerOptions, settingsOf } from './options.js';
import { type LimitFilter, type LimitUse, limitUses } from './limit-use.js';
import type { HttpMetricsSnapshot } from '../http/metrics/http-metrics.js';
import { Registry } from './registry.js';
import { RunCoordinator } from './run-coordinator.js';
import { type RunResult, toRunResult } from './run-result.js';
import { Services } from './services.js';
import { type SyncerStats, syncerStats } from './stats.js';
import { StreamSync } from './sync-stream.js';
import { runId } from './ids.js';
import { toExchange, type TrafficExchange } from './traffic-log.js';

/** Which runs or events are asked for; what is left out does not matter. Instants are `Date`s or epoch milliseconds. */
export type Filter<T> = Omit<T, 'connector' | 'since' | 'until'> & {
  readonly connector?: string | { readonly name: string };
  readonly since?: Date | number;
  readonly until?: Date | number;
};

/** What {@link Syncer.metrics} tells. */
export interface Metrics {
  readonly http: HttpMetricsSnapshot;
}

const PAGE = 200;
/** Fewer: each may have bodies. */
const TRAFFIC_PAGE = 50;

/**
 * Syncs connections of the given connectors into the store. Does no I/O before its first use.
 *
 * @throws {ConfigError} naming the option that is wrong
 * @example
 * const syncer = createSyncer({ connectors: [github], store: sqlite('./sync.db'), encryptionKey: process.env.SYNCLINE_KEY });
 * await syncer.connections.create(github, { id: 'acme', config: { owner: 'a', repo: 'b' }, credentials: { token } });
 * await syncer.connection(github, 'acme').sync();
 */
export function createSyncer(options: SyncerOptions): Syncer {
  const settings = settingsOf(options);
  const { store } = options;
  const loadStore = async () => store ?? (await import('../sqlite.js')).sqlite('./syncline.db');
  return new Syncer(new Services(settings, new Registry(options.connectors), loadStore));
}

/** Made by {@link createSyncer}. */
export class Syncer {
  /** Customers' accounts: create, get, list, update, pause, resume, check, delete. */
  readonly connections: Connections;
  readonly #services: Services;
  readonly #runs: RunCoordinator;
  readonly #sync: StreamSync;
  readonly #newId: () => string;
  readonly #consumers = new Set<Consumer>();
  #consumed = 0;
  #stopping: Promise<void> | undefined;

  constructor(services: Services) {
    this.#services = services;
    this.#newId = () => runId(services.settings.clock.now(), services.settings.random);
    this.#runs = new RunCoordinator(services, services.owner);
    this.#sync = new StreamSync(services, this.#runs, this.#newId);
    this.connections = new Connections(services, this.#runs);
  }

  /** A connection, typed by its connector. Looks at nothing yet. @throws {ConfigError} when the connector is not registered */
  connection<Records extends Readonly<Record<string, unknown>>>(
    connector: Connector<unknown, unknown, Records>,
    id: string,
  ): ConnectionHandle<Records> {
    const definition = this.#services.registry.definition(connector.name);
    return new ConnectionHandle<Records>(definition, id, {
      services: this.#services,
      runs: this.#runs,
      sync: this.#sync,
      newId: this.#newId,
    });
  }

  /**
   * Calls `listener` with the events of a name, or of a family as `'run.*'`. It is never waited for, and its failure harms nothing.
   *
   * @returns a function that ends the listening
   */
  on<Pattern extends EventPattern>(
    pattern: Pattern,
    listener: EventListener<EventOf<Pattern>>,
  ): Off {
    return this.#services.emitter.on(pattern, listener);
  }

  /** Calls `listener` with every event; as {@link on}. */
  onAny(listener: EventListener<AnyEvent>): Off {
    return this.#services.emitter.onAny(listener);
  }

  /** Events that were kept, oldest first. `level`: this one and the graver ones; `type`: a name, several, or a family as `'run.*'`. */
  logs({ signal, ...filter }: Filter<LogFilter> & WaitOptions = {}): AsyncGenerator<
    AnyEvent,
    void,
    undefined
  > {
    return abortableItems(this.#logs(filter), signal, 'logs()');
  }

  async *#logs(filter: Filter<LogFilter>): AsyncGenerator<AnyEvent, void, undefined> {
    const store = await this.#services.storeToRead();
    const read = (last: { readonly id: number } | undefined) =>
      store.listLogs({
        filter: toFilter<LogFilter>(filter),
        limit: PAGE,
        ...(last === undefined ? {} : { after: last.id }),
      });
    for await (const rows of batches(read, PAGE))
      for (const row of rows) {
        const event = fromEventRow(row);
        if (event) yield event;
      }
  }

  /**
   * HTTP exchanges that were kept, oldest first, each attempt and each hop of a redirect by itself, without secrets. `status`: one or several;
   * 0 stands for those without a response.
   *
   * @example for await (const { method, url, status, totalMs } of syncer.traffic({ connection: 'acme', status: 429 })) …
   */
  traffic({ signal, ...filter }: Filter<TrafficFilter> & WaitOptions = {}): AsyncGenerator<
    TrafficExchange,
    void,
    undefined
  > {
    return abortableItems(this.#exchanges(filter), signal, 'traffic()');
  }

  async *#exchanges(
    filter: Filter<TrafficFilter>,
  ): AsyncGenerator<TrafficExchange, void, undefined> {
    const store = await this.#services.storeToRead();
    const read = (last: { readonly id: number } | undefined) =>
      store.listTraffic({
        filter: toFilter<TrafficFilter>(filter),
        limit: TRAFFIC_PAGE,
        ...(last === undefined ? {} : { after: last.id }),
      });
    for await (const rows of batches(read, TRAFFIC_PAGE))
      for (const row of rows) yield toExchange(row);
  }

  /** Runs, newest first. */
  runs({ signal, ...filter }: Filter<RunFilter> & WaitOptions = {}): AsyncGenerator<
    RunResult,
    void,
    undefined
  > {
    return abortableItems(this.#runRows(filter), signal, 'runs()');
  }

  /** What is stored, by connector, connection and stream: records, deleted and rejected ones, and their bytes; and the size of the store. */
  async stats({ signal }: WaitOptions = {}): Promise<SyncerStats> {
    const measure = async () => syncerStats(await this.#services.environment(), signal);
    return abortable(measure, signal, 'stats()');
  }

  async *#runRows(filter: Filter<RunFilter>): AsyncGenerator<RunResult, void, undefined> {
    const store = await this.#services.storeToRead();
    const read = (before: RunRow | undefined) =>
      store.listRuns({
        filter: toFilter<RunFilter>(filter),
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      });
    for await (const rows of batches(read, PAGE)) for (const row of rows) yield toRunResult(row);
  }

  /**
   * What this process has sent since it began, and how long it took: by connector, connection and endpoint. The number of series is bounded; what
   * is beyond it is counted under `'(other)'`.
   *
   * @example const { connectors } = (await syncer.metrics()).http; console.log(connectors[0]?.latencyMs.p95);
   */
  async metrics(): Promise<Metrics> {
    return { http: this.#services.metrics.read() };
  }

  /**
   * The limits that have been used or learned in this process, as they stand now. 2,000 at most: those that hold requests up, then those of which
   * most is used.
   */
  async limits(filter: LimitFilter = {}): Promise<readonly LimitUse[]> {
    return limitUses(this.#services.limiter, filter);
  }

  /**
   * Calls `handler` with the changes of a stream, of all its connections: in batches, in order, each at least once. How far it has come is kept
   * under `name` in the store, and moves only after the handler has succeeded; a batch that fails is given again, after a pause.
   *
   * @example await syncer.consume('search-index', { connector: github, stream: 'issues' }, async (changes) => index(changes));
   */
  async consume<
    Records extends Readonly<Record<string, unknown>>,
    Name extends keyof Records & string,
  >(
    name: string,
    source: { readonly connector: Connector<unknown, unknown, Records>; readonly stream: Name },
    handler: ConsumeHandler<Records[Name]>,
    options: ConsumeOptions = {},
  ): Promise<Consumer> {
    const { connector, stream } = source;
    const { history = false } = this.#services.registry.stream(connector.name, stream);
    const { clock, emit } = await this.#services.environment();
    this.#consumed += 1;
    const consumer = new FeedConsumer<Records[Name]>(
      {
        clock,
        emit,
        // Each has a lease of its own: two of one name take turns, in one process too.
        owner: `${this.#services.owner}:${this.#consumed}`,
        onStop: () => this.#consumers.delete(consumer),
        store: () => this.#services.store(),
        nextCommit: (signal) => this.#nextCommit(signal),
      },
      name,
      { connector: connector.name, stream, history },
      handler,
      options,
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  /**
   * Stops everything: consumers after their present batch, runs when they have ended, or after `drain` (default `'30s'`) by cancelling them; then writes
   * what is left of the log and closes the store. The syncer cannot be used afterwards.
   */
  async stop(options: { readonly drain?: Duration } = {}): Promise<void> {
    this.#stopping ??= this.#stop(parseDuration(options.drain ?? '30s', 'drain'));
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(drainMs: number): Promise<void> {
    const context = { reason: 'stop' };
    this.#runs.refuse(
      new AbortedError('this syncer is being stopped; create a new one', { context }),
    );
    const drained = new AbortController();
    const consumers = Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    const timer = this.#services.settings.clock.sleep(drainMs, drained.signal);
    await Promise.race([Promise.all([this.#runs.idle(), consumers]), timer.catch(() => undefined)]);
    drained.abort();
    await this.#runs.cancelAll(
      new AbortedError('the run was cancelled, because its syncer was stopped', { context }),
    );
    await this.#services.close();
  }

  async #nextCommit(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        off();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const off = this.#services.emitter.on('page.committed', done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}

function toFilter<T extends LogFilter | RunFilter | TrafficFilter>(filter: Filter<T>) {
  const { connector, since, until, ...rest } = filter;
  return {
    ...rest,
    ...(connector === undefined
      ? {}
      : { connector: typeof connector === 'string' ? connector : connector.name }),
    ...(since === undefined ? {} : { since: Number(since) }),
    ...(until === undefined ? {} : { until: Number(until) }),
  };
}
