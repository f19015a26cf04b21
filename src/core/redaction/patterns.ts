import { createContext, Script } from 'node:vm';
import { ConfigError } from '../errors.js';
import type { Span } from './secret-index.js';

/** How long the app's expressions may look at one text. */
const MAX_MS = 25;
/** Up to here an expression of the simple kind is at most quadratic, and takes a few milliseconds at worst. */
const QUICK_LENGTH = 2_000;
/** After so many texts that took too long an expression is not tried any more. */
const MAX_FAILURES = 5;
/** Short texts come again and again; those that are known to have nothing are not searched again. */
const MAX_KNOWN = 1_000;
const KNOWN_LENGTH = 64;

/** What the app wants redacted beside credentials. */
export class Patterns {
  readonly #texts: readonly string[];
  readonly #expressions: readonly RegExp[];
  readonly #quick: boolean;
  readonly #clean = new Set<string>();
  #failures = 0;
  #guarded: ((text: string) => readonly Span[]) | undefined;

  /** @throws {ConfigError} when one is neither an expression nor a text, or empty */
  constructor(given: readonly (RegExp | string)[]) {
    if (!Array.isArray(given)) throw refused('redact', 'expected a list');
    for (const [i, pattern] of given.entries()) {
      if (!(pattern instanceof RegExp) && (typeof pattern !== 'string' || pattern === '')) {
        throw refused(`redact[${i}]`, 'expected a RegExp, or a text that is not empty');
      }
    }
    this.#texts = given.filter((pattern) => typeof pattern === 'string');
    this.#expressions = given
      .filter((pattern) => pattern instanceof RegExp)
      // A copy has no state that others share, and finds all.
      .map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`));
    this.#quick = this.#expressions.every(({ source }) => isSimple(source));
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0 && this.#expressions.length === 0;
  }

  /** Where they match. A text that takes too long to search is one match as a whole: nothing gets out by being slow. */
  find(text: string): readonly Span[] {
    const spans = this.#texts.flatMap((pattern) => occurrences(text, pattern));
    if (this.#expressions.length === 0 || this.#clean.has(text)) return spans;
    const matched =
      this.#quick && text.length <= QUICK_LENGTH
        ? this.#expressions.flatMap((expression) => matches(text, expression))
        : this.#patiently(text);
    if (matched.length === 0 && text.length <= KNOWN_LENGTH) {
      if (this.#clean.size >= MAX_KNOWN) this.#clean.clear();
      this.#clean.add(text);
    }
    return [...spans, ...matched];
  }

  #patiently(text: string): readonly Span[] {
    const everything = [{ start: 0, end: text.length }];
    if (this.#failures >= MAX_FAILURES) return everything;
    this.#guarded ??= guarded(this.#expressions);
    try {
      return this.#guarded(text);
    } catch {
      this.#failures++;
      return everything;
    }
  }
}

function occurrences(text: string, pattern: string): readonly Span[] {
  const spans: Span[] = [];
  for (
    let start = text.indexOf(pattern);
    start >= 0;
    start = text.indexOf(pattern, start + pattern.length)
  )
    spans.push({ start, end: start + pattern.length });
  return spans;
}

function matches(text: string, expression: RegExp): readonly Span[] {
  return Array.from(text.matchAll(expression), ({ index, 0: found }) => ({
    start: index,
    end: index + found.length,
  }));
}

/**
 * The search in a context of its own, the only place where V8 can stop an expression in the middle. It costs about 0.1 ms a text.
 *
 * @throws when the search takes longer than it may
 */
function guarded(expressions: readonly RegExp[]): (text: string) => readonly Span[] {
  const search = new Script(
    'JSON.stringify(expressions.flatMap((e) => Array.from(text.matchAll(e), (m) => ({ start: m.index, end: m.index + m[0].length }))))',
  );
  const sandbox = { expressions, text: '' };
  const context = createContext(sandbox);
  return (text) => {
    sandbox.text = text;
    return JSON.parse(String(search.runInContext(context, { timeout: MAX_MS }))) as Span[];
  };
}

/**
 * Whether an expression cannot be worse than quadratic: at most one quantifier of a variable number, and none on a group. Characters in
 * classes and escaped ones are not looked at.
 */
function isSimple(source: string): boolean {
  const bare = source.replace(/\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)/gs, (escape) =>
    /^\\(?:\d|k)/.test(escape) ? '(a)+' : 'x',
  );
  const shape = bare.replace(/\[[^\]]*\]/g, 'x').replace(/\(\?(?:<?[=!]|:|<\w+>)/g, '(');
  if (/\)(?:[*+?]|\{)/.test(shape)) return false;
  const variable = shape.match(/[*+]|\{\d+,\d*\}/g) ?? [];
  return variable.length <= 1;
}

function refused(path: string, problem: string): ConfigError {
  return new ConfigError(`${path}: ${problem}`, { context: { path } });
}
