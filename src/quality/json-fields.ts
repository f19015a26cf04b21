/** What JSON knows. */
export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'object' | 'array';

/** A value in a record, under the path of its field: `a.b` in an object, `a[]` in a list. */
export interface FieldValue {
  readonly path: string;
  readonly type: JsonType;
}

/** Deeper ones are not looked at, nor more values of one record: a profile must not hold anybody up. */
const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;
const MAX_PATH = 512;

export function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'number';
  return typeof value === 'string' ? 'string' : 'object';
}

/**
 * The values of a record, without the record itself, each object before its fields.
 *
 * @returns whether all of them were told; false for a record that is too large or too deep
 */
export function eachField(record: unknown, tell: (value: FieldValue) => void): boolean {
  const open: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [];
  let left = MAX_VALUES;
  let complete = true;
  const push = (holder: unknown, path: string, depth: number): void => {
    const found = members(holder, path);
    if (found.length > 0 && depth > MAX_DEPTH) complete = false;
    else for (const [at, value] of found.reverse()) open.push({ value, path: at, depth });
  };
  push(record, '', 1);
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, depth } = next;
    if (left-- === 0) return false;
    if (path.length > MAX_PATH) {
      complete = false;
      continue;
    }
    tell({ path, type: jsonType(value) });
    push(value, path, depth + 1);
  }
  return complete;
}

function members(holder: unknown, path: string): (readonly [path: string, value: unknown])[] {
  if (typeof holder !== 'object' || holder === null) return [];
  // One more than may be told shows that there are more.
  if (Array.isArray(holder))
    return holder.slice(0, MAX_VALUES + 1).map((value: unknown) => [`${path}[]`, value]);
  return Object.entries(holder)
    .slice(0, MAX_VALUES + 1)
    .map(([name, value]) => [path === '' ? name : `${path}.${name}`, value]);
}

/** The path of an issue, written as that of its field. */
export function issuePath(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? '[]' : i === 0 ? part : `.${part}`))
    .join('')
    .slice(0, MAX_PATH);
}
