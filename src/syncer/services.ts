import { AbortedError, StoreError, ValidationError } from '../core/errors.js';
import { Redactor } from '../core/redaction/redactor.js';
import type { AnyDefinition } from '../connector/connector.js';
import type { EngineEnvironment, HttpTarget, OpenHttp, RunTarget } from '../engine/environment.js';
import { type Emit, Emitter } from '../events/emitter.js';
import { LogWriter } from '../events/log-writer.js';
import { redactError } from '../events/redact-error.js';
import { Circuits } from '../http/circuit/circuits.js';
import { HttpMetrics } from '../http/metrics/http-metrics.js';
import { RetryBudgets } from '../http/retry/budget.js';
import { createLimiter } from '../limiter/create-limiter.js';
import type { Limiter } from '../limiter/limiter.js';
import { validate } from '../quality/validate.js';
import type { ConnectionRow } from '../storage/connections.js';
import type { Store, StreamRef } from '../storage/contract.js';
import { accountOf } from './account.js';
import { ConnectionCredentials } from './connection-credentials.js';
import { connectionLog } from './connection-log.js';
import { CredentialRenewal } from './credential-renewal.js';
import { CredentialSafe } from './credential-safe.js';
import { processId } from './ids.js';
import { httpOpener, type SharedHttp } from './open-http.js';
import { Reauth } from './reauth.js';
import { Pruner } from './retention.js';
import { systemBreathe } from './system.js';
import { trafficLog } from './traffic-log.js';
import { closeShared, openShared } from './shared-store.js';
import type { Settings } from './options.js';
import type { Registry } from './registry.js';

/** What every part of a syncer shares. The store is opened at its first use. */
export class Services {
  readonly settings: Settings;
  readonly registry: Registry;
  /** Everything that leaves goes through it. */
  readonly redactor: Redactor;
  readonly emitter: Emitter;
  readonly safe: CredentialSafe;
  /** Tells this process apart in leases. */
  readonly owner: string;
  readonly limiter: Limiter;
  readonly metrics: HttpMetrics;
  readonly openHttp: OpenHttp;
  readonly log: LogWriter;
  readonly traffic: ReturnType<typeof trafficLog>;
  readonly #pruner: Pruner;
  readonly #loadStore: () => Promise<Store>;
  #opening: Promise<EngineEnvironment> | undefined;
  #stopped = false;

  constructor(settings: Settings, registry: Registry, loadStore: () => Promise<Store>) {
    const { clock } = settings;
    this.settings = settings;
    this.registry = registry;
    this.#loadStore = loadStore;
    this.redactor = new Redactor(settings.redact);
    this.redactor.learn('encryptionKey', settings.secrets);
    this.emitter = new Emitter({ clock, redactor: this.redactor });
    this.safe = new CredentialSafe(settings.keys, this.redactor);
    this.owner = processId(settings.random);
    this.metrics = new HttpMetrics(clock);
    const emit: Emit = (event) => {
      this.emitter.emit(event);
    };
    this.limiter = settings.limiter ?? this.#ownLimiter(emit);
    this.#pruner = new Pruner(settings.retention, clock, emit);
    this.log = new LogWriter({
      clock,
      emit,
      append: (rows) => this.#append((store) => store.appendLogs({ rows })),
    });
    this.traffic = trafficLog({
      clock,
      emit,
      append: (rows) => this.#append((store) => store.appendTraffic({ rows })),
    });
    this.openHttp = this.#httpOpener(emit);
    this.emitter.onAny(
      (event) => {
        this.log.write(event);
      },
      (type) => this.log.keeps(type),
    );
    const { logger } = settings;
    if (logger)
      this.emitter.onAny((event) => {
        logger[event.level](event.type, event);
      });
  }

