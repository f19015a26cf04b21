/** Whether two texts of `JSON.stringify` say the same, whatever the order of their keys. */
export function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length || !mayBeReordered(a, b)) return false;
  return canonicalText(JSON.parse(a)) === canonicalText(JSON.parse(b));
}

/**
 * Whether one text may be the other with its keys in another order. Up to where they first differ they name the same places; if that is in a
 * value, they give the same place two values, and need not be parsed.
 */
function mayBeReordered(a: string, b: string): boolean {
  const at = firstDifference(a, b);
  return isInKey(a, at) && isInKey(b, at);
}

/** How far letters are compared one by one. */
const NEAR = 64;

/**
 * Letter by letter where it is near: ids and stamps often come first. Then by halves, since comparing substrings is native: a difference at the
 * end of a long text is found as soon as one in its middle.
 */
function firstDifference(a: string, b: string): number {
  let same = 0;
  let end = a.length;
  const near = Math.min(NEAR, end);
  while (same < near && a.charCodeAt(same) === b.charCodeAt(same)) same += 1;
  if (same < near) return same;
  while (same < end) {
    const middle = (same + end + 1) >> 1;
    if (a.slice(same, middle) === b.slice(same, middle)) same = middle;
    else end = middle - 1;
  }
  return same;
}

const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Whether a place is in a key, up to its closing quote. It may also say so of a value that is followed by a key like `":"`. */
function isInKey(json: string, place: number): boolean {
  const quote = nextQuote(json, place);
  return quote !== -1 && json.charCodeAt(quote + 1) === COLON;
}

/** The next quote that begins or ends a text. */
function nextQuote(json: string, from: number): number {
  let quote = json.indexOf('"', from);
  while (quote !== -1 && isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote;
}

function isEscaped(json: string, place: number): boolean {
  let first = place;
  while (json.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (place - first) % 2 === 1;
}

/** Whether two JSON objects differ in no other fields than the ones given. */
export function sameJsonBut(a: string, b: string, fields: ReadonlySet<string>): boolean {
  return (
    canonicalText(without(JSON.parse(a), fields)) === canonicalText(without(JSON.parse(b), fields))
  );
}

/** JSON with the keys of every object in order. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    const entries = Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1));
    return Object.fromEntries(entries);
  });
}

function without(value: unknown, fields: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.has(field)));
}
