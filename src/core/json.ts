/** A value that JSON can hold: what Syncline stores, and what schemas must put out. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A plain JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value is an object with fields: not null, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value that came out of `JSON.parse` is an object. */
export function isJsonObject(parsed: unknown): parsed is JsonObject {
  return isObject(parsed);
}

/**
 * An own property, so that `__proto__` and `constructor` are never found by inheritance. One that throws when it is read, as a getter may, is
 * as good as missing.
 */
export function ownValue(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Object.hasOwn(value, field)
      ? (value as Readonly<Record<string, unknown>>)[field]
      : undefined;
  } catch {
    return undefined;
  }
}
