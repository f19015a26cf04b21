import { isDeepStrictEqual } from 'node:util';
import { must } from '../checks/violation.js';
import type { Item } from '../world/connector.js';
import type { App } from '../world/world.js';

/** An app's own copy of a stream, kept by a durable consumer. */
export class Subscriber {
  readonly #stream: string;
  readonly #items = new Map<string, Item>();

  constructor(stream: string) {
    this.#stream = stream;
  }

  async subscribe({ syncer, connector }: App): Promise<void> {
    await syncer.consume(
      `copy of ${this.#stream}`,
      { connector, stream: this.#stream },
      (changes) => {
        for (const { connection, key, kind, record } of changes) {
          if (kind === 'delete') this.#items.delete(`${connection}/${key}`);
          else this.#items.set(`${connection}/${key}`, record as Item);
        }
      },
    );
  }

  async mustAgree(app: App, connections: readonly string[]): Promise<void> {
    const stored = new Map<string, Item>();
    for (const connection of connections) {
      for await (const item of app.stream(connection, this.#stream).records()) {
        stored.set(`${connection}/${item.id}`, item);
      }
    }
    must(isDeepStrictEqual(this.#items, stored), 'I6', () => {
      return `the copy of ${this.#stream} has ${this.#items.size} records instead of ${stored.size}`;
    });
  }
}
