import { isDeepStrictEqual } from 'node:util';
import type { Change, StreamHandle } from 'syncline';
import { contentOf, type Item } from '../world/connector.js';
import type { StreamSpec } from '../world/stream-spec.js';
import { must } from './violation.js';

/** A reader of a stream's changes, with what it has made of them. */
class Replica {
  readonly name: string;
  readonly items = new Map<string, Item>();
  after = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** I6: whoever follows the feed has exactly what is stored, and nothing is told that did not happen. */
export class FeedCheck {
  readonly #stream: StreamHandle<Item>;
  readonly #spec: StreamSpec;
  /** Follows every commit. */
  readonly #close = new Replica('the close reader');
  /** Look only now and then. */
  readonly #lazy = [new Replica('lazy reader 1'), new Replica('lazy reader 2')];
  /** What each number was shown with. */
  readonly #shown = new Map<number, string>();
  #head = 0;

  constructor(stream: StreamHandle<Item>, spec: StreamSpec) {
    this.#stream = stream;
    this.#spec = spec;
  }

  /** After each commit. @param seq the store's highest number before it */
  async check(seq: number, looks: () => boolean): Promise<void> {
    const live = await this.#live();
    await this.#read(this.#close, live, (change) => {
      this.#checkNews(change, seq);
    });
    for (const reader of this.#lazy) if (looks()) await this.#read(reader, live, () => undefined);
    await this.#readFromStart(live);
  }

  async #read(
    reader: Replica,
    live: ReadonlyMap<string, Item>,
    inspect: (change: Change<Item>) => void,
  ): Promise<void> {
    const { after, name, items } = reader;
    for await (const change of this.#stream.changes({ after })) {
      inspect(change);
      const { seq, kind, key, record } = change;
      must(seq > reader.after, 'I6', () => `${name} got ${seq} after ${reader.after}`);
      this.#checkShown(change);
      // It keeps the number of the last change that it was shown; one that was born and died after that is not shown until it reads on.
      must(kind !== 'update' || items.has(key), 'I6', () => {
        return `${name}, who read up to ${after}, got ${kind} ${seq} of ${key}, which it does not have`;
      });
      if (kind === 'delete') items.delete(key);
      else items.set(key, record);
      reader.after = seq;
    }
    must(isDeepStrictEqual(this.#contents(items), this.#contents(live)), 'I6', () => {
      return `${name} read on from ${after}, and has ${show(items)} instead of ${show(live)}`;
    });
  }

  /** Who reads from the start sees inserts only, of what is there. */
  async #readFromStart(live: ReadonlyMap<string, Item>): Promise<void> {
    if (this.#head % 5 !== 0) return;
    const { history = false } = this.#spec;
    await this.#read(new Replica('a new reader'), live, ({ kind, key, seq }) => {
      must(history || kind === 'insert', 'I6', () => `a new reader got ${kind} ${seq} of ${key}`);
    });
  }

  #checkNews({ seq, kind, key, record }: Change<Item>, head: number): void {
    this.#head = seq;
    const known = this.#close.items.get(key);
    must(seq > head, 'I6', () => `${seq} is new, but ${head} had been given out before`);
    must((kind === 'insert') === (known === undefined), 'I6', () => {
      return `${kind} ${seq} of ${key}, which was ${known ? '' : 'not '}there before`;
    });
    const isSame = known !== undefined && this.#isSame(known, record);
    must(kind === 'delete' || !isSame, 'I6', () => {
      return `${kind} ${seq} of ${key} tells what was known: ${JSON.stringify(record)}`;
    });
  }

  #checkShown({ seq, key, record, kind }: Change<Item>): void {
    const content = JSON.stringify([key, kind === 'delete', contentOf(this.#spec, record)]);
    const before = this.#shown.get(seq) ?? content;
    must(before === content, 'I6', () => `${seq} was ${before}, and is ${content} now`);
    this.#shown.set(seq, content);
  }

  #isSame(a: Item, b: Item): boolean {
    return isDeepStrictEqual(contentOf(this.#spec, a), contentOf(this.#spec, b));
  }

  /** What differs in other fields alone is no change: readers are not told of it. */
  #contents(items: ReadonlyMap<string, Item>): ReadonlyMap<string, object> {
    if (this.#spec.volatile !== true) return items;
    return new Map([...items].map(([key, item]) => [key, contentOf(this.#spec, item)]));
  }

  async #live(): Promise<ReadonlyMap<string, Item>> {
    const live = new Map<string, Item>();
    for await (const item of this.#stream.records()) live.set(item.id, item);
    return live;
  }
}

function show(items: ReadonlyMap<string, Item>): string {
  return [...items.values()].map(({ id, rev }) => `${id}@${rev}`).join(' ') || 'nothing';
}
