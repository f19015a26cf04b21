import { sameItems } from './offset.js';
import { textHash } from './text-hash.js';

/** More empty pages in a row than any sparse list has. */
const MAX_EMPTY_PAGES = 1_000;
/** Requests that are remembered exactly; longer circles are found by the checkpoints. */
const REMEMBERED = 1_000;
/** Other requests may come upon the same items while a list moves, but hardly twice running. */
const MAX_SAME = 2;

/** What is wrong with a list, in words for its error. */
export type Repeat = { readonly happened: string; readonly todo: string } | undefined;

/** Sees that a list ends: bounded memory, whatever its length. */
export class RepeatWatch {
  readonly #recent = new Set<string>();
  #previous: string | undefined;
  // Brent's algorithm: a checkpoint at each power of two meets every circle.
  #checkpoint: string | undefined;
  #steps = 0;
  #power = 1;
  #isAgain = false;
  #items: readonly unknown[] = [];
  #same = 0;
  #empty = 0;

  /** Before a request is sent. `mayAskAgain`: the same request may have a new answer. */
  ask(request: string, mayAskAgain: boolean): Repeat {
    const key = textHash(request);
    this.#isAgain = key === this.#previous;
    const isKnown = this.#recent.has(key) || key === this.#checkpoint;
    this.#remember(key);
    if (!isKnown || (this.#isAgain && mayAskAgain)) return undefined;
    return {
      happened: 'leads back to a page that was read before',
      todo: 'The list would never end: check the pagination, or leave it to a function.',
    };
  }

  /** After its page has come. `watchesItems` is false for styles that tell by themselves whether a page is the same one. */
  came(items: readonly unknown[], watchesItems: boolean): Repeat {
    const isSame = watchesItems && sameItems(items, this.#items);
    this.#items = items;
    this.#empty = items.length === 0 ? this.#empty + 1 : 0;
    this.#same = isSame && items.length > 0 ? this.#same + 1 : 0;
    if ((this.#isAgain && isSame) || this.#same >= MAX_SAME) {
      return {
        happened: 'repeats its page',
        todo: 'The API takes no notice of what the next page is asked with: check the names of the parameters and where they go. Where it repeats its last page, name the field that says so: more, pages or total.',
      };
    }
    if (this.#empty < MAX_EMPTY_PAGES) return undefined;
    return {
      happened: `answered ${MAX_EMPTY_PAGES} empty pages in a row, and always names another one`,
      todo: "The list never ends: name the field that says so in 'more', or leave it to a function.",
    };
  }

  #remember(key: string): void {
    this.#previous = key;
    this.#recent.add(key);
    if (this.#recent.size > REMEMBERED) {
      for (const oldest of this.#recent) {
        this.#recent.delete(oldest);
        break;
      }
    }
    if (++this.#steps < this.#power) return;
    this.#checkpoint = key;
    this.#steps = 0;
    this.#power *= 2;
  }
}
