import { createHmac, scryptSync } from 'node:crypto';
import { ConfigError } from '../core/errors.js';
import { decrypt, encrypt, KEY_BYTES } from './cipher.js';
import type { KeyOwner, KeyProvider } from './key-provider.js';

const MIN_CHARACTERS = 16;
/** About 32 MB and 0.1 s a try (RFC 7914). The salt is fixed: the key is the same for all rows and processes, and there is nowhere else to keep one. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const SALT = 'syncline encryption key 1';

/** A key that is known here, made at its first use: deriving it from a text takes about a tenth of a second. */
interface LocalKey {
  bytes(): Buffer;
  /** Names the key in what it sealed, without giving it away. */
  id(): string;
}

/**
 * Keys that this process has: the first one seals, all of them open. What they seal is bound to its connection.
 *
 * @param keys `[new, old, …]`, each 32 bytes as hex or base64, or any text of 16 characters or more
 * @throws {ConfigError} when there is no key, or one is too short; without repeating what was given
 */
export function localKeys(keys: readonly string[]): KeyProvider {
  const all = keys.map((key, i) =>
    localKey(key, keys.length === 1 ? 'encryptionKey' : `encryptionKey[${i}]`),
  );
  const [current] = all;
  if (current === undefined) throw invalid('encryptionKey', 'the list is empty');
  return {
    get keyId() {
      return current.id();
    },
    wrap: (dataKey, owner) => encrypt(current.bytes(), dataKey, bindingOf(owner)),
    unwrap(wrapped, { keyId, ...owner }) {
      const key = all.find((candidate) => candidate.id() === keyId);
      if (key === undefined) throw new KeyRefusal(all.map((known) => known.id()));
      try {
        return decrypt(key.bytes(), wrapped, bindingOf(owner));
      } catch {
        throw new KeyRefusal();
      }
    },
  };
}

/** None of the keys given is the one that is needed; or that key does not open it. */
export class KeyRefusal extends Error {
  /** The ids of the keys given, when the right one is not among them. */
  readonly given: readonly string[] | undefined;

  constructor(given?: readonly string[]) {
    super('refused');
    this.given = given;
  }
}

function bindingOf({ connector, connection }: KeyOwner): Buffer {
  return Buffer.from(JSON.stringify(['syncline data key', connector, connection]), 'utf8');
}

function localKey(given: unknown, path: string): LocalKey {
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
