import type { ValidationIssue } from '../core/errors.js';
import { ownValue } from '../core/json.js';
import { compareKeys } from '../core/key.js';
import { eachField, issuePath, type JsonType, jsonType } from './json-fields.js';

/** When something was met, and in which record. */
export interface Seen {
  /** In how many records. */
  readonly count: number;
  /** When the first and the last of these records were received. */
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** The key of the last one; null when it has none that can be read. */
  readonly example: string | null;
}

/** A type of a field's values. `missing`: a rejected record does not have the field. */
export interface TypeSeen<Type extends string = JsonType> extends Seen {
  readonly type: Type;
}

/** Rejected records with an issue at a field. */
export interface RejectedSeen extends Seen {
  /** What the schema said of the last one. */
  readonly message: string;
  /** What the API sent there, the most frequent type first. */
  readonly types: readonly TypeSeen<JsonType | 'missing'>[];
}

/** What the stored and the rejected records say of a field. */
export interface FieldQuality {
  /** `a.b` for a field of an object, `a[]` for the items of a list; `''` is the record itself. */
  readonly path: string;
  /** How many live records have it, null or not. */
  readonly records: number;
  /** The share of these in which it is null, or an item of the list is; 0 without any. */
  readonly nullShare: number;
  /** The most frequent first. More than one beside `null`: the field changed its type, or has several. */
  readonly types: readonly TypeSeen[];
  /** When records with the field were received, first and last; null when only rejected records have it. */
  readonly firstSeen: Date | null;
  readonly lastSeen: Date | null;
  /** The key of the last record that has it. */
  readonly example: string | null;
  /** Null when no record was rejected for it. */
  readonly rejected: RejectedSeen | null;
}

/** A record was met. */
interface Met {
  readonly at: number;
  readonly key: string | null;
}

/** Other fields are not kept: a map whose keys are ids has as many fields as records. */
const MAX_FIELDS = 500;
const MAX_MESSAGE = 500;

/** Fields of records, gathered record by record; its memory is bounded by the number of fields. */
export class Profile {
  readonly #fields = new Map<string, Field>();
  /** Whether all fields of all records are in it. */
  complete = true;

  /** A stored record. */
  record(record: unknown, met: Met): void {
    const types = new Map<string, Set<JsonType>>();
    const all = eachField(record, ({ path, type }) => {
      const known = types.get(path);
      if (known) known.add(type);
      else types.set(path, new Set([type]));
    });
    this.complete &&= all;
    for (const [path, found] of types) this.#field(path)?.observe(found, met);
  }

  /** A rejected record, and why it was. */
  rejected(raw: unknown, issues: readonly ValidationIssue[], met: Met): void {
    const told = new Set<string>();
    for (const { path, message } of issues) {
      const at = issuePath(path);
      if (told.has(at)) continue;
      told.add(at);
      this.#field(at)?.reject(typeAt(raw, path), message.slice(0, MAX_MESSAGE), met);
    }
  }

  /** Ordered by path. */
  fields(): readonly FieldQuality[] {
    return [...this.#fields]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([path, field]) => field.quality(path));
  }

  #field(path: string): Field | undefined {
    const known = this.#fields.get(path);
    if (known) return known;
    if (this.#fields.size >= MAX_FIELDS) {
      this.complete = false;
      return undefined;
    }
    const field = new Field();
    this.#fields.set(path, field);
    return field;
  }
}

/** What the API sent where an issue is. */
function typeAt(raw: unknown, path: ValidationIssue['path']): JsonType | 'missing' {
  let value = raw;
  for (const part of path) value = ownValue(value, String(part));
  return value === undefined ? 'missing' : jsonType(value);
}

class Field {
  readonly #all = new Tally();
  readonly #types = new Tallies<JsonType>();
  readonly #rejected = new Tally();
  readonly #rejectedTypes = new Tallies<JsonType | 'missing'>();
  #message = '';

  observe(types: ReadonlySet<JsonType>, met: Met): void {
    this.#all.add(met);
    for (const type of types) this.#types.add(type, met);
  }

  reject(type: JsonType | 'missing', message: string, met: Met): void {
    if (this.#rejected.add(met)) this.#message = message;
    this.#rejectedTypes.add(type, met);
  }

  quality(path: string): FieldQuality {
    const all = this.#all.seen();
    const rejected = this.#rejected.seen();
    const nulls = this.#types.count('null');
    return {
      path,
      records: all?.count ?? 0,
      nullShare: all ? nulls / all.count : 0,
      types: this.#types.seen(),
      firstSeen: all?.firstSeen ?? null,
      lastSeen: all?.lastSeen ?? null,
      example: all?.example ?? null,
      rejected: rejected
        ? { ...rejected, message: this.#message, types: this.#rejectedTypes.seen() }
        : null,
    };
  }
}

/** How often, when and where something was met. */
class Tally {
  #count = 0;
  #first = 0;
  #last = 0;
  #example: string | null = null;

  /** @returns whether it is the latest */
  add({ at, key }: Met): boolean {
    const isFirst = this.#count === 0;
    const isLast = isFirst || at >= this.#last;
    this.#count += 1;
    if (isFirst || at < this.#first) this.#first = at;
    if (isLast) [this.#last, this.#example] = [at, key];
    return isLast;
  }

  seen(): Seen | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      firstSeen: new Date(this.#first),
      lastSeen: new Date(this.#last),
      example: this.#example,
    };
  }
}

/** Tallies by type. */
class Tallies<Type extends string> {
  readonly #types = new Map<Type, Tally>();

  add(type: Type, met: Met): void {
    const tally = this.#types.get(type) ?? new Tally();
    this.#types.set(type, tally);
    tally.add(met);
  }

  count(type: Type): number {
    return this.#types.get(type)?.seen()?.count ?? 0;
  }

  seen(): readonly TypeSeen<Type>[] {
    return [...this.#types]
      .flatMap(([type, tally]) => {
        const seen = tally.seen();
        return seen ? [{ type, ...seen }] : [];
      })
      .sort((a, b) => b.count - a.count);
  }
}
