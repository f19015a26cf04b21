import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/core/errors.js';
import { Redactor } from '../../../src/core/redaction/redactor.js';

describe("the app's own patterns", () => {
  test.each<[string, RegExp | string, string, string]>([
    ['a text', 'Project X', 'about Project X and Project X', 'about [redacted] and [redacted]'],
    ['a text with special characters', 'a.b*', 'a.b* axb', '[redacted] axb'],
    ['an expression', /sk_\w+/, 'sk_live_1 and sk_test_2', '[redacted] and [redacted]'],
    ['one that is sticky and has been used', /\d{4}/y, 'a 1234 5678', 'a [redacted] [redacted]'],
    ['one that matches nothing at all', /x*/, 'axxb', 'a[redacted]b'],
    ['flags', /secret/i, 'SECRET', '[redacted]'],
    ['groups', /(?:\d+-)+\d+/, 'call 555-123-99 now', 'call [redacted] now'],
    ['an address', /[\w.+-]+@[\w-]+\.[\w.]+/, 'from a.b@c.de to x', 'from [redacted] to x'],
  ])('%s', (_, pattern, text, redacted) => {
    const redactor = new Redactor([pattern]);
    expect(redactor.redact(text)).toBe(redacted);
    expect(redactor.redact(text)).toBe(redacted);
    expect(redactor.redact('nothing')).toBe('nothing');
  });

  test.each<[string, RegExp, string]>([
    ['nested quantifiers', /(a+)+$/, `${'a'.repeat(50)}b`],
    ['alternatives that overlap', /(?:a|a|aa)*$/, `${'a'.repeat(60)}b`],
    ['many quantifiers', /a*a*a*a*a*a*a*a*b/, 'a'.repeat(3_000)],
    ['a long text', /a+b/, 'a'.repeat(500_000)],
    ['a backreference', /^(a+)\1+$/, `${'a'.repeat(20_000)}b`],
  ])('one that would hang (%s) is stopped, and lets nothing out', (_, pattern, text) => {
    const redactor = new Redactor([pattern]);
    const began = performance.now();
    for (let i = 0; i < 20; i++) expect(redactor.redact(text)).toBe('[redacted]');
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test.each<[unknown, RegExp]>([
    [[''], /redact\[0\]/],
    [['ok', 42], /redact\[1\]/],
    ['text', /redact: expected a list/],
  ])('%j is refused', (patterns, message) => {
    const make = (): Redactor => new Redactor(patterns as readonly string[]);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
});
