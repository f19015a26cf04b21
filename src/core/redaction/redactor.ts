import { Patterns } from './patterns.js';
import { MASK } from './secret-fields.js';
import { MIN_LENGTH, secretForms } from './secret-forms.js';
import { SecretIndex, type Span } from './secret-index.js';
import { unescaped } from './unescaped.js';

/** So many connections' secrets are remembered, those used last: memory does not grow with the number of connections. */
const MAX_OWNERS = 2_000;
/**
 * So many secrets of one connection, the latest: those that are made for each request (signatures) go out again. What is learned at once,
 * as all of a connection's credentials are, is remembered as a whole.
 */
const MAX_SECRETS = 20;
/** A text may be escaped more than once: an address in a parameter of an address, JSON in JSON. */
const MAX_ESCAPES = 3;
/** Escaping makes a character at most so many times as long. */
const MAX_GROWTH = 6;

/**
 * Knows what is secret, and takes it out of all that leaves: events, logs, traffic, errors. Secrets of fewer than eight characters are left.
 *
 * @example redactor.learn('github/acme', [token]); redactor.redact(`no such token: ${token}`); // 'no such token: [redacted]'
 */
export class Redactor {
  readonly #index = new SecretIndex();
  readonly #patterns: Patterns;
  readonly #owners = new Map<string, Set<string>>();

  /** @throws {ConfigError} when a pattern is neither a RegExp nor a text that is not empty */
  constructor(patterns: readonly (RegExp | string)[] = []) {
    this.#patterns = new Patterns(patterns);
  }

  /** Whether nothing is secret: every text stays as it is. */
  get isIdle(): boolean {
    return this.#index.isEmpty && this.#patterns.isEmpty;
  }

  /** Remembers secrets for as long as their owner is among those who were heard of last. */
  learn(owner: string, secrets: Iterable<string>): void {
    const known = this.#owners.get(owner) ?? new Set<string>();
    this.#owners.delete(owner);
    this.#owners.set(owner, known);
    this.#add(known, new Set(secrets));
    if (this.#owners.size <= MAX_OWNERS) return;
    for (const [oldest, forgotten] of this.#owners) {
      this.#owners.delete(oldest);
      for (const secret of forgotten) this.#forget(secret);
      return;
    }
  }

  /** Whether this is one of the owner's secrets. Those of fewer than eight characters are not known again. */
  knows(owner: string, text: string): boolean {
    return text.length >= MIN_LENGTH && (this.#owners.get(owner)?.has(text) ?? false);
  }

  /**
   * The text with every secret masked: as it is, base64- and URL-encoded, escaped for JSON or HTML, and what the app's patterns match.
   *
   * @param max keeps so many characters of it; a secret that is cut by that is masked
   */
  redact(text: string, max = Infinity): string {
    if (this.isIdle) return text.length > max ? text.slice(0, max) : text;
    const far = max + MAX_GROWTH * (this.#index.longest + 1);
    const look = text.length > far ? text.slice(0, far) : text;
    return masked(look, this.#find(look), max);
  }

  #find(text: string): Span[] {
    const spans = this.#index.find(text);
    if (!this.#index.isEmpty) this.#findEscaped(text, spans);
    if (!this.#patterns.isEmpty) spans.push(...this.#patterns.find(text));
    return spans;
  }

  #findEscaped(text: string, spans: Span[]): void {
    let origin = (index: number): number => index;
    let written = text;
    for (let times = 0; times < MAX_ESCAPES; times++) {
      const view = unescaped(written);
      if (view === undefined) return;
      const outer = origin;
      origin = (index) => outer(view.starts[index] ?? written.length);
      for (const { start, end } of this.#index.find(view.text)) {
        spans.push({ start: origin(start), end: origin(end) });
      }
      written = view.text;
    }
  }

  #add(known: Set<string>, secrets: ReadonlySet<string>): void {
    for (const secret of secrets) {
      // Those used last are at the end.
      const isKnown = known.delete(secret);
      known.add(secret);
      if (isKnown) continue;
      for (const form of secretForms(secret)) this.#index.add(form);
    }
    for (const oldest of known) {
      if (known.size <= Math.max(MAX_SECRETS, secrets.size)) return;
      known.delete(oldest);
      this.#forget(oldest);
    }
  }

  #forget(secret: string): void {
    for (const form of secretForms(secret)) this.#index.remove(form);
  }
}

function masked(text: string, spans: Span[], max: number): string {
  if (spans.length === 0) return text.length > max ? text.slice(0, max) : text;
  spans.sort((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  for (const { start, end } of spans) {
    if (end <= at || end === start) continue;
    if (start >= max) break;
    // Stretches that touch are one.
    if (start > at || at === 0) result += `${text.slice(at, Math.max(start, at))}${MASK}`;
    at = end;
  }
  return at >= max ? result : result + text.slice(at, max);
}
