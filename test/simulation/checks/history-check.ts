import { isDeepStrictEqual } from 'node:util';
import type { Change, StreamHandle } from 'syncline';
import { contentOf, type Item } from '../world/connector.js';
import type { StreamSpec } from '../world/stream-spec.js';
import type { Row, Update } from './mirror.js';
import { must } from './violation.js';

/** I6, with `history`: the feed has every version that was committed, no other, each with the one before. */
export class HistoryCheck {
  readonly #stream: StreamHandle<Item>;
  readonly #spec: StreamSpec;
  readonly #told: Pick<Change<Item>, 'seq' | 'kind' | 'key' | 'record' | 'previous'>[] = [];
  /** The last version of each key. */
  readonly #last = new Map<string, Row>();
  #checks = 0;

  constructor(stream: StreamHandle<Item>, spec: StreamSpec) {
    this.#stream = stream;
    this.#spec = spec;
  }

  /** After each commit, with what it has changed. */
  async check(changes: Update['changes']): Promise<void> {
    if (this.#spec.history !== true) return;
    const since = this.#told.at(-1)?.seq ?? 0;
    for (const { before, after } of changes) {
      if (before?.seq !== after.seq) this.#committed(after);
      this.#last.set(after.key, after);
    }
    await this.#compare(since);
    if (++this.#checks % 10 === 0) await this.#compare(0);
  }

  #committed(row: Row): void {
    const before = this.#last.get(row.key);
    const isInsert = before === undefined || before.deleted;
    this.#told.push({
      seq: row.seq,
      kind: row.deleted ? 'delete' : isInsert ? 'insert' : 'update',
      key: row.key,
      record: itemOf(row),
      ...(isInsert ? {} : { previous: itemOf(before) }),
    });
  }

  async #compare(after: number): Promise<void> {
    const expected = this.#told.filter(({ seq }) => seq > after).map((each) => this.#shown(each));
    const found: object[] = [];
    for await (const change of this.#stream.changes({ after })) found.push(this.#shown(change));
    must(isDeepStrictEqual(found, expected), 'I6', () => {
      return `the history after ${after} is ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
    });
  }

  #shown(change: Pick<Change<Item>, 'seq' | 'kind' | 'key' | 'record' | 'previous'>): object {
    const { seq, kind, key, record, previous } = change;
    const content = (item: Item): object => contentOf(this.#spec, item);
    return { seq, kind, key, record: content(record), previous: previous && content(previous) };
  }
}

function itemOf({ data }: Row): Item {
  return JSON.parse(data) as Item;
}
