/** Shorter values are left: they would mask ordinary words. */
export const MIN_LENGTH = 8;

/**
 * All texts that give a secret away: as it is, with `+` for blanks as in forms, and in base64 in both alphabets, also in the middle of
 * something longer, as the password is in Basic authentication. Empty for a secret of fewer than eight characters. What is
 * percent-encoded or escaped is found by looking at the text with its escapes undone.
 */
export function secretForms(secret: string): readonly string[] {
  if (secret.length < MIN_LENGTH) return [];
  const bytes = Buffer.from(secret, 'utf8');
  const encoded = [0, 1, 2].flatMap((before) => base64Forms(bytes, before));
  return [...new Set([secret, secret.replaceAll(' ', '+'), ...encoded])];
}

/** Base64 (RFC 4648) of bytes that follow 0 to 2 others in their group of three, without the characters that neighbours have a share in. */
function base64Forms(bytes: Buffer, before: number): readonly string[] {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const inner = text.slice(
    Math.ceil((before * 8) / 6),
    Math.floor(((before + bytes.length) * 8) / 6),
  );
  const forms = before === 0 ? [text, inner] : [inner];
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** The texts in credentials, at any depth, and numbers as they are written. */
export function secretsIn(credentials: unknown): readonly string[] {
  const found = new Set<string>();
  const open = [credentials];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') found.add(value);
    else if (typeof value === 'number' || typeof value === 'bigint') found.add(String(value));
    else if (typeof value === 'object' && value !== null) {
      const parts: readonly unknown[] = Object.values(value);
      open.push(...parts.filter((part) => part !== undefined));
    }
  }
  return [...found];
}
