import { isList, valueAt } from './body-path.js';

/**
 * What the field at `more` says: whether there is another page, or undefined when it says nothing. With `!` before it the field says the
 * opposite (`!isLast`, `!end_of_stream`). A list says so by having items.
 */
export function saysMore(body: unknown, more: string | undefined): boolean | undefined {
  if (more === undefined) return undefined;
  const isNegated = more.startsWith('!');
  const value = valueAt(body, isNegated ? more.slice(1) : more);
  if (value === undefined || value === null) return undefined;
  return truth(value) !== isNegated;
}

function truth(value: unknown): boolean {
  if (isList(value)) return value.length > 0;
  return typeof value === 'string'
    ? !['', '0', 'false', 'no', 'n'].includes(value.toLowerCase())
    : Boolean(value);
}

/** No token: what APIs write where there is no next page. `0` is a token. */
export function isNoToken(value: unknown): boolean {
  return value === undefined || value === null || value === false;
}
