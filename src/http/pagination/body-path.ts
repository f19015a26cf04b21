import { isObject, ownValue } from '../../core/json.js';

/** `Array.isArray` without its `any`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** What a dotted path leads to. `parent`: whether the object that should hold it is there, and is not the body itself. */
export interface Found {
  readonly value: unknown;
  readonly present: boolean;
  readonly parent: boolean;
}

/** Follows a dotted path. A field whose own name has dots (`@odata.nextLink`) goes before a nested one; list positions are written as numbers. */
export function lookUp(body: unknown, path: string): Found {
  return search(body, path, false) ?? { value: undefined, present: false, parent: false };
}

/** The value at a dotted path, or undefined. */
export function valueAt(body: unknown, path: string): unknown {
  return lookUp(body, path).value;
}

function search(holder: unknown, path: string, nested: boolean): Found | undefined {
  if (typeof holder !== 'object' || holder === null) return undefined;
  if (Object.hasOwn(holder, path)) {
    return { value: ownValue(holder, path), present: true, parent: nested };
  }
  if (!path.includes('.')) return { value: undefined, present: false, parent: nested };
  let place: Found | undefined;
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const found = search(ownValue(holder, path.slice(0, dot)), path.slice(dot + 1), true);
    if (found?.present === true) return found;
    place ??= found;
  }
  return place;
}

/** A copy of an object with the value set at a dotted path, its parents made where they are missing. */
export function withValueAt(
  body: unknown,
  path: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const fields = isObject(body) ? body : {};
  const dot = path.indexOf('.');
  if (dot <= 0 || Object.hasOwn(fields, path)) return { ...fields, [path]: value };
  const name = path.slice(0, dot);
  return { ...fields, [name]: withValueAt(fields[name], path.slice(dot + 1), value) };
}
