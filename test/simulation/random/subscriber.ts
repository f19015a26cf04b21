import { isDeepStrictEqual } from 'node:util';
import { must } from '../checks/violation.js';
import { contentOf, type Item } from '../world/connector.js';
import type { StreamSpec } from '../world/stream-spec.js';
import type { App } from '../world/world.js';

/** An app's own copy of a stream, kept by a durable consumer. */
export class Subscriber {
  readonly #spec: StreamSpec;
  readonly #stream: string;
  readonly #items = new Map<string, object>();

  constructor(spec: StreamSpec) {
    this.#spec = spec;
    this.#stream = spec.name;
  }

  async subscribe({ syncer, connector }: App): Promise<void> {
    await syncer.consume(
      `copy of ${this.#stream}`,
      { connector, stream: this.#stream },
      (changes) => {
        for (const { connection, key, kind, record } of changes) {
          if (kind === 'delete') this.#items.delete(`${connection}/${key}`);
          else this.#items.set(`${connection}/${key}`, contentOf(this.#spec, record as Item));
        }
      },
    );
  }

  async mustAgree(app: App, connections: readonly string[]): Promise<void> {
    const stored = new Map<string, object>();
    for (const connection of connections) {
      for await (const item of app.stream(connection, this.#stream).records()) {
        stored.set(`${connection}/${item.id}`, contentOf(this.#spec, item));
      }
    }
    must(isDeepStrictEqual(this.#items, stored), 'I6', () => {
      return `the copy of ${this.#stream} has ${this.#items.size} records instead of ${stored.size}`;
    });
  }
}
