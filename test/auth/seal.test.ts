import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyProvider } from '../../src/auth/key-provider.js';
import { localKeys } from '../../src/auth/local-keys.js';
import { createSealer } from '../../src/auth/seal.js';
import { AuthError, ConfigError } from '../../src/core/errors.js';

const HEX = randomBytes(32).toString('hex');
const owner = { connector: 'github', connection: 'acme' };
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const name = fc.string({ maxLength: 20 });
const sealerOf = (...keys: string[]) => createSealer(localKeys(keys));

describe('sealed credentials', () => {
  test('open as they were, for their owner only', async () => {
    const sealer = sealerOf(HEX);
    await fc.assert(
      fc.asyncProperty(
        text,
        name,
        name,
        name,
        name,
        async (plain, connector, id, other, otherId) => {
          const sealed = await sealer.seal({ connector, connection: id }, plain);
          expect(await sealer.open({ connector, connection: id }, sealed)).toBe(plain);
          if (connector === other && id === otherId) return;
          await expect(
            sealer.open({ connector: other, connection: otherId }, sealed),
          ).rejects.toThrow(AuthError);
        },
      ),
    );
  });

  test('tell owners apart whose names only join to the same text', async () => {
    const sealer = sealerOf(HEX);
    const sealed = await sealer.seal({ connector: 'a', connection: 'b","c' }, 'x');
    const other = { connector: 'a","b', connection: 'c' };
    await expect(sealer.open(other, sealed)).rejects.toThrow(AuthError);
  });

  test('are different each time, and show nothing of what they hold', async () => {
    const sealer = sealerOf(HEX);
    await fc.assert(
      fc.asyncProperty(
        text.filter((plain) => plain.length >= 8),
        async (plain) => {
          const one = await sealer.seal(owner, plain);
          expect(one).not.toBe(await sealer.seal(owner, plain));
          const bytes = one
            .split('.')
            .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
          expect([one, ...bytes].some((part) => part.includes(plain))).toBe(false);
        },
      ),
    );
  });

  test('do not open after any one character was changed, left out or added', async () => {
    const sealer = sealerOf(HEX);
    const sealed = await sealer.seal(owner, '{"token":"canary-secret"}');
    for (let i = 0; i < sealed.length; i++) {
      const code = sealed.charCodeAt(i);
      const changed = [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => String.fromCharCode(code ^ bit));
      for (const middle of [...changed, '', `${sealed[i]}!`, `${sealed[i]}A`]) {
        const altered = sealed.slice(0, i) + middle + sealed.slice(i + 1);
        const error: unknown = await sealer.open(owner, altered).catch((thrown: unknown) => thrown);
        expect(error, altered).toBeInstanceOf(AuthError);
        expect(String(error)).not.toContain('canary-secret');
      }
    }
  });

  test('do not open after a bit was changed, anywhere', async () => {
    const sealer = sealerOf(HEX);
    const parts = (await sealer.seal(owner, '{"token":"canary-secret"}')).split('.');
    for (const [part, written] of parts.entries()) {
      const bytes = part === 0 ? Buffer.from(written) : Buffer.from(written, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const copy = parts.with(part, altered.toString(part === 0 ? 'latin1' : 'base64url'));
        await expect(sealer.open(owner, copy.join('.'))).rejects.toThrow(AuthError);
      }
    }
  });

  test('no text is opened by chance, or makes anything else than a typed error', async () => {
    const sealer = sealerOf(HEX);
    const [format = '', keyId = ''] = (await sealer.seal(owner, 'x')).split('.');
    const part = fc.oneof(fc.constantFrom(format, keyId, ''), fc.base64String(), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        await expect(sealer.open(owner, parts.join('.'))).rejects.toThrow(AuthError);
      }),
      { numRuns: 500 },
    );
    await expect(sealer.open(owner, 'syncline-sealed-2.x')).rejects.toThrow(
      /newer version of Syncline/,
    );
  });
});

