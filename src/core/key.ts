const encoder = new TextEncoder();
const MAX_KEY_BYTES = 1_024;

/**
 * Why a text cannot be a record's key, or undefined when it can: a key is 1 to 1,024 bytes of UTF-8 without NUL
 * and without lone surrogates, so that every store keeps and orders it alike.
 */
export function keyProblem(key: string): string | undefined {
  if (key.length === 0) return 'the key is empty';
  if (key.includes('\0')) return 'the key contains a NUL character';
  if (!key.isWellFormed()) return 'the key contains half a surrogate pair';
  // A code unit takes at most three bytes.
  if (key.length * 3 <= MAX_KEY_BYTES) return undefined;
  return key.length > MAX_KEY_BYTES || encoder.encode(key).length > MAX_KEY_BYTES
    ? `the key is longer than ${MAX_KEY_BYTES} bytes`
    : undefined;
}

/** One part of a key as text, or a reason why it has none. */
export function keyPart(
  value: unknown,
  field: string,
): { readonly text: string } | { readonly problem: string } {
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'bigint') return { text: value.toString() };
  if (typeof value === 'number') {
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      ? { text: String(value) }
      : {
          problem: `key field '${field}' holds ${value}, which a number cannot hold exactly; ask the API for it as text`,
        };
  }
  const found =
    value === undefined
      ? 'is missing'
      : `is ${value === null ? 'null' : `of type ${typeof value}`}`;
  return { problem: `key field '${field}' ${found}; a key is text or a number` };
}

/** The stored form of a key of several parts. */
export function compositeKey(parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** The order of keys on every store: by their bytes in UTF-8, which is the order by code point. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
