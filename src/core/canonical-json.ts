/** Whether two JSON texts say the same, whatever the order of their keys. */
export function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  return sameLetters(a, b) && canonicalText(JSON.parse(a)) === canonicalText(JSON.parse(b));
}

/** Whether one text may be the other in another order. Looking costs far less than parsing both. */
function sameLetters(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    sum += x - y;
    squares += x * x - y * y;
  }
  return sum === 0 && squares === 0;
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
