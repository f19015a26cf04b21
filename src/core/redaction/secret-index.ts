/** A stretch of a text, from its first character to the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How many characters are looked at together; no form of a secret is shorter. */
const WINDOW = 8;
const BASE = 0x01_00_01_93;
const FILTER_BITS = 16;

/**
 * Finds any of very many texts in one pass over another text, whose cost does not depend on how many there are: a rolling hash over eight
 * characters (Rabin and Karp, "Efficient randomized pattern-matching algorithms", 1987), and a comparison where it is known.
 */
export class SecretIndex {
  readonly #byHash = new Map<number, readonly string[]>();
  /** How many have added a form. */
  readonly #uses = new Map<string, number>();
  /** Whether a hash that ends so may be known: spares nearly all look-ups. Never unset, a stale one costs a look-up. */
  readonly #filter = new Uint8Array(2 ** FILTER_BITS);
  #longest = 0;

  /** Characters of the longest text that was ever added. */
  get longest(): number {
    return this.#longest;
  }

  get isEmpty(): boolean {
    return this.#uses.size === 0;
  }

  /** @param form eight characters or more */
  add(form: string): void {
    const uses = this.#uses.get(form) ?? 0;
    this.#uses.set(form, uses + 1);
    if (uses > 0) return;
    const hash = hashOf(form);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), form]);
    this.#filter[hash >>> (32 - FILTER_BITS)] = 1;
    this.#longest = Math.max(this.#longest, form.length);
  }

  /** Undoes one adding. */
  remove(form: string): void {
    const uses = this.#uses.get(form) ?? 0;
    if (uses > 1) {
      this.#uses.set(form, uses - 1);
      return;
    }
    this.#uses.delete(form);
    const hash = hashOf(form);
    const others = (this.#byHash.get(hash) ?? []).filter((other) => other !== form);
    if (others.length > 0) this.#byHash.set(hash, others);
    else this.#byHash.delete(hash);
  }

  /** Where the texts occur; the stretches may overlap. */
  find(text: string): Span[] {
    const spans: Span[] = [];
    if (text.length < WINDOW || this.isEmpty) return spans;
    let hash = hashOf(text);
    for (let start = 0; ; start++) {
      if (this.#filter[hash >>> (32 - FILTER_BITS)] === 1) {
        for (const form of this.#byHash.get(hash) ?? []) {
          if (text.startsWith(form, start)) spans.push({ start, end: start + form.length });
        }
      }
      const next = start + WINDOW;
      if (next >= text.length) return spans;
      hash =
        (Math.imul(hash - Math.imul(text.charCodeAt(start), HIGHEST), BASE) +
          text.charCodeAt(next)) >>>
        0;
    }
  }
}

/** BASE to the power of WINDOW - 1: the weight of the character that leaves. */
const HIGHEST = Array.from({ length: WINDOW - 1 }).reduce<number>(
  (power) => Math.imul(power, BASE),
  1,
);

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < WINDOW; i++) hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) >>> 0;
  return hash;
}
