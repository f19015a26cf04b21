import { isObject, ownValue } from '../../core/json.js';

/** `Array.isArray` without its `any`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** What a dotted path leads to. `parent`: whether something on the way to it is there, and is not the body itself. */
export interface Found {
  readonly value: unknown;
  readonly present: boolean;
  readonly parent: boolean;
}

/**
 * Follows a dotted path. A field whose own name has dots (`@odata.nextLink`) goes before a nested one; list positions are written as numbers,
 * and `links[rel=next]` is the first object in `links` whose `rel` is `next`.
 */
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
  const picked = pick(holder, path);
  if (picked?.item !== undefined) return { value: picked.item, present: true, parent: true };
  let place: Found = {
    value: undefined,
    present: false,
    parent: nested || picked !== undefined,
  };
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot);
    const found = search(step(holder, name), path.slice(dot + 1), true);
    if (found?.present === true) return found;
    if (found?.parent === true) place = found;
  }
  return place;
}

function step(holder: object, name: string): unknown {
  const picked = pick(holder, name);
  // A list without such an item is a place without a value.
  return picked === undefined ? ownValue(holder, name) : (picked.item ?? {});
}

/** What `links[rel=next]` leads to; undefined when it is another kind of name, or the list is not there. */
function pick(holder: object, name: string): { readonly item: unknown } | undefined {
  const [, list = '', field = '', value] = /^([^[\]]+)\[([^[\]=]+)=([^[\]]*)\]$/.exec(name) ?? [];
  const items = ownValue(holder, list);
  if (value === undefined || !isList(items)) return undefined;
  return { item: items.find((item) => ownValue(item, field) === value) };
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
