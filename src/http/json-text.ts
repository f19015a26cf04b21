/** Digits in a row as unsafe integers have. Written out, V8 leaps from one possible place to the next; `\d{16}` it tries at every place. */
const MANY_DIGITS = new RegExp('\\d'.repeat(16));
/** Only a text with so long a literal needs the scanner. */
const LONG_INTEGER = /(?:^|[\s:,[])-?[1-9]\d{15,}(?:$|[\s,\]}])/;

/**
 * Parses JSON. An integer that a JavaScript number does not hold safely (beyond 2^53 − 1, as 64-bit ids are) becomes a text of its digits,
 * instead of another integer.
 *
 * @throws {SyntaxError} when it is no JSON; {@link RangeError} when it is nested deeper than the engine can parse
 */
export function parseJsonText(text: string): unknown {
  const isLong = MANY_DIGITS.test(text) && LONG_INTEGER.test(text);
  return JSON.parse(isLong ? withQuotedIntegers(text) : text);
}

function withQuotedIntegers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      if (isUnsafeInteger(text, at, end)) {
        parts.push(text.slice(copied, at), '"', text.slice(at, end), '"');
        copied = end;
      }
      at = end;
    } else {
      at++;
    }
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/** The position after a string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (
    let quote = text.indexOf('"', start + 1);
    quote !== -1;
    quote = text.indexOf('"', quote + 1)
  ) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (isNumberPart(text.charCodeAt(at))) at++;
  return at;
}

function isUnsafeInteger(text: string, start: number, end: number): boolean {
  if (end - start < 16) return false;
  const literal = text.slice(start, end);
  // A name of a field without quotes, or leading zeros, are no JSON and stay what they are, for JSON.parse to refuse.
  return (
    /^-?[1-9]\d*$/.test(literal) &&
    !Number.isSafeInteger(Number(literal)) &&
    !/^\s*:/.test(text.slice(end, end + 16))
  );
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Digits, `.`, `e`, `E`, `+`, `-`. NaN, after the end, is none. */
function isNumberPart(code: number): boolean {
  return (
    isDigit(code) ||
    code === 0x2e ||
    code === 0x65 ||
    code === 0x45 ||
    code === 0x2b ||
    code === MINUS
  );
}
