import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../src/core/redaction/redactor.js';

const knowing = (...secrets: string[]): Redactor => {
  const redactor = new Redactor();
  redactor.learn('github/acme', secrets);
  return redactor;
};

const secrets = fc
  .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 })
  .filter((text) => text.trim().length >= 8);
const around = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });

/** The ways in which APIs repeat what they were sent. */
const written: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in a query': (text) => encodeURIComponent(text),
  'in a form': (text) => new URLSearchParams([['q', text]]).toString(),
  'with every character percent-encoded': (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in JSON': (text) => JSON.stringify({ text }),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify({ text })),
  'in JSON with all escaped': (text) =>
    Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'in HTML': (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64 in a query': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
};

describe('a secret is masked wherever it occurs', () => {
  test.each(Object.entries(written))('%s', (_, write) => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        // Percent signs of its own would be read as somebody's encoding.
        fc.pre(!/%|\\|&/.test(before + after + secret));
        const text = write(`${before}${secret}${after}`);
        const redacted = knowing(secret).redact(text);
        expect(redacted).toContain('[redacted]');
        for (const read of Object.values(written)) expect(redacted).not.toContain(read(secret));
      }),
    );
  });

  test('as the password of Basic authentication, and as its user name', () => {
    const redactor = knowing('someone@example.com', 'canary/secret+1');
    const header = `Basic ${Buffer.from('someone@example.com:canary/secret+1').toString('base64')}`;
    const left = redactor.redact(header).replaceAll('[redacted]', '').replace('Basic ', '');
    expect(left.length).toBeLessThanOrEqual(4);
  });

  test('in the middle of a base64 text, at each of the three places', () => {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`{"a":"${before}canary-secret-1","b":2}`).toString('base64');
      const redacted = knowing('canary-secret-1').redact(text);
      const shown = redacted.split('[redacted]').map((part) => Buffer.from(part, 'base64'));
      expect(Buffer.concat(shown).toString()).not.toMatch(/canary|secret/);
    }
  });

  test('twice, and overlapping another one, without a rest', () => {
    const redactor = knowing('abcdefgh-1', 'fgh-1-ijkl-mnop');
    expect(redactor.redact('<abcdefgh-1-ijkl-mnop> abcdefgh-1')).toBe('<[redacted]> [redacted]');
  });
});

test('a secret of seven characters is left, one of eight is not', () => {
  const redactor = knowing('1234567', 'abcdefgh');
  expect(redactor.redact('1234567 abcdefgh')).toBe('1234567 [redacted]');
});

test('other text stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('canary'));
      expect(knowing('canary-secret').redact(text)).toBe(text);
    }),
  );
});

test('what is cut off does not leave half a secret', () => {
  const secret = 'QUX/ZYX+WVQ/UXZ=YXW';
  for (let max = 0; max < 60; max++) {
    const text = `0123456789${secret}${'x'.repeat(200)}`;
    const redacted = knowing(secret).redact(text, max);
    expect(redacted).not.toMatch(/[Q-Z]/);
    expect(redacted.startsWith('0123456789'.slice(0, max))).toBe(true);
  }
  expect(knowing(secret).redact('abc', 2)).toBe('ab');
});

test('secrets of connections that were long not heard of are forgotten, the others not', () => {
  const redactor = new Redactor();
  redactor.learn('first', ['first-secret-1']);
  redactor.learn('shared', ['first-secret-2', 'shared-secret']);
  for (let i = 0; i < 1_999; i++) redactor.learn(`c${i}`, [`secret-of-${i}`, 'shared-secret']);
  expect(redactor.redact('first-secret-1')).toBe('first-secret-1');
  redactor.learn('one-more', ['shared-secret']);
  expect(redactor.redact('first-secret-2')).toBe('first-secret-2');
  expect(redactor.redact('shared-secret secret-of-1998')).toBe('[redacted] [redacted]');
  for (let i = 0; i < 100; i++) redactor.learn('signing', [`signature-${i}-x`]);
  expect(redactor.redact('signature-1-x')).toBe('signature-1-x');
  expect(redactor.redact('signature-99-x')).toBe('[redacted]');
});

test('all of a connection’s credentials are known, however many, and those in use outlast signatures', () => {
  const redactor = new Redactor();
  const credentials = Array.from({ length: 50 }, (_, i) => `credential-${i}-x`);
  redactor.learn('acme', credentials);
  for (const secret of credentials) expect(redactor.redact(secret)).toBe('[redacted]');
  redactor.learn('acme', credentials.slice(40));
  expect(redactor.redact('credential-0-x')).toBe('credential-0-x');
  for (let i = 0; i < 100; i++) redactor.learn('signing', ['token-in-use', `signature-${i}-x`]);
  expect(redactor.redact('token-in-use')).toBe('[redacted]');
});
