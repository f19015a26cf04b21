import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/auth/seal.js';
import { AuthError, ConfigError } from '../../src/core/errors.js';

const HEX = randomBytes(32).toString('hex');
const owner = { connector: 'github', id: 'acme' };
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const name = fc.string({ maxLength: 20 });

describe('sealed credentials', () => {
  test('open as they were, for their owner only', () => {
    const sealer = createSealer([HEX]);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((plain) => plain.isWellFormed()),
        name,
        name,
        name,
        name,
        (plain, connector, id, otherConnector, otherId) => {
          const sealed = sealer.seal({ connector, id }, plain);
          expect(sealer.open({ connector, id }, sealed)).toBe(plain);
          if (connector === otherConnector && id === otherId) return;
          expect(() => sealer.open({ connector: otherConnector, id: otherId }, sealed)).toThrow(
            AuthError,
          );
        },
      ),
    );
  });

  test('tell owners apart whose names only join to the same text', () => {
    const sealer = createSealer([HEX]);
    const sealed = sealer.seal({ connector: 'a', id: 'b","c' }, 'x');
    expect(() => sealer.open({ connector: 'a","b', id: 'c' }, sealed)).toThrow(AuthError);
  });

  test('are different each time, and show nothing of what they hold', () => {
    const sealer = createSealer([HEX]);
    fc.assert(
      fc.property(
        text.filter((plain) => plain.length >= 8),
        (plain) => {
          const [one, two] = [sealer.seal(owner, plain), sealer.seal(owner, plain)];
          expect(one).not.toBe(two);
          const bytes = one
            .split('.')
            .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
          expect([one, ...bytes].some((part) => part.includes(plain))).toBe(false);
        },
      ),
    );
  });

  test('do not open after a bit was changed, anywhere', () => {
    const sealer = createSealer([HEX]);
    const sealed = sealer.seal(owner, '{"token":"canary-secret"}');
    fc.assert(
      fc.property(fc.nat(3), fc.nat(), fc.nat(7), (part, at, bit) => {
        const parts = sealed.split('.');
        const bytes =
          part < 2 ? Buffer.from(parts[part] ?? '') : Buffer.from(parts[part] ?? '', 'base64url');
        const index = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        parts[part] = bytes.toString(part < 2 ? 'latin1' : 'base64url');
        const open = () => sealer.open(owner, parts.join('.'));
        expect(open).toThrow(AuthError);
        expect(open).not.toThrow(/canary-secret/);
      }),
    );
  });

  test('no text is opened by chance, or makes anything else than a typed error', () => {
    const sealer = createSealer([HEX]);
    const [format = '', keyId = ''] = sealer.seal(owner, 'x').split('.');
    const part = fc.oneof(fc.constantFrom(format, keyId, ''), fc.base64String(), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        expect(() => sealer.open(owner, parts.join('.'))).toThrow(AuthError);
      }),
      { numRuns: 500 },
    );
  });

  test('of a later format say so', () => {
    expect(() => createSealer([HEX]).open(owner, 'syncline-sealed-2.x')).toThrow(
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
  ])('32 bytes are the same key as hex and as %s', (_, key) => {
    expect(createSealer([key]).open(owner, createSealer([HEX]).seal(owner, 'x'))).toBe('x');
  });

  test('a text of 16 characters is a key, the same in each process', () => {
    const sealed = createSealer(['correct horse ba']).seal(owner, 'x');
    expect(createSealer(['correct horse ba']).open(owner, sealed)).toBe('x');
    expect(() => createSealer(['correct horse bb']).open(owner, sealed)).toThrow(AuthError);
  });

  test('what the old key sealed opens after a rotation; the new one seals', () => {
    const [older, newer] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
    const before = createSealer([older]).seal(owner, 'before');
    const both = createSealer([newer, older]);
    expect(both.open(owner, before)).toBe('before');
    expect(createSealer([newer]).open(owner, both.seal(owner, 'after'))).toBe('after');
    const lost = () => createSealer([newer]).open(owner, before);
    expect(lost).toThrow(AuthError);
    expect(lost).toThrow(
      /github\/acme were sealed with another key \(.*\)\. Give the old key too, as in encryptionKey: \[new, old\]/,
    );
    for (const key of [older, newer]) expect(lost).not.toThrow(key);
  });

  test.each<[string, unknown]>([
    ['none', []],
    ['too short', ['fifteen letters']],
    ['blank', ['                    ']],
    ['no text', [undefined]],
    ['a number', [42]],
    ['the second too short', [HEX, 'short']],
  ])('%s: a ConfigError that does not repeat it', (_, keys) => {
    const make = () => createSealer(keys as readonly string[]);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(/encryptionKey.*openssl rand -hex 32/);
    expect(make).not.toThrow(/fifteen|short["']/);
  });
});
