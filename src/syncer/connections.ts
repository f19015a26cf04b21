import { AbortedError, ConfigError, ConflictError } from '../core/errors.js';
import { canonicalText } from '../core/canonical-json.js';
import { isObject, type JsonValue } from '../core/json.js';
import { plainJsonProblem } from '../core/plain-json.js';
import type { Connector } from '../connector/connector.js';
import { keepsConfig } from '../engine/config-change.js';
import type { ConnectionRow } from '../storage/connections.js';
import { accountOf } from './account.js';
import { batches } from './batches.js';
import type { Connection, ConnectionDraft, NewConnection } from './connection-types.js';
import { nextStatus, shownStatus } from './connection-status.js';
import { checkConnection } from './check-connection.js';
import type { RunCoordinator } from './run-coordinator.js';
import type { Services } from './services.js';

const MAX_ID_BYTES = 512;
const PAGE = 200;
const ATTEMPTS = 20;

/** Customers' authorised accounts on the connectors: `syncer.connections`. */
export class Connections {
  readonly #services: Services;
  readonly #runs: RunCoordinator;

  constructor(services: Services, runs: RunCoordinator) {
    this.#services = services;
    this.#runs = runs;
  }

  /**
   * Creates a connection. Nothing is sent to the API yet.
   *
   * @throws {ValidationError} when the config does not satisfy the connector's schema; {@link ConfigError} when credentials are missing or cannot
   *   be sealed; {@link ConflictError} when there is one with that id already
   * @example await syncer.connections.create(github, { id: 'acme', config: { owner: 'a' }, credentials: { token }, tags: { plan: 'pro' } });
   */
  async create<Config, Credentials>(
    connector: Connector<Config, Credentials>,
    connection: NewConnection<NoInfer<Config>, NoInfer<Credentials>>,
  ): Promise<Connection>;
  async create(
    connector: Pick<Connector, 'name'>,
    given: { readonly id: string } & Partial<ConnectionDraft>,
  ): Promise<Connection> {
    const definition = this.#services.registry.definition(connector.name);
    if (!isObject(given)) throw new ConfigError('connections.create: expected { id, … }');
    const { id, tags = {} } = given;
    checkId(id);
    checkTags(tags);
    const config = plainConfig(given.config, `${connector.name}/${id}`);
    await this.#services.config(definition, { id, config });
    const sealed = await this.#services.safe.seal(
      definition,
      { connector: connector.name, id },
      given.credentials,
    );
    const { store, clock, emit } = await this.#services.environment();
    const now = clock.now();
    const row: ConnectionRow = {
      connector: connector.name,
      id,
      config,
      account: null,
      sealed,
      tags,
      status: 'active',
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    if (!(await store.createConnection({ row }))) {
      throw new ConflictError(
        `there is a connection ${connector.name}/${id} already; change it with connections.update()`,
        { context: { connector: connector.name, connection: id } },
      );
    }
    emit({ type: 'connection.created', connector: connector.name, connection: id, tags });
    return toConnection(row);
  }

  /** The connection, or undefined when there is none. */
  async get(connector: Named, id: string): Promise<Connection | undefined> {
    const row = await (
      await this.#services.store()
    ).getConnection({ connector: nameOf(connector), id });
    return row && toConnection(row);
  }

  /** All connections that match, ordered by connector and id. */
  async *list(
    filter: { readonly connector?: Named; readonly tags?: Readonly<Record<string, string>> } = {},
  ): AsyncGenerator<Connection, void, undefined> {
    const store = await this.#services.store();
    const { connector, tags } = filter;
    const read = (after: { readonly connector: string; readonly id: string } | undefined) =>
      store.listConnections({
        limit: PAGE,
        ...(connector === undefined ? {} : { connector: nameOf(connector) }),
        ...(tags === undefined ? {} : { tags }),
        ...(after === undefined ? {} : { after }),
      });
    for await (const rows of batches(read, PAGE)) for (const row of rows) yield toConnection(row);
  }

