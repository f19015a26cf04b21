import { settledWithin } from '../core/abortable.js';
import { AuthError, HttpError, TimeoutError } from '../core/errors.js';
import type { Clock } from '../core/ports.js';
import type { Auth } from '../connector/auth.js';
import type { HttpClient } from '../connector/http.js';
import type { Log } from '../connector/context.js';
import type { Emit } from '../events/emitter.js';
import { toErrorInfo } from '../events/error-info.js';
import type { HttpTarget } from '../engine/environment.js';
import type { ConnectionRow } from '../storage/connections.js';
import type { Store } from '../storage/contract.js';
import type { CredentialSafe } from './credential-safe.js';

/** Credentials, as they are stored and opened. */
export interface OpenedCredentials {
  readonly sealed: string | null;
  readonly credentials: unknown;
}

export interface RenewalEnvironment {
  readonly clock: Clock;
  readonly safe: CredentialSafe;
  readonly emit: Emit;
  readonly store: () => Promise<Store>;
  /** HTTP for the connection, without credentials. */
  readonly plainHttp: (target: HttpTarget, signal: AbortSignal) => HttpClient;
  readonly log: (row: ConnectionRow) => Log;
}

/** How long a connection's refresh rests after it has failed. */
const PAUSE_MS = 10_000;
/** How long it may take: meanwhile all of the connection's requests that were refused wait. */
const MAX_MS = 60_000;

interface Flight {
  readonly result: Promise<OpenedCredentials | undefined>;
  /** Set once it has failed: until then it counts for those who ask again. */
  restsUntil: number | undefined;
}

/** Gets credentials in place of those that an API has refused: once at a time for each connection, however many requests ask. */
export class CredentialRenewal {
  readonly #env: RenewalEnvironment;
  readonly #flights = new Map<string, Flight>();

  constructor(env: RenewalEnvironment) {
    this.#env = env;
  }

  /**
   * Credentials that are not the refused ones: given by the app or another process meanwhile, or by the connector's `refresh`. Stored when it
   * resolves. Undefined when there are none to be had.
   *
   * @throws {AuthError} when `refresh` says that there are none; else what it threw
   */
  async renew(target: HttpTarget, refused: string | null): Promise<OpenedCredentials | undefined> {
    const { connector, id } = target.connection;
    const owner = JSON.stringify([connector, id]);
    const present = this.#flights.get(owner);
    const rests = present?.restsUntil;
    if (present && (rests === undefined || rests > this.#env.clock.now())) return present.result;
    const flight: Flight = { result: this.#renew(target, refused), restsUntil: undefined };
    this.#flights.set(owner, flight);
    flight.result.then(
      () => this.#flights.delete(owner),
      () => {
        flight.restsUntil = this.#env.clock.now() + PAUSE_MS;
      },
    );
    return flight.result;
  }

  async #renew(target: HttpTarget, refused: string | null): Promise<OpenedCredentials | undefined> {
    const { safe, store } = this.#env;
    const { connector, id } = target.connection;
    const row = await (await store()).getConnection({ connector, id });
    if (!row) return undefined;
    if (row.sealed !== refused) return this.#opened(target, row);
    const fresh = await this.#refresh(target, row);
    if (fresh === undefined) return undefined;
    const sealed = await safe.seal(target.connector, row, fresh);
    return this.#keep(target, row, sealed);
  }

  /** Undefined when the connector knows no way to get others. */
  async #refresh(target: HttpTarget, row: ConnectionRow): Promise<unknown> {
    const { auth } = target.connector;
    if (!auth?.refresh) return undefined;
    const { clock, emit } = this.#env;
    const ended = new AbortController();
    const scope = { connector: row.connector, connection: row.id, tags: row.tags };
    try {
      return await settledWithin(() => this.#call(auth, target, row, ended.signal), {
        ...{ clock, ms: MAX_MS, signal: undefined, what: 'auth.refresh' },
        late: () => unsettled(row),
      });
    } catch (thrown) {
      ended.abort(thrown);
      const error = isFinal(thrown) ? refusal(row, thrown) : thrown;
      const info = toErrorInfo(error);
      if (error instanceof AuthError) {
        emit({ type: 'auth.refused', ...scope, status: statusOf(thrown), error: info });
      } else {
        const retryAt = new Date(clock.now() + PAUSE_MS);
        emit({ type: 'auth.refresh_failed', ...scope, retryAt, error: info });
      }
      throw error;
    }
  }

  async #call(
    auth: Auth<unknown>,
    target: HttpTarget,
    row: ConnectionRow,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { safe, plainHttp, log } = this.#env;
    return auth.refresh?.({
      credentials: await safe.open(target.connector, row),
      config: target.config,
      account: target.account,
      connection: { id: row.id, tags: row.tags },
      http: plainHttp({ ...target, connection: row }, signal),
      log: log(row),
      signal,
    });
  }

  /** Stores them before anybody uses them. Others that were stored meanwhile come from the app, and win. */
  async #keep(
    target: HttpTarget,
    before: ConnectionRow,
    sealed: string | null,
  ): Promise<OpenedCredentials | undefined> {
    const { clock, emit } = this.#env;
    const store = await this.#env.store();
    const { connector, id } = before;
    for (let row: ConnectionRow | undefined = before; row;) {
      if (row.sealed !== before.sealed) return this.#opened(target, row);
      const after = { ...row, sealed, version: row.version + 1, updatedAt: clock.now() };
      if (await store.updateConnection({ row: after, expectedVersion: row.version })) {
        const scope = { connector, connection: id, tags: row.tags };
        emit({ type: 'auth.refreshed', ...scope, expiresAt: null, rotated: false });
        return this.#opened(target, after);
      }
      row = await store.getConnection({ connector, id });
    }
    return undefined;
  }

  async #opened(target: HttpTarget, row: ConnectionRow): Promise<OpenedCredentials> {
    return {
      sealed: row.sealed,
      credentials: await this.#env.safe.open(target.connector, row),
    };
  }
}

/** Whether asking again cannot help: the API has refused what `refresh` sent. */
function isFinal(thrown: unknown): boolean {
  if (!(thrown instanceof HttpError)) return false;
  const { status } = thrown;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function refusal({ connector, id }: ConnectionRow, cause: unknown): AuthError {
  return new AuthError(
    `${connector}/${id}: the API refused to refresh the credentials. Set them anew with connections.update(); the cause has its answer.`,
    { context: { connector, connection: id, status: statusOf(cause) }, cause },
  );
}

function unsettled({ connector, id }: ConnectionRow): TimeoutError {
  return new TimeoutError(
    `${connector}/${id}: auth.refresh did not settle within ${MAX_MS} ms and was given up. It is called again at the next 401; pass its ctx.signal to what it waits for.`,
    { context: { connector, connection: id, phase: 'refresh' } },
  );
}

function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpError) return thrown.status;
  const status = thrown instanceof AuthError ? thrown.context['status'] : undefined;
  return typeof status === 'number' ? status : null;
}
