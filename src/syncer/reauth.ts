import { AuthError } from '../core/errors.js';
import type { EngineEnvironment } from '../engine/environment.js';
import { toErrorInfo } from '../events/error-info.js';
import type { CredentialSource } from '../http/reauthorise.js';
import type { Interceptor } from '../http/send.js';
import type { ConnectionRow } from '../storage/connections.js';
import { isRefused, nextStatus } from './connection-status.js';

/** The credentials that a client uses at present. */
interface Present extends CredentialSource {
  readonly sealed: string | null;
}

/** Connections whose credentials the API has refused: nothing more is sent with these, and the store says that new ones are needed. */
export class Reauth {
  readonly #environment: () => Promise<EngineEnvironment>;
  /** The refused credentials, sealed as they were, by connection. */
  readonly #refused = new Map<string, string>();

  constructor(environment: () => Promise<EngineEnvironment>) {
    this.#environment = environment;
  }

  /** What a connection's client needs, so that nothing more is sent with refused credentials. */
  watch(row: ConnectionRow, credentials: Present) {
    const refused = async (error: AuthError, isTold: boolean): Promise<void> => {
      await this.#refuse(row, credentials.sealed, error, isTold);
    };
    const halt: Interceptor = async (request, next) => {
      if (this.#refused.size > 0 && this.#refused.get(nameOf(row)) === credentials.sealed) {
        throw needsReauth(row);
      }
      return next(request);
    };
    const source: CredentialSource = {
      get generation() {
        return credentials.generation;
      },
      renew: async (generation) => {
        try {
          return await credentials.renew(generation);
        } catch (error) {
          // Who refreshes has told of it.
          if (error instanceof AuthError) await refused(error, true);
          throw error;
        }
      },
    };
    return {
      credentials: source,
      interceptors: [halt],
      onUnauthorised: (error: AuthError) => refused(error, false),
    };
  }

  /** Tells it once, over all processes. */
  async #refuse(
    row: ConnectionRow,
    sealed: string | null,
    error: AuthError,
    isTold: boolean,
  ): Promise<void> {
    if (sealed === null) return;
    this.#refused.set(nameOf(row), sealed);
    try {
      await this.#keep(row, sealed, error, isTold);
    } catch {
      // The caller gets the refusal, which matters more; the next one tries to keep it again.
    }
  }

  async #keep(
    row: ConnectionRow,
    sealed: string,
    error: AuthError,
    isTold: boolean,
  ): Promise<void> {
    const { store, clock, emit } = await this.#environment();
    const { connector, id } = row;
    for (;;) {
      const before = await store.getConnection({ connector, id });
      // Others were faster: with the news, or with new credentials.
      if (before?.sealed !== sealed || isRefused(before.status)) return;
      const status = nextStatus(before.status, 'refuse');
      const after = { ...before, status, updatedAt: clock.now() };
      const version = before.version + 1;
      const params = { row: { ...after, version }, expectedVersion: before.version };
      if (!(await store.updateConnection(params))) continue;
      const about = { connector, connection: id, tags: before.tags, error: toErrorInfo(error) };
      if (!isTold) {
        const answered = error.context['status'];
        const told = typeof answered === 'number' ? answered : null;
        emit({ type: 'auth.refused', ...about, status: told });
      }
      emit({ type: 'connection.needs_reauth', ...about });
      return;
    }
  }
}

/** The error for a connection whose credentials the API has refused. */
export function needsReauth({ connector, id }: ConnectionRow): AuthError {
  return new AuthError(
    `${connector}/${id} needs new credentials: the API refused the present ones. Give them with connections.update()`,
    { context: { connector, connection: id } },
  );
}

function nameOf({ connector, id }: ConnectionRow): string {
  return `${connector}\n${id}`;
}
