import { AuthError } from '../core/errors.js';
import type { Auth, AuthRequest } from '../connector/auth.js';
import type { HttpTarget } from '../engine/environment.js';
import type { CredentialSource } from '../http/reauthorise.js';
import type { CredentialRenewal, OpenedCredentials } from './credential-renewal.js';
import type { CredentialSafe } from './credential-safe.js';

/** The credentials that one client uses: opened at its first request, replaced when the API has refused them and there are others. */
export class ConnectionCredentials implements CredentialSource {
  readonly #target: HttpTarget;
  readonly #auth: Auth<unknown>;
  readonly #renewal: CredentialRenewal;
  #opening: Promise<OpenedCredentials> | undefined;
  /** What `#opening` has come to: what is sent with them then waits for nothing. */
  #opened: OpenedCredentials | undefined;
  readonly #open: () => Promise<OpenedCredentials>;
  #generation = 0;
  #sealed: string | null;

  constructor(
    target: HttpTarget,
    auth: Auth<unknown>,
    safe: CredentialSafe,
    renewal: CredentialRenewal,
  ) {
    this.#target = target;
    this.#sealed = target.connection.sealed;
    this.#auth = auth;
    this.#renewal = renewal;
    this.#open = async () => ({
      sealed: target.connection.sealed,
      credentials: await safe.open(target.connector, target.connection),
    });
  }

  /** As they are stored. */
  get sealed(): string | null {
    return this.#sealed;
  }

  get generation(): number {
    return this.#generation;
  }

  /** A promise only where something has to be waited for. @throws {AuthError} when there are none */
  apply(request: AuthRequest): void | Promise<void> {
    return this.#opened ? this.#applied(request, this.#opened) : this.#applyFirst(request);
  }

  async #applyFirst(request: AuthRequest): Promise<void> {
    const opened = await (this.#opening ??= this.#open());
    // Renewed ones may have come meanwhile.
    this.#opened ??= opened;
    await this.#applied(request, this.#opened);
  }

  #applied(request: AuthRequest, { credentials }: OpenedCredentials): void | Promise<void> {
    if (credentials === undefined) throw this.#missing();
    const { config, account, connection } = this.#target;
    const { id, tags } = connection;
    return this.#auth.apply(request, { credentials, config, account, connection: { id, tags } });
  }

  async renew(refused: number): Promise<boolean> {
    if (refused !== this.#generation) return true;
    const { sealed } = await (this.#opening ??= this.#open());
    const renewed = await this.#renewal.renew(this.#target, sealed);
    if (!renewed || renewed.sealed === sealed) return refused !== this.#generation;
    if (refused === this.#generation) {
      this.#opening = Promise.resolve(renewed);
      this.#opened = renewed;
      this.#sealed = renewed.sealed;
      this.#generation += 1;
    }
    return true;
  }

  #missing(): AuthError {
    const { connector, connection } = this.#target;
    return new AuthError(
      `${connector.name}/${connection.id} has no credentials, and the connector needs them (${this.#auth.kind}): give them with connections.update()`,
      { context: { connector: connector.name, connection: connection.id } },
    );
  }
}
