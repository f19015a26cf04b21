import type { JsonValue } from 'syncline';
import type { FakeAnswer, FakeApi, FakeList } from 'syncline/testing';
import { DeletionLog } from './deletion-log.js';
import { listOptions, type StreamSpec } from './stream-spec.js';

/** What one connection has of a stream at the remote: a list, or one for each of its partitions, and what the API says besides. */
export class RemoteStream {
  readonly path: string;
  readonly spec: StreamSpec;
  /** All that ever were, by partition; without partitions the only one is under the empty name. */
  readonly lists: ReadonlyMap<string, FakeList>;
  /** Partitions whose requests fail. */
  readonly broken = new Set<string>();
  readonly deletions: DeletionLog;
  readonly #now: () => number;
  readonly #listed = new Set<string>();
  /** When partitions came back last. */
  readonly #appeared = new Map<string, number>();

  constructor(
    api: FakeApi,
    path: string,
    spec: StreamSpec,
    { now, repeats }: { readonly now: () => number; readonly repeats: () => boolean },
  ) {
    this.#now = now;
    this.path = path;
    this.spec = spec;
    const names = spec.partitions?.names ?? [''];
    const pathOf = (name: string): string => (name === '' ? path : `${path}/${name}`);
    const options = listOptions(spec, repeats);
    this.lists = new Map(names.map((name) => [name, api.list(pathOf(name), options)]));
    for (const name of names) this.#listed.add(name);
    this.deletions = new DeletionLog([...this.lists.values()], spec.dated === true, now);
    api.onRequest(({ url }) => this.#answer(url.pathname.slice(1), url.searchParams));
  }

  /** The partitions that are there. */
  get listed(): readonly string[] {
    return [...this.#listed];
  }

  /** The list that a key belongs to. */
  listOf(key: string): FakeList {
    const [name = ''] = this.spec.partitions ? key.split('-') : [''];
    const list = this.lists.get(name);
    if (!list) throw new Error(`${this.path} has no list for ${key}`);
    return list;
  }

  appear(name: string): void {
    this.#listed.add(name);
    this.#appeared.set(name, this.#now());
  }

  vanish(name: string): void {
    this.#listed.delete(name);
  }

  /** Whether a partition was away at any time since an instant. */
  wasAway(name: string, since: number): boolean {
    return !this.#listed.has(name) || (this.#appeared.get(name) ?? -Infinity) >= since;
  }

  #answer(path: string, params: URLSearchParams): FakeAnswer | undefined {
    if (path === `${this.path}/partitions`) return { status: 200, body: this.#listing() };
    if (path === `${this.path}/missing`) return this.deletions.missing(params);
    if (path === `${this.path}/deletions`) return this.deletions.feed(params);
    const name = [...this.lists].find(([, { path: of }]) => path === of || path === `${of}/delta`);
    if (!name) return undefined;
    if (!this.#listed.has(name[0])) return { status: 404, body: { error: 'it has vanished' } };
    return this.broken.has(name[0]) ? { status: 500, body: { error: 'it is broken' } } : undefined;
  }

  /** `modified` counts what has become visible: it differs as soon as a reading would. */
  #listing(): JsonValue {
    const modified = (list: FakeList | undefined): number => {
      const versions = list?.visible().flatMap(({ key }) => list.versions(key)) ?? [];
      return versions.filter(({ visibleAt }) => visibleAt <= this.#now()).length;
    };
    const tells = this.spec.partitions?.modified === true;
    return this.listed.map((key) => ({
      key,
      ...(tells ? { modified: modified(this.lists.get(key)) } : {}),
    }));
  }
}
