import type { JsonValue } from '../../core/json.js';
import type { Origin } from '../commits.js';

/** Origins as they are stored: one byte or none. A code that was once given out keeps its meaning. */
const origins: readonly Origin[] = ['pull', 'delivery', 'write', 'replay'];

export function originCode(origin: Origin): number {
  return origins.indexOf(origin);
}

export function originOf(code: number): Origin {
  return origins[code] ?? 'pull';
}

/** Reads what `JSON.stringify` wrote. */
export function fromJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

/** Conditions of a query that are known only when it is asked, joined by AND. */
export class Conditions {
  readonly #parts: string[] = [];
  readonly params: unknown[] = [];

  /** Adds a condition, unless what it asks for was left out. */
  add(sql: string, ...values: readonly unknown[]): this {
    if (values.includes(undefined)) return this;
    this.#parts.push(sql);
    this.params.push(...values);
    return this;
  }

  /** A column that is one of several values; none: no row. */
  anyOf(column: string, values: readonly unknown[] | undefined): this {
    return values === undefined
      ? this
      : this.add(`${column} IN (${values.map(() => '?').join(', ')})`, ...values);
  }

  /** A column with tags as JSON that has all of those asked for. */
  tags(column: string, wanted: Readonly<Record<string, string>> | undefined): this {
    if (wanted === undefined || Object.keys(wanted).length === 0) return this;
    return this.add(
      `NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE NOT EXISTS (
         SELECT 1 FROM json_each(${column}) AS tag WHERE tag.key = wanted.key AND tag.type = 'text' AND tag.value = wanted.value))`,
      JSON.stringify(wanted),
    );
  }

  get sql(): string {
    return this.#parts.length === 0 ? 'TRUE' : this.#parts.join(' AND ');
  }
}
