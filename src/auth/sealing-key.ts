import { createHmac, scryptSync } from 'node:crypto';
import { ConfigError } from '../core/errors.js';

/** A key that credentials are sealed with, made at its first use: deriving it from a text takes about a tenth of a second. */
export interface SealingKey {
  bytes(): Buffer;
  /** Names the key in what it sealed, without giving it away. */
  id(): string;
}

const KEY_BYTES = 32;
const MIN_CHARACTERS = 16;
/** About 32 MB and 0.1 s a try (RFC 7914). The salt is fixed: the key is the same for all rows and processes, and there is nowhere else to keep one. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const SALT = 'syncline encryption key 1';

/** The key to seal with, and all that open. @throws {ConfigError} without repeating what was given */
export function sealingKeys(keys: readonly string[]): readonly [SealingKey, readonly SealingKey[]] {
  const all = keys.map((key, i) =>
    sealingKey(key, keys.length === 1 ? 'encryptionKey' : `encryptionKey[${i}]`),
  );
  const [current] = all;
  if (current === undefined) throw invalid('encryptionKey', 'the list is empty');
  return [current, all];
}

function sealingKey(given: unknown, path: string): SealingKey {
  if (typeof given !== 'string')
    throw invalid(
      path,
      `is ${given === undefined ? 'undefined' : `a ${typeof given}`}, not a text`,
    );
  // Keys read from files end with a line break.
  const text = given.trim();
  if (text.length < MIN_CHARACTERS)
    throw invalid(path, `has ${text.length} characters, fewer than ${MIN_CHARACTERS}`);
  let bytes: Buffer | undefined;
  let id: string | undefined;
  const key = (): Buffer =>
    (bytes ??= rawKey(text) ?? scryptSync(text.normalize('NFC'), SALT, KEY_BYTES, SCRYPT));
  return {
    bytes: key,
    id: () =>
      (id ??= createHmac('sha256', key())
        .update('syncline key id')
        .digest('base64url')
        .slice(0, 8)),
  };
}

/** 32 bytes written as hex or base64; undefined for other texts. */
function rawKey(text: string): Buffer | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[\w+/-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

function invalid(path: string, problem: string): ConfigError {
  return new ConfigError(
    `${path}: ${problem}; give 32 random bytes as hex or base64 (openssl rand -hex 32), or a text of at least ${MIN_CHARACTERS} characters`,
    { context: { path } },
  );
}
