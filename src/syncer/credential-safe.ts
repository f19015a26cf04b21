import type { KeyProvider } from '../auth/key-provider.js';
import { createSealer, type Sealer } from '../auth/seal.js';
import { ConfigError } from '../core/errors.js';
import type { Redactor } from '../core/redaction/redactor.js';
import { secretsIn } from '../core/redaction/secret-forms.js';
import type { AnyDefinition } from '../connector/connector.js';
import type { ConnectionRow } from '../storage/connections.js';

type Owner = Pick<ConnectionRow, 'connector' | 'id'>;

/** Checks, seals and opens connections' credentials. Whatever passes through here is redacted from then on. */
export class CredentialSafe {
  readonly #sealer: Sealer | undefined;
  readonly #redactor: Redactor;

  constructor(keys: KeyProvider | undefined, redactor: Redactor) {
    this.#sealer = keys && createSealer(keys);
    this.#redactor = redactor;
  }

  /**
   * Credentials as they are stored; null where there are none.
   *
   * @throws {ConfigError} when they are not what the connector's `auth` needs, or when there is no key to seal them with
   */
  async seal(
    definition: AnyDefinition,
    owner: Owner,
    credentials: unknown,
  ): Promise<string | null> {
    if (!definition.auth) {
      if (credentials === undefined) return null;
      throw new ConfigError(
        `${owner.connector}/${owner.id}: credentials were given, but the connector declares no 'auth' that would use them`,
        { context: { connector: owner.connector, connection: owner.id } },
      );
    }
    this.#learn(owner, credentials);
    const parsed = await definition.auth.parse(credentials);
    if (!this.#sealer) throw noKey(owner);
    return this.#sealer.seal(keyOwner(owner), JSON.stringify(parsed));
  }

  /** @throws {AuthError} when no key opens them; {@link ConfigError} when there is no key at all */
  async open(definition: AnyDefinition, row: ConnectionRow): Promise<unknown> {
    if (row.sealed === null || !definition.auth) return undefined;
    if (!this.#sealer) throw noKey(row);
    const credentials: unknown = JSON.parse(await this.#sealer.open(keyOwner(row), row.sealed));
    this.#learn(row, credentials);
    return definition.auth.parse(credentials);
  }

  /** The id of the key to seal them with anew, when another key has sealed them. */
  outdated({ sealed }: ConnectionRow): string | undefined {
    return sealed !== null && this.#sealer?.isOutdated(sealed) === true
      ? this.#sealer.keyId()
      : undefined;
  }

  #learn({ connector, id }: Owner, credentials: unknown): void {
    this.#redactor.learn(`${connector}/${id}`, secretsIn(credentials));
  }
}

function keyOwner({ connector, id }: Owner): {
  readonly connector: string;
  readonly connection: string;
} {
  return { connector, connection: id };
}

function noKey({ connector, id }: Owner): ConfigError {
  return new ConfigError(
    `${connector}/${id}: credentials are only kept sealed, and there is no key: pass encryptionKey to createSyncer(), for example from an environment variable (openssl rand -hex 32 makes one), or keys, a KeyProvider`,
    { context: { connector, connection: id } },
  );
}
