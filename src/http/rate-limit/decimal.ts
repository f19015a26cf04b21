const DECIMAL = /^(\d{1,24})(?:\.(\d{0,40}))?$/;

/**
 * Reads a plain decimal exactly as thousandths, rounded up: "0.75" → 750. Undefined for anything else: signs, exponents,
 * hex and the empty string, which `Number` would take.
 */
export function thousandths(text: string): number | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const exact = Number((match[1] ?? '') + fraction.slice(0, 3).padEnd(3, '0'));
  // A wait that is cut short is refused again, so what is finer than a thousandth counts as a whole one.
  return /[1-9]/.test(fraction.slice(3)) ? exact + 1 : exact;
}

/** Reads a count: "90", "90.0", "0.0", "-3". Undefined where the text is not a plain number. */
export function count(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^-?\d{1,15}(?:\.\d{0,15})?$/.test(trimmed)) return undefined;
  // "-0" would otherwise leak out as negative zero.
  return Number(trimmed) + 0;
}
