import type { JsonObject } from 'syncline';
import type { Answered, Got } from '../../http/support/loopback.js';
import type { TestClock } from '../../support/clock.js';
import type { RemoteObject } from './objects.js';

const PAGE = 3;

interface Row {
  readonly id: string;
  readonly title: string;
  readonly folder: string;
  readonly at: number;
  readonly version: number;
  readonly gone: boolean;
}

interface Asked {
  readonly since?: string;
  readonly until?: string;
  readonly after?: string;
  readonly token?: string;
  readonly folder?: string;
}

/** A list of records that tells what is new and what is gone in the way of one API. Pages are cut after a place in the order. */
export class ObjectServer {
  readonly #object: RemoteObject;
  readonly #clock: TestClock;
  readonly #rows = new Map<string, Row>();
  /** Where each folder has lost a record to another one, or for good. */
  readonly #removed: {
    readonly id: string;
    readonly folder: string;
    readonly at: number;
    readonly version: number;
  }[] = [];
  readonly asked: Asked[] = [];
  #version = 0;

  constructor(object: RemoteObject, clock: TestClock) {
    this.#object = object;
    this.#clock = clock;
  }

  put(id: string, title: string, folder = 'inbox'): void {
    const before = this.#rows.get(id);
    if (before !== undefined && before.folder !== folder) this.#lose(before);
    const at = this.#clock.now();
    this.#rows.set(id, { id, title, folder, at, version: ++this.#version, gone: false });
  }

  delete(id: string): void {
    const row = this.#rows.get(id)!;
    this.#lose(row);
    const at = this.#clock.now();
    if (this.#object.gone === 'flag')
      this.#rows.set(id, { ...row, at, version: ++this.#version, gone: true });
    else this.#rows.delete(id);
  }

  truth(): readonly JsonObject[] {
    return [...this.#rows.values()].filter(({ gone }) => !gone).map((row) => this.#shown(row));
  }

  answer(got: Got): Answered {
    const asked = this.#read(got);
    if (got.url.pathname === '/gone') return this.#gone(asked);
    this.asked.push(asked);
    return got.url.pathname === '/delta' ? this.#delta(asked) : this.#list(asked);
  }

  #list({ since, until, after }: Asked): Answered {
    const { news, order } = this.#object;
    let found = [...this.#rows.values()];
    if (typeof news === 'object' && since !== undefined) {
      const { as = this.#object.stamp, rounded = 1 } = news;
      const precision = Math.max(as.precision, this.#object.stamp.precision);
      const from = floor(as.read(since), rounded);
      if (Number.isNaN(from)) return { status: 400, body: { error: `not a date: ${since}` } };
      const to = until === undefined ? Infinity : as.read(until);
      if (news.filter === 'between' && !(to >= from))
        return { status: 400, body: { error: 'between' } };
      found = found.filter(({ at }) => {
        const stamp = floor(at, precision);
        return (
          (news.filter === '>' ? stamp > from : stamp >= floor(from, precision)) && stamp <= to
        );
      });
    }
    const place = (row: Row): string =>
      order === 'none' ? row.id : `${String(order === 'asc' ? row.at : 1e15 - row.at)}~${row.id}`;
    const rest = found
      .filter((row) => after === undefined || place(row) > after)
      .sort((a, b) => (place(a) < place(b) ? -1 : 1));
    const items = rest.slice(0, PAGE);
    const last = items.at(-1);
    const next = rest.length > PAGE && last ? place(last) : null;
    return { body: { items: items.map((row) => this.#shown(row)), next } };
  }

  /** What has changed since a token, and in the last page the next one. Without a token everything that is there. */
  #delta({ token, after = '', folder }: Asked): Answered {
    const since = token === undefined ? -1 : Number(token);
    const inFolder = (row: { readonly folder: string }) =>
      folder === undefined || row.folder === folder;
    const rows = [...this.#rows.values()].filter(
      (row) => row.version > since && inFolder(row) && !row.gone,
    );
    const removed = this.#removed.filter(
      (row) => token !== undefined && row.version > since && inFolder(row),
    );
    const changes = new Map<string, JsonObject>();
    for (const { id } of removed) changes.set(id, { id, removed: true });
    for (const row of rows) changes.set(row.id, this.#shown(row));
    const rest = [...changes].filter(([id]) => id > after).sort(([a], [b]) => (a < b ? -1 : 1));
    const items = rest.slice(0, PAGE).map(([, item]) => item);
    const next = rest.length > PAGE ? rest[PAGE - 1]![0] : null;
    return { body: { items, next, ...(next === null ? { token: String(this.#version) } : {}) } };
  }

  #gone({ token }: Asked): Answered {
    const from = token === undefined ? 0 : Number(token);
    const items = this.#removed
      .slice(from)
      .map(({ id, at }) => ({ id, at: this.#object.stamp.write(at) }));
    return { body: { items, token: String(this.#removed.length) } };
  }

  #lose({ id, folder }: Row): void {
    this.#removed.push({ id, folder, at: this.#clock.now(), version: ++this.#version });
  }

  #shown({ id, title, at, gone }: Row): JsonObject {
    return { id, title, updated: this.#object.stamp.write(at), ...(gone ? { deleted: true } : {}) };
  }

  #read({ url, body, headers }: Got): Asked {
    const own = headers['if-modified-since'];
    return {
      ...Object.fromEntries(url.searchParams),
      ...(body === '' ? {} : (JSON.parse(body) as Asked)),
      ...(own === undefined ? {} : { since: own }),
    };
  }
}

function floor(ms: number, unit: number): number {
  return Math.floor(ms / unit) * unit;
}
