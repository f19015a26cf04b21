import type { Clock, JsonObject, JsonValue } from '../index.js';
import { type StampKind, type Stamps, stampsOf } from './stamp.js';

/** How a fake list hands out its pages; see {@link FakeListOptions.paging} for what each one looks like. */
export type FakePaging = 'link' | 'next' | 'cursor' | 'offset' | 'page';

export interface FakeListOptions {
  /** The field that identifies a record. Default `'id'`. */
  readonly key?: string;
  /** The field that says when a record was changed; the list sets it. Default `'updated_at'`. */
  readonly stamp?: string;
  /** Default `'iso'`: `2026-01-01T00:00:00.000Z`. */
  readonly stamps?: StampKind;
  /** `'ascending'` (default): by stamp, then by key. `'key'`: by key alone. */
  readonly order?: 'ascending' | 'key';
  /**
   * - `'link'` (default): the body is the list, the next page is in the `Link` header.
   * - `'next'`: `{ items, next }` with an address or null.
   * - `'cursor'`: `{ items, next_cursor }` with a token for the parameter `cursor`, or null.
   * - `'offset'`: `{ items, total }`, parameters `offset` and `limit`.
   * - `'page'`: the body is the list, parameters `page` (from 1) and `limit`.
   */
  readonly paging?: FakePaging;
  /** The most that a page holds, whatever `limit` asks for. Default 100. */
  readonly pageSize?: number;
  /** Removed records stay in the list as `{ id, updated_at, deleted: true }`. Default false: they are gone. */
  readonly tombstones?: boolean;
  /** Asked once for each item: whether it is served twice. Default: never. */
  readonly repeats?: () => boolean;
}

/** One state that a record has had. */
export interface FakeVersion {
  readonly key: string;
  /** Rises with each change of the list. */
  readonly seq: number;
  /** When it was written and when it became visible, by the test's clock. */
  readonly at: number;
  readonly visibleAt: number;
  /** What it is sorted and filtered by; null when it has no stamp. */
  readonly sortBy: number | null;
  /** What the list shows of it; undefined when it shows nothing any more. */
  readonly shown: JsonObject | undefined;
  readonly removed: boolean;
}

export interface FakeChange {
  /** Stamps the record with another instant (or number) than the present one; null: without a stamp. */
  readonly stamp?: number | null;
  /** How long it stays invisible, as on a replica that lags behind. Default 0. */
  readonly visibleAfterMs?: number;
}

/** The records of a fake API under one path, with all that became of them. */
export class FakeList {
  readonly path: string;
  readonly stamps: Stamps;
  /** May be changed at any time: an API that loses its order, or caps its pages anew. */
  options: Required<FakeListOptions>;
  readonly #clock: Clock;
  readonly #serverNow: () => number;
  readonly #versions = new Map<string, FakeVersion[]>();
  #seq = 0;

  /** Made by `fakeApi().list(…)`. */
  constructor(path: string, options: FakeListOptions, clock: Clock, serverNow: () => number) {
    this.path = path;
    this.options = {
      ...{ key: 'id', stamp: 'updated_at', stamps: 'iso', order: 'ascending', paging: 'link' },
      ...{ pageSize: 100, tombstones: false, repeats: () => false },
      ...options,
    };
    this.stamps = stampsOf(this.options.stamps);
    this.#clock = clock;
    this.#serverNow = serverNow;
  }

  /** The number of the newest change. */
  get seq(): number {
    return this.#seq;
  }

  /** Creates a record, or replaces the one of its key. Returns it as the list shows it. */
  put(record: JsonObject, change: FakeChange = {}): JsonObject {
    const key = this.#keyOf(record);
    const stamped = (stamp: JsonValue): JsonObject => ({ ...record, [this.options.stamp]: stamp });
    return this.#add(key, stamped, false, change) ?? record;
  }

  /** Removes a record. False when there is none. */
  remove(key: string | number, change: FakeChange = {}): boolean {
    const last = this.versions(key).at(-1);
    if (!last || last.removed) return false;
    const { key: name, stamp: field, tombstones } = this.options;
    const id = last.shown?.[name] ?? key;
    this.#add(
      last.key,
      (stamp) => (tombstones ? { [name]: id, [field]: stamp, deleted: true } : undefined),
      true,
      change,
    );
    return true;
  }

  /** Every state that a record has had, oldest first. */
  versions(key: string | number): readonly FakeVersion[] {
    return this.#versions.get(String(key)) ?? [];
  }

  /** What can be seen at an instant of the test's clock, default now: one version of each key, removed ones included. */
  visible(at = this.#clock.now()): readonly FakeVersion[] {
    const found: FakeVersion[] = [];
    for (const versions of this.#versions.values()) {
      const version = versions.findLast((each) => each.visibleAt <= at);
      if (version) found.push(version);
    }
    return found;
  }

  /** The records that are there now, ordered by key. */
  records(): readonly JsonObject[] {
    return this.visible()
      .filter(({ removed }) => !removed)
      .sort(byKey)
      .flatMap(({ shown }) => (shown ? [shown] : []));
  }

  /** Keys of records that are there, also of those that cannot be seen yet. */
  keys(): readonly string[] {
    return [...this.#versions.entries()]
      .filter(([, versions]) => versions.at(-1)?.removed === false)
      .map(([key]) => key);
  }

  #keyOf(record: JsonObject): string {
    const key = record[this.options.key];
    if (typeof key === 'string' || typeof key === 'number') return String(key);
    throw new Error(`a record of ${this.path} needs its key in '${this.options.key}'`);
  }

  #add(
    key: string,
    show: (stamp: JsonValue) => JsonObject | undefined,
    removed: boolean,
    { stamp, visibleAfterMs = 0 }: FakeChange,
  ): JsonObject | undefined {
    this.#seq += 1;
    const at = this.#clock.now();
    const value = stamp === undefined ? this.#stampNow() : stamp;
    const shown = show(value === null ? null : this.stamps.write(value));
    const sortBy = value === null ? null : this.stamps.sortBy(value);
    const version = {
      key,
      seq: this.#seq,
      at,
      visibleAt: at + visibleAfterMs,
      sortBy,
      shown,
      removed,
    };
    this.#versions.set(key, [...this.versions(key), version]);
    return shown;
  }

  #stampNow(): number {
    return this.stamps.isTime ? this.#serverNow() : this.#seq;
  }
}

function byKey(a: FakeVersion, b: FakeVersion): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
