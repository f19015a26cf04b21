import { randomBytes } from 'node:crypto';
import { AuthError, ConfigError, SynclineError } from '../core/errors.js';
import { decrypt, encrypt, KEY_BYTES } from './cipher.js';
import type { KeyOwner, KeyProvider } from './key-provider.js';
import { KeyRefusal } from './local-keys.js';

/** Seals credentials, so that neither the store nor a copy of it gives them away. */
export interface Sealer {
  /** A text in which `plain` is encrypted for its owner, different each time. @throws {AuthError} when the provider does */
  seal(owner: KeyOwner, plain: string): Promise<string>;
  /** @throws {AuthError} when no key opens it, when it belongs to another connection, or when it was altered */
  open(owner: KeyOwner, sealed: string): Promise<string>;
  /** The id of the key that seals now. */
  keyId(): string;
  /** Whether it was sealed under another key than the one that seals now. */
  isOutdated(sealed: string): boolean;
}

const FORMAT = 'syncline-sealed-1';
const ANEW = 'Set them anew with connections.update().';

/**
 * Seals with AES-256-GCM under a data key of the connection's own, which the provider wraps. The text is bound to connector, connection and
 * key: copied to another row it does not open.
 */
export function createSealer(keys: KeyProvider): Sealer {
  return {
    async seal(owner, plain) {
      const keyId = keyIdOf(keys);
      const dataKey = randomBytes(KEY_BYTES);
      const text = encrypt(dataKey, Buffer.from(plain, 'utf8'), bindingOf(owner, keyId));
      let wrapped: Uint8Array;
      try {
        wrapped = await keys.wrap(dataKey, owner);
      } catch (error) {
        throw failed(owner, 'cannot be sealed', keyId, error);
      }
      return [FORMAT, ...[Buffer.from(keyId), wrapped, text].map(written)].join('.');
    },
    async open(owner, sealed) {
      const { keyId, wrapped, text } = parse(owner, sealed);
      const dataKey = await unwrapped(keys, owner, keyId, wrapped);
      try {
        return decrypt(dataKey, text, bindingOf(owner, keyId)).toString('utf8');
      } catch {
        throw altered(owner);
      }
    },
    keyId: () => keyIdOf(keys),
    isOutdated: (sealed) => sealed.split('.')[1] !== written(Buffer.from(keyIdOf(keys))),
  };
}

async function unwrapped(
  keys: KeyProvider,
  owner: KeyOwner,
  keyId: string,
  wrapped: Uint8Array,
): Promise<Uint8Array> {
  try {
    return await keys.unwrap(wrapped, { ...owner, keyId });
  } catch (error) {
    if (!(error instanceof KeyRefusal)) throw failed(owner, 'cannot be opened', keyId, error);
    throw error.given ? unknownKey(owner, keyId, error.given) : altered(owner);
  }
}

interface Parts {
  readonly keyId: string;
  readonly wrapped: Buffer;
  readonly text: Buffer;
}

function parse(owner: KeyOwner, sealed: string): Parts {
  const [format, ...parts] = sealed.split('.');
  if (format !== undefined && format !== FORMAT && /^syncline-sealed-\d+$/.test(format)) {
    throw refused(owner, 'were sealed by a newer version of Syncline', 'Update this one.');
  }
  const [keyId, wrapped, text] = parts.map((part) => Buffer.from(part, 'base64url'));
  // Decoding passes over what is no base64, and over bits of the last character: written again, it must be the same.
  const isExact = parts.every((part) => written(Buffer.from(part, 'base64url')) === part);
  if (format !== FORMAT || parts.length !== 3 || !isExact || !keyId || !wrapped || !text) {
    throw refused(owner, 'are not in the form that they are stored in', ANEW);
  }
  return { keyId: keyId.toString('utf8'), wrapped, text };
}

function written(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function keyIdOf(keys: KeyProvider): string {
  const { keyId } = keys;
  if (typeof keyId === 'string' && keyId !== '' && keyId.isWellFormed()) return keyId;
  throw new ConfigError('keys.keyId: expected a text that names the key in use', {
    context: { path: 'keys.keyId' },
  });
}

/** What the cipher authenticates beside the text: a row's content opens in its own row only. */
function bindingOf({ connector, connection }: KeyOwner, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, connector, connection, keyId]), 'utf8');
}

function unknownKey(owner: KeyOwner, keyId: string, given: readonly string[]): AuthError {
  return refused(
    owner,
    `were sealed with another key (${keyId}; given: ${given.join(', ')})`,
    'Give the old key too, as in encryptionKey: [new, old], or set the credentials anew with connections.update().',
    { keyId },
  );
}

function altered(owner: KeyOwner): AuthError {
  return refused(owner, 'were altered, or copied from another connection', ANEW);
}

/** The provider's own failure: it may work again later. */
function failed(owner: KeyOwner, what: string, keyId: string, error: unknown): SynclineError {
  if (error instanceof SynclineError) return error;
  const { connector, connection } = owner;
  return new AuthError(
    `The credentials of ${connector}/${connection} ${what}: the key provider failed with key ${keyId}. Its error is the cause; trying again may help.`,
    { context: { connector, connection, keyId }, cause: error, retryable: true },
  );
}

function refused(
  { connector, connection }: KeyOwner,
  happened: string,
  todo: string,
  details: Readonly<Record<string, string>> = {},
): AuthError {
  return new AuthError(
    `The stored credentials of ${connector}/${connection} ${happened}. ${todo}`,
    { context: { connector, connection, ...details } },
  );
}
