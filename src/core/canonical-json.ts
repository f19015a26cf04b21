/** Whether two JSON texts say the same, whatever the order of their keys. */
export function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  // The same content in another order of keys has the same length.
  return a.length === b.length && canonicalText(JSON.parse(a)) === canonicalText(JSON.parse(b));
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
