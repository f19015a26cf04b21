/** A text with its escapes undone, and where each of its characters was written. */
export interface Unescaped {
  readonly text: string;
  /** For each character, and for the end, the index in the original. */
  readonly starts: readonly number[];
}

const ESCAPES =
  /%[\da-f]{2}|\\(?:u[\da-f]{4}|["'\\/bfnrt])|&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos);/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Undoes percent-encoding, the escapes of JSON and those of HTML, once; undefined where there are none. */
export function unescaped(text: string): Unescaped | undefined {
  ESCAPES.lastIndex = 0;
  let match = ESCAPES.exec(text);
  if (match === null) return undefined;
  const pieces: string[] = [];
  const starts: number[] = [];
  const add = (piece: string, at: number, step: 0 | 1): void => {
    pieces.push(piece);
    for (let i = 0; i < piece.length; i++) starts.push(at + i * step);
  };
  let at = 0;
  while (match !== null) {
    add(text.slice(at, match.index), at, 1);
    const { plain, length } = meaning(text, match.index, match[0]);
    add(plain, match.index, 0);
    at = match.index + length;
    ESCAPES.lastIndex = at;
    match = ESCAPES.exec(text);
  }
  add(text.slice(at), at, 1);
  starts.push(text.length);
  return { text: pieces.join(''), starts };
}

/** What an escape stands for, and how many characters of the text it takes. */
function meaning(
  text: string,
  index: number,
  escape: string,
): { readonly plain: string; readonly length: number } {
  if (escape.startsWith('%')) return percentEncoded(text, index);
  const name = escape.startsWith('&') ? escape.slice(1, -1) : escape.slice(1);
  return { plain: NAMED[name.toLowerCase()] ?? character(name), length: escape.length };
}

function character(name: string): string {
  const hex = /^(?:#x|u)([\da-f]+)$/i.exec(name)?.[1];
  const code = hex === undefined ? Number(name.slice(1)) : parseInt(hex, 16);
  if (name.length === 1) return name;
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\u{fffd}';
}

/** One character in UTF-8, or one byte that is none. */
function percentEncoded(
  text: string,
  index: number,
): { readonly plain: string; readonly length: number } {
  const first = parseInt(text.slice(index + 1, index + 3), 16);
  const count = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const encoded = text.slice(index, index + 3 * count);
  try {
    return { plain: decodeURIComponent(encoded), length: encoded.length };
  } catch {
    return { plain: String.fromCharCode(first), length: 3 };
  }
}
