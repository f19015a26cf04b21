import type { FakeAnswer, FakeList } from 'syncline/testing';

/** What an API says of what is gone, asked for it or not: a feed of deletions, and whether keys are missing. */
export class DeletionLog {
  readonly #lists: readonly FakeList[];
  readonly #isDated: boolean;
  readonly #now: () => number;
  /** When each key was last named. */
  readonly #named = new Map<string, number>();
  #epoch = 0;

  constructor(lists: readonly FakeList[], isDated: boolean, now: () => number) {
    this.#lists = lists;
    this.#isDated = isDated;
    this.#now = now;
  }

  /** The feed's tokens that were handed out are refused from now on. */
  expire(): void {
    this.#epoch += 1;
  }

  /** Whether the API has said since an instant that a key is gone. */
  hasNamed(key: string, since: number): boolean {
    return (this.#named.get(key) ?? -Infinity) >= since;
  }

  /** What is gone since a token and has not come back; without a token only the first one. */
  feed(params: URLSearchParams): FakeAnswer {
    const [epoch, since = Infinity] = (params.get('token') ?? `${this.#epoch}`)
      .split('.')
      .map(Number);
    if (epoch !== this.#epoch) return { status: 410, body: { error: 'this token has expired' } };
    const token = `${this.#epoch}.${this.#now()}`;
    const deletes = this.#lists.flatMap((list) =>
      list
        .visible()
        .filter(({ removed, visibleAt }) => removed && visibleAt >= since)
        .map(({ key, sortBy }) => {
          this.#named.set(key, this.#now());
          const at = sortBy === null ? null : list.stamps.write(sortBy);
          return this.#isDated ? { key, at } : key;
        }),
    );
    return { status: 200, body: { deletes, token } };
  }

  /** Which of some keys are gone. */
  missing(params: URLSearchParams): FakeAnswer {
    const there = new Set(
      this.#lists
        .flatMap((list) => list.visible())
        .filter(({ removed }) => !removed)
        .map(({ key }) => key),
    );
    const body = params.getAll('keys').filter((key) => !there.has(key));
    for (const key of body) this.#named.set(key, this.#now());
    return { status: 200, body };
  }
}
