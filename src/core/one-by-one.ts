/** A list whose items may be made when they are taken. */
export interface Batch<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/** What is made of each entry, when it is taken: a list of them all would be much for the garbage collector to carry about. */
export function madeOf<Entry extends object, T>(
  entries: readonly Entry[],
  make: (entry: Entry) => T,
): Batch<T> {
  return {
    length: entries.length,
    at(index) {
      const entry = entries[index];
      return entry && make(entry);
    },
  };
}

/** The items of batches as lists, without those that are empty. */
export async function* lists<T>(
  batches: AsyncIterable<Batch<T>>,
): AsyncGenerator<readonly T[], void, undefined> {
  for await (const batch of batches) {
    const list: T[] = [];
    for (let index = 0; index < batch.length; index++) list.push(batch.at(index) as T);
    if (list.length > 0) yield list;
  }
}

/**
 * The items of batches, one by one. As a generator's `yield*` does, but without its five promises for each item: those that are there already
 * cost one.
 */
export class OneByOne<T> implements AsyncGenerator<T, void, undefined> {
  readonly #batches: AsyncGenerator<Batch<T>, void, undefined>;
  #batch: Batch<T> = [];
  #next = 0;
  /** Calls that wait for a batch, and the last of them: each gets its item in turn. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(batches: AsyncGenerator<Batch<T>, void, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting > 0 || this.#next >= this.#batch.length)
      return this.#inTurn(() => this.#fetch());
    try {
      return Promise.resolve(this.#take());
    } catch (error) {
      return this.throw(error);
    }
  }

  return(): Promise<IteratorResult<T, void>> {
    return this.#inTurn(async () => {
      this.#batch = [];
      await this.#batches.return();
      return { value: undefined, done: true };
    });
  }

  throw(error: unknown): Promise<IteratorResult<T, void>> {
    return this.#inTurn(async () => {
      this.#batch = [];
      await this.#batches.throw(error);
      return { value: undefined, done: true };
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): IteratorResult<T, void> {
    return { value: this.#batch.at(this.#next++) as T, done: false };
  }

  async #fetch(): Promise<IteratorResult<T, void>> {
    while (this.#next >= this.#batch.length) {
      const { value, done } = await this.#batches.next();
      if (done === true) return { value: undefined, done: true };
      this.#batch = value;
      this.#next = 0;
    }
    try {
      return this.#take();
    } catch (error) {
      this.#batch = [];
      await this.#batches.throw(error);
      throw error;
    }
  }

  async #inTurn<R>(work: () => Promise<R>): Promise<R> {
    this.#waiting += 1;
    const before = this.#last;
    const mine = before.then(work, work);
    this.#last = mine;
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}
