import { ConfigError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import type { AnyDefinition, AnyStream, Connector } from '../connector/connector.js';

/** The connectors that a syncer knows. */
export class Registry {
  readonly #definitions = new Map<string, AnyDefinition>();

  /** @throws {ConfigError} when two connectors have one name */
  constructor(connectors: readonly Pick<Connector, 'name' | 'definition'>[]) {
    const given: unknown = connectors;
    if (!Array.isArray(given) || !given.every(isConnector)) {
      throw new ConfigError('connectors: expected a list of what defineConnector() returned');
    }
    for (const { name, definition } of connectors) {
      if (this.#definitions.has(name)) {
        throw new ConfigError(
          `connectors: two are named '${name}'; the name is how the store tells them apart`,
          { context: { connector: name } },
        );
      }
      this.#definitions.set(name, definition);
    }
  }

  definitions(): readonly AnyDefinition[] {
    return [...this.#definitions.values()];
  }

  /** @throws {ConfigError} when the syncer was not created with it */
  definition(name: string): AnyDefinition {
    const definition = this.#definitions.get(name);
    if (definition) return definition;
    const known = [...this.#definitions.keys()].join(', ');
    throw new ConfigError(
      `connector '${name}' is not registered; pass it to createSyncer({ connectors }), which has: ${known || 'none'}`,
      { context: { connector: name } },
    );
  }

  /** @throws {ConfigError} when the connector has no such stream */
  stream(connector: string, name: string): AnyStream {
    const { streams } = this.definition(connector);
    const stream = Object.hasOwn(streams, name) ? streams[name] : undefined;
    if (stream) return stream;
    throw new ConfigError(
      `connector '${connector}' has no stream '${name}'; it has: ${Object.keys(streams).join(', ')}`,
      { context: { connector, stream: name } },
    );
  }
}

function isConnector(given: unknown): boolean {
  return isObject(given) && typeof given['name'] === 'string' && isObject(given['definition']);
}