  /**
   * Changes a connection. `change` gets what it has and returns what it shall have; it is called again when somebody else was faster, so
   * that no update is lost. A changed config ends running runs, and everything is read again, unless the connector's `configChanged` says otherwise.
   * New credentials make a connection that needed them active.
   *
   * @throws {ValidationError}, {@link ConfigError} as `create`; {@link StoreError} when there is no such connection
   * @example await syncer.connections.update(github, 'acme', (draft) => ({ ...draft, tags: { ...draft.tags, plan: 'free' } }));
   */
  async update<Config, Credentials>(
    connector: Connector<Config, Credentials>,
    id: string,
    change: (
      draft: ConnectionDraft<Config, Credentials>,
    ) => ConnectionDraft<Config, Credentials> | Promise<ConnectionDraft<Config, Credentials>>,
  ): Promise<Connection>;
  async update(
    connector: Named,
    id: string,
    change: (draft: ConnectionDraft) => ConnectionDraft | Promise<ConnectionDraft>,
  ): Promise<Connection>;
  async update(
    connector: Named,
    id: string,
    change: (draft: ConnectionDraft<never, never>) => ConnectionDraft | Promise<ConnectionDraft>,
  ): Promise<Connection> {
    const name = nameOf(connector);
    const definition = this.#services.registry.definition(name);
    const { safe } = this.#services;
    return this.#modify(name, id, async (row) => {
      const before = {
        config: row.config ?? undefined,
        credentials: await safe.open(definition, row),
        tags: row.tags,
      };
      const after = await change(before as ConnectionDraft<never, never>);
      if (!isObject(after)) {
        throw new ConfigError(
          `${name}/${id}: the function given to connections.update() must return the draft, changed`,
        );
      }
      checkTags(after.tags);
      const config = plainConfig(after.config, `${name}/${id}`);
      await this.#services.config(definition, { id, config });
      const sameCredentials =
        canonicalText(after.credentials ?? null) === canonicalText(before.credentials ?? null);
      const outdated = sameCredentials ? safe.outdated(row) : undefined;
      const sealed =
        sameCredentials && outdated === undefined
          ? row.sealed
          : await safe.seal(definition, row, after.credentials);
      const sameConfig = canonicalText(config) === canonicalText(row.config);
      const changed = [
        ...(sameConfig ? [] : ['config' as const]),
        ...(sameCredentials ? [] : ['credentials' as const]),
        ...(canonicalText(after.tags) === canonicalText(row.tags) ? [] : ['tags' as const]),
      ];
      const status = sameCredentials ? row.status : nextStatus(row.status, 'renew');
      return {
        row: {
          ...row,
          config,
          sealed,
          tags: after.tags,
          status,
          account: sameConfig && sameCredentials ? row.account : null,
        },
        changed,
        ...(outdated === undefined ? {} : { resealed: outdated }),
      };
    });
  }

  /** Nothing of the connection runs until it is resumed; what runs already goes on. */
  async pause(connector: Named, id: string): Promise<Connection> {
    return this.#setStatus(nameOf(connector), id, 'pause');
  }

  /** Lets it run again. Credentials that the API has refused are still refused: it needs others first. */
  async resume(connector: Named, id: string): Promise<Connection> {
    return this.#setStatus(nameOf(connector), id, 'resume');
  }

  /** Asks the connector whether the connection is usable, and keeps what it returns as `account`. @throws what the connector's `check` throws */
  async check(
    connector: Named,
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Connection> {
    const row = await this.#services.connection(nameOf(connector), id);
    const target = await this.#services.httpTarget(row);
    return toConnection(
      await checkConnection(this.#services, target, options.signal ?? new AbortController().signal),
    );
  }

  /** Removes the connection and all that is stored for it; its running runs are cancelled. False when there was none. */
  async delete(connector: Named, id: string): Promise<boolean> {
    const name = nameOf(connector);
    const { store, emit } = await this.#services.environment();
    const tags = (await store.getConnection({ connector: name, id }))?.tags ?? {};
    await this.#cancelRuns(name, id, 'deleted');
    const existed = await store.deleteConnection({ connector: name, id });
    if (existed) emit({ type: 'connection.deleted', connector: name, connection: id, tags });
    return existed;
  }

  async #setStatus(connector: string, id: string, event: 'pause' | 'resume'): Promise<Connection> {
    const { emit } = await this.#services.environment();
    const row = await this.#services.connection(connector, id);
    if (nextStatus(row.status, event) === row.status) return toConnection(row);
    const connection = await this.#modify(connector, id, (current) =>
      Promise.resolve({ row: { ...current, status: nextStatus(current.status, event) } }),
    );
    emit({
      type: event === 'pause' ? 'connection.paused' : 'connection.resumed',
      connector,
      connection: id,
      tags: row.tags,
    });
    return connection;
  }

  async #modify(
    connector: string,
    id: string,
    change: (row: ConnectionRow) => Promise<Modified>,
  ): Promise<Connection> {
    const { store, clock, emit } = await this.#services.environment();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.#services.connection(connector, id);
      const { row, changed, resealed } = await change(before);
      const after: ConnectionRow = { ...row, version: before.version + 1, updatedAt: clock.now() };
      if (!(await store.updateConnection({ row: after, expectedVersion: before.version })))
        continue;
      const definition = this.#services.registry.definition(connector);
      if (!keepsConfig(definition, canonicalText(before.config), after.config)) {
        await this.#cancelRuns(connector, id, 'config');
      }
      if (changed) {
        const { tags, version } = after;
        emit({ type: 'connection.updated', connector, connection: id, tags, changed, version });
        if (resealed !== undefined)
          emit({ type: 'auth.resealed', connector, connection: id, tags, key: resealed });
      }
      return toConnection(after);
    }
    throw new ConflictError(
      `${connector}/${id} was changed by others ${ATTEMPTS} times while it was being updated here; try again`,
      { context: { connector, connection: id }, retryable: true },
    );
  }

  async #cancelRuns(
    connector: string,
    connection: string,
    reason: 'config' | 'deleted',
  ): Promise<void> {
    const { store, clock } = await this.#services.environment();
    const ids = await store.requestCancel({ connector, connection, now: clock.now() });
    const why = reason === 'config' ? 'its config was changed' : 'the connection was deleted';
    await this.#runs.cancel(
      ids,
      new AbortedError(`${connector}/${connection}: the run was cancelled, because ${why}`, {
        context: { connector, connection, reason },
      }),
    );
  }
}

