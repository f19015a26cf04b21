import { ValidationError } from '../core/errors.js';
import type { InvalidPolicy } from '../connector/stream.js';

/** So many records are read before a share is judged in mid-run: one bad record among the first three says little. */
const ENOUGH = 100;

/** Watches the share of invalid records in a run, for `invalid: { maxRatio }`. */
export class InvalidShare {
  readonly #maxRatio: number | undefined;
  readonly #where: string;
  #read = 0;
  #rejected = 0;

  constructor(policy: InvalidPolicy | undefined, where: string) {
    this.#maxRatio = typeof policy === 'object' ? policy.maxRatio : undefined;
    this.#where = where;
  }

  /** Takes in a committed page. @throws {ValidationError} when the share is over the limit and enough was read to say so */
  observe(read: number, rejected: number): void {
    this.#read += read;
    this.#rejected += rejected;
    if (this.#read >= ENOUGH) this.check();
  }

  /** @throws {ValidationError} when the share of all that was read is over the limit */
  check(): void {
    if (this.#maxRatio === undefined || this.#rejected <= this.#maxRatio * this.#read) return;
    throw new ValidationError(
      `${this.#where}: ${this.#rejected} of ${this.#read} records do not satisfy the schema, more than invalid.maxRatio ${this.#maxRatio} allows. ` +
        'They are kept in rejected(), with their reasons; correct the schema, or allow more',
    );
  }
}