describe('keys', () => {
  const base64 = Buffer.from(HEX, 'hex').toString('base64');

  test.each([
    ['hex in capitals', HEX.toUpperCase()],
    ['base64', base64],
    ['base64 without padding', base64.replace(/=+$/, '')],
    ['base64url', Buffer.from(HEX, 'hex').toString('base64url')],
    ['a line break after it', `${HEX}\n`],
  ])('32 bytes are the same key as hex and as %s', async (_, key) => {
    const sealed = await sealerOf(HEX).seal(owner, 'x');
    expect(await sealerOf(key).open(owner, sealed)).toBe('x');
  });

  test('a text of 16 characters is a key, the same in each process', async () => {
    const sealed = await sealerOf('correct horse ba').seal(owner, 'x');
    expect(await sealerOf('correct horse ba').open(owner, sealed)).toBe('x');
    await expect(sealerOf('correct horse bb').open(owner, sealed)).rejects.toThrow(AuthError);
  });

  test('what the old key sealed opens after a rotation; the new one seals', async () => {
    const [older, newer] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
    const before = await sealerOf(older).seal(owner, 'before');
    const both = sealerOf(newer, older);
    expect(await both.open(owner, before)).toBe('before');
    expect([both.isOutdated(before), sealerOf(older).isOutdated(before)]).toEqual([true, false]);
    expect(await sealerOf(newer).open(owner, await both.seal(owner, 'after'))).toBe('after');
    const needed = sealerOf(older).keyId();
    const lost: unknown = await sealerOf(newer)
      .open(owner, before)
      .catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(AuthError);
    expect((lost as AuthError).context).toMatchObject({ ...owner, keyId: needed });
    expect(String(lost)).toContain(
      `github/acme were sealed with another key (${needed}; given: ${sealerOf(newer).keyId()}). Give the old key too, as in encryptionKey: [new, old]`,
    );
    for (const key of [older, newer]) expect(String(lost)).not.toContain(key);
  });

  test.each<[string, unknown]>([
    ['none', []],
    ['too short', ['fifteen letters']],
    ['blank', ['                    ']],
    ['no text', [undefined]],
    ['a number', [42]],
    ['the second too short', [HEX, 'short']],
  ])('%s: a ConfigError that does not repeat it', (_, keys) => {
    const make = () => localKeys(keys as readonly string[]);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(/encryptionKey.*openssl rand -hex 32/);
    expect(make).not.toThrow(/fifteen|short["']/);
  });
});

describe('a key provider', () => {
  /** Keeps data keys to itself and hands out tickets, as a hardware module might. */
  function vault(keyId = 'arn:aws:kms:eu:1/key.2') {
    const kept = new Map<string, { key: Uint8Array; about: unknown }>();
    const provider: KeyProvider = {
      keyId,
      async wrap(key, about) {
        const ticket = randomBytes(8);
        kept.set(ticket.toString('hex'), { key, about: { ...about, keyId } });
        return ticket;
      },
      async unwrap(ticket, about) {
        const found = kept.get(Buffer.from(ticket).toString('hex'));
        if (!found) throw new Error('InvalidCiphertextException');
        expect(about).toEqual(found.about);
        return found.key;
      },
    };
    return provider;
  }

  test('wraps a data key for each connection, and is told whose it is', async () => {
    const sealer = createSealer(vault());
    const sealed = await sealer.seal(owner, 'secret');
    expect(await sealer.open(owner, sealed)).toBe('secret');
    expect(sealer.isOutdated(sealed)).toBe(false);
    expect(createSealer(vault('another')).isOutdated(sealed)).toBe(true);
  });

  test('that fails is an AuthError that names the key and may be tried again', async () => {
    const sealed = await createSealer(vault()).seal(owner, 'secret');
    const error: unknown = await createSealer(vault())
      .open(owner, sealed)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({
      retryable: true,
      context: { ...owner, keyId: 'arn:aws:kms:eu:1/key.2' },
      cause: { message: 'InvalidCiphertextException' },
    });
  });

  test('whose data key is bound to nothing is still bound by what is sealed', async () => {
    const careless: KeyProvider = { keyId: 'k', wrap: (key) => key, unwrap: (key) => key };
    const sealer = createSealer(careless);
    const sealed = await sealer.seal(owner, 'secret');
    const other = { ...owner, connection: 'other' };
    await expect(sealer.open(other, sealed)).rejects.toThrow(/copied from another connection/);
  });

  test('without an id for its key is refused', async () => {
    const nameless: KeyProvider = { keyId: '', wrap: (key) => key, unwrap: (key) => key };
    await expect(createSealer(nameless).seal(owner, 'x')).rejects.toThrow(ConfigError);
  });
});