  /** Something is written anyway: the moment to let go of what is old. */
  async #append(write: (store: Store) => Promise<void>): Promise<void> {
    const store = await this.store();
    await write(store);
    await this.#pruner.tick(store);
  }

  #httpOpener(emit: Emit): OpenHttp {
    const { clock } = this.settings;
    const shared: SharedHttp = {
      redactor: this.redactor,
      limiter: this.limiter,
      budgets: new RetryBudgets(clock),
      circuits: new Circuits(clock, emit),
      reauth: new Reauth(() => this.environment()),
      metrics: this.metrics,
      emit,
      isHeard: (type) => this.emitter.isHeard(type),
      recordTraffic: (row) => {
        this.traffic.write(row);
      },
    };
    const renewal = this.#renewal(shared);
    return httpOpener(this.settings, shared, (target) => {
      const { auth } = target.connector;
      return auth && new ConnectionCredentials(target, auth, this.safe, renewal);
    });
  }

  #renewal(shared: SharedHttp): CredentialRenewal {
    const plain = httpOpener(this.settings, shared, () => undefined);
    return new CredentialRenewal({
      clock: this.settings.clock,
      safe: this.safe,
      store: () => this.store(),
      emit: shared.emit,
      log: (row) => connectionLog(this.emitter, row),
      plainHttp: (target, signal) =>
        plain(target, {
          signal,
          priority: 'interactive-sync',
          secretResponses: true,
          guard: () => undefined,
          observe: () => undefined,
        }),
    });
  }

  #ownLimiter(emit: Emit): Limiter {
    const { clock, random, http } = this.settings;
    return createLimiter({
      ...{ clock, random, emit, maxWaitMs: http.maxWait },
      connectors: this.registry.definitions(),
      sharing: { owner: this.owner, store: () => this.store() },
    });
  }

  /** The store, with what has been told so far written to it, and without what is too old: for who reads runs, logs and traffic. */
  async storeToRead(): Promise<Store> {
    const store = await this.store();
    await this.traffic.flush();
    await this.log.flush();
    await this.#pruner.tick(store);
    return store;
  }

  async store(): Promise<Store> {
    return (await this.environment()).store;
  }

  /** @throws {AbortedError} once the syncer is stopped; {@link StoreError} when the store cannot be opened: the next call tries again */
  async environment(): Promise<EngineEnvironment> {
    if (this.#stopped) throw new AbortedError('this syncer was stopped; create a new one');
    this.#opening ??= this.#open();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<EngineEnvironment> {
    const { clock, random, deadlines } = this.settings;
    const store = await this.#loadStore();
    await openShared(store, { clock, random });
    return {
      store,
      clock,
      random,
      breathe: systemBreathe,
      deadlines,
      openHttp: this.openHttp,
      redactError: (thrown) => redactError(this.redactor, thrown),
      emit: (event) => {
        this.emitter.emit(event);
      },
    };
  }

  /** Writes what is left of the log and closes the store. */
  async close(): Promise<void> {
    if (this.#stopped) return;
    const opened = await this.#opening?.catch(() => undefined);
    // What was handed in may be others' too.
    if (this.settings.limiter === undefined) await this.limiter.close();
    if (opened) {
      await this.traffic.close();
      await this.log.close();
      await closeShared(opened.store);
    }
    this.#stopped = true;
  }

  /** @throws {StoreError} when there is no such connection */
  async connection(connector: string, id: string): Promise<ConnectionRow> {
    const row = await (await this.store()).getConnection({ connector, id });
    if (row) return row;
    throw noConnection(connector, id);
  }

  /** A connection as its connector's callbacks see it. */
  async httpTarget(row: ConnectionRow): Promise<HttpTarget> {
    const connector = this.registry.definition(row.connector);
    return {
      connector,
      connection: row,
      config: await this.config(connector, row),
      account: accountOf(row),
    };
  }

  /** What a run works on, with the connection as it is now. */
  async target(ref: StreamRef): Promise<RunTarget> {
    const stream = this.registry.stream(ref.connector, ref.stream);
    const connection = await this.connection(ref.connector, ref.connection);
    return { ref, stream, ...(await this.httpTarget(connection)) };
  }

  /** A connection's config, as its schema puts it out. @throws {ValidationError} when the stored one no longer satisfies it */
  async config(
    connector: AnyDefinition,
    { id, config }: Pick<ConnectionRow, 'id' | 'config'>,
  ): Promise<unknown> {
    if (!connector.config) return config ?? undefined;
    const result = await validate(connector.config, config ?? undefined);
    if (result.ok) return result.value;
    const issues = result.issues.map(
      ({ path, message }) => `config${path.map((part) => `.${part}`).join('')}: ${message}`,
    );
    throw new ValidationError(`${connector.name}/${id}: ${issues.join('; ')}`, {
      issues: result.issues,
      context: { connector: connector.name, connection: id },
    });
  }
}

/** The error for a connection that is not there. */
function noConnection(connector: string, id: string): StoreError {
  return new StoreError(
    `there is no connection ${connector}/${id}; create it with connections.create()`,
    { context: { connector, connection: id } },
  );
}
