import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AuthError } from '../core/errors.js';
import type { SealingKey } from './sealing-key.js';
import { sealingKeys } from './sealing-key.js';

/** The connection that credentials belong to. */
export interface Owner {
  readonly connector: string;
  readonly id: string;
}

/** Seals credentials, so that neither the store nor a copy of it gives them away. */
export interface Sealer {
  /** A text in which `plain` is encrypted for its owner, different each time. */
  seal(owner: Owner, plain: string): string;
  /** @throws {AuthError} when no key opens it, when it belongs to another connection, or when it was altered */
  open(owner: Owner, sealed: string): string;
}

const FORMAT = 'syncline-sealed-1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;

/**
 * Seals with AES-256-GCM under a data key of the connection's own, which is itself sealed under the first of the keys. Both are bound to connector
 * and connection: copied to another row they do not open. The other keys only open what was sealed before the rotation.
 *
 * @param keys `[new, old, …]`, each 32 bytes as hex or base64, or any text of 16 characters or more
 * @throws {ConfigError} when there is no key, or one is too short
 */
export function createSealer(keys: readonly string[]): Sealer {
  const [current, all] = sealingKeys(keys);
  return {
    seal(owner, plain) {
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const wrapped = encrypt(current.bytes(), dataKey, bindingOf(owner, 'key'));
      const text = encrypt(dataKey, Buffer.from(plain, 'utf8'), bindingOf(owner, 'text'));
      return [FORMAT, current.id(), wrapped.toString('base64url'), text.toString('base64url')].join(
        '.',
      );
    },
    open(owner, sealed) {
      const { keyId, wrapped, text } = parse(owner, sealed);
      const key = all.find((candidate) => candidate.id() === keyId);
      if (key === undefined) throw unknownKey(owner, keyId, all);
      try {
        const dataKey = decrypt(key.bytes(), wrapped, bindingOf(owner, 'key'));
        return decrypt(dataKey, text, bindingOf(owner, 'text')).toString('utf8');
      } catch {
        throw refused(
          owner,
          'were altered, or copied from another connection',
          'Set them anew with connections.update().',
        );
      }
    },
  };
}

interface Parts {
  readonly keyId: string;
  readonly wrapped: Buffer;
  readonly text: Buffer;
}

function parse(owner: Owner, sealed: string): Parts {
  const [format, keyId, wrapped, text, ...rest] = sealed.split('.');
  if (format !== undefined && format !== FORMAT && /^syncline-sealed-\d+$/.test(format)) {
    throw refused(owner, 'were sealed by a newer version of Syncline', 'Update this one.');
  }
  if (
    format !== FORMAT ||
    keyId === undefined ||
    wrapped === undefined ||
    text === undefined ||
    rest.length > 0
  ) {
    throw refused(
      owner,
      'are not in the form that they are stored in',
      'Set them anew with connections.update().',
    );
  }
  return {
    keyId,
    wrapped: Buffer.from(wrapped, 'base64url'),
    text: Buffer.from(text, 'base64url'),
  };
}

/** What the cipher authenticates beside the text: a row's content opens in its own row only, and a wrapped key is no text. */
function bindingOf({ connector, id }: Owner, part: 'key' | 'text'): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, part, connector, id]), 'utf8');
}

function encrypt(key: Buffer, plain: Buffer, binding: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(binding);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when anything of it was altered */
function decrypt(key: Buffer, sealed: Buffer, binding: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(Math.max(sealed.length - TAG_BYTES, NONCE_BYTES));
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(binding).setAuthTag(tag);
  return Buffer.concat([
    decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
    decipher.final(),
  ]);
}

function unknownKey(owner: Owner, keyId: string, keys: readonly SealingKey[]): AuthError {
  const known = keys.map((key) => key.id()).join(', ');
  return refused(
    owner,
    `were sealed with another key (${keyId}; given: ${known})`,
    'Give the old key too, as in encryptionKey: [new, old], or set the credentials anew with connections.update().',
  );
}

function refused({ connector, id }: Owner, happened: string, todo: string): AuthError {
  return new AuthError(`The stored credentials of ${connector}/${id} ${happened}. ${todo}`, {
    context: { connector, connection: id },
  });
}
