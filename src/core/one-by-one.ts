/**
 * The items of batches, one by one. As a generator's `yield*` does, but without its five promises for each item: those that are there already
 * cost one.
 */
export class OneByOne<T> implements AsyncGenerator<T, void, undefined> {
  readonly #batches: AsyncGenerator<readonly T[], void, undefined>;
  #batch: readonly T[] = [];
  #next = 0;
  /** Calls that wait for a batch, and the last of them: each gets its item in turn. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(batches: AsyncGenerator<readonly T[], void, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<T, void>> {
    const item = this.#waiting === 0 ? this.#take() : undefined;
    return item ? Promise.resolve(item) : this.#inTurn(() => this.#fetch());
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

  #take(): IteratorResult<T, void> | undefined {
    if (this.#next >= this.#batch.length) return undefined;
    return { value: this.#batch[this.#next++] as T, done: false };
  }

  async #fetch(): Promise<IteratorResult<T, void>> {
    for (let item = this.#take(); ; item = this.#take()) {
      if (item) return item;
      const { value, done } = await this.#batches.next();
      if (done === true) return { value: undefined, done: true };
      this.#batch = value;
      this.#next = 0;
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