/** A connector, or its name. */
type Named = string | { readonly name: string };

interface Modified {
  readonly row: ConnectionRow;
  /** Left out: nothing that an update changes. */
  readonly changed?: readonly ('config' | 'credentials' | 'tags')[];
  /** The id of the key that the same credentials are sealed under now. */
  readonly resealed?: string;
}

function nameOf(connector: Named): string {
  return typeof connector === 'string' ? connector : connector.name;
}

function toConnection(row: ConnectionRow): Connection {
  const { connector, id, config, tags, status, version } = row;
  return {
    connector,
    id,
    config,
    account: accountOf(row),
    tags,
    status: shownStatus(status),
    version,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
}

function checkId(id: unknown): void {
  if (
    typeof id === 'string' &&
    id !== '' &&
    !id.includes('\0') &&
    id.isWellFormed() &&
    Buffer.byteLength(id) <= MAX_ID_BYTES
  )
    return;
  throw new ConfigError(`id: expected a text of 1 to ${MAX_ID_BYTES} bytes`, {
    context: { path: 'id' },
  });
}

function checkTags(tags: unknown): void {
  const valid =
    typeof tags === 'object' &&
    tags !== null &&
    !Array.isArray(tags) &&
    Object.values(tags).every((tag) => typeof tag === 'string');
  if (!valid)
    throw new ConfigError('tags: expected an object whose values are texts', {
      context: { path: 'tags' },
    });
}

function plainConfig(config: unknown, where: string): JsonValue {
  const problem = plainJsonProblem(config);
  if (problem !== undefined)
    throw new ConfigError(
      `${where}: config cannot be stored: ${problem.replace('the record', 'it')}`,
      { context: { path: 'config' } },
    );
  return config === undefined ? null : (JSON.parse(JSON.stringify(config)) as JsonValue);
}
