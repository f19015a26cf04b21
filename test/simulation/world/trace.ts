import { createHash } from 'node:crypto';

/** How many lines a failure shows; `SIM_TRACE=100000` for all. */
const KEPT = Number(process.env['SIM_TRACE'] ?? 60);

/** What happened in a world: the end of it for a failure's message, all of it as a fingerprint. */
export class Trace {
  readonly #hash = createHash('sha256');
  #last: string[] = [];
  #lines = 0;

  add(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#lines += 1;
    this.#last.push(line);
    if (this.#last.length > 2 * KEPT) this.#last = this.#last.slice(-KEPT);
  }

  /** The same for two worlds in which the same happened. May be asked once. */
  fingerprint(): string {
    return `${this.#lines}:${this.#hash.digest('hex')}`;
  }

  toString(): string {
    return this.#last.slice(-KEPT).join('\n');
  }
}
