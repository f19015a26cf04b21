import { createSealer } from '../auth/seal.js';
import { ConfigError } from '../core/errors.js';
import type { AnyDefinition } from '../connector/connector.js';
import type { ConnectionRow } from '../storage/connections.js';

type Owner = Pick<ConnectionRow, 'connector' | 'id'>;

/** Checks, seals and opens connections' credentials. */
export class CredentialSafe {
  readonly #sealer: ReturnType<typeof createSealer> | undefined;

  constructor(keys: readonly string[]) {
    this.#sealer = keys.length > 0 ? createSealer(keys) : undefined;
  }

  /**
   * Credentials as they are stored; null where there are none.
   *
   * @throws {ConfigError} when they are not what the connector's `auth` needs, or when there is no key to seal them with
   */
  seal(definition: AnyDefinition, owner: Owner, credentials: unknown): string | null {
    if (!definition.auth) {
      if (credentials === undefined) return null;
      throw new ConfigError(
        `${owner.connector}/${owner.id}: credentials were given, but the connector declares no 'auth' that would use them`,
        { context: { ...owner } },
      );
    }
    const parsed = definition.auth.parse(credentials);
    if (!this.#sealer) throw noKey(owner);
    return this.#sealer.seal(owner, JSON.stringify(parsed));
  }

  /** @throws {AuthError} when no key opens them; {@link ConfigError} when there is no key at all */
  open(definition: AnyDefinition, row: ConnectionRow): unknown {
    if (row.sealed === null || !definition.auth) return undefined;
    if (!this.#sealer) throw noKey(row);
    return definition.auth.parse(JSON.parse(this.#sealer.open(row, row.sealed)));
  }
}

function noKey({ connector, id }: Owner): ConfigError {
  return new ConfigError(
    `${connector}/${id}: credentials are only kept sealed, and there is no key: pass encryptionKey to createSyncer(), for example from an environment variable`,
    { context: { connector, connection: id } },
  );
}
