import { describe, expect, it } from 'vitest';
import { MASK, withoutSecretFields } from '../../../src/core/redaction/secret-fields.js';

const shown = (value: unknown): unknown => JSON.parse(withoutSecretFields(JSON.stringify(value)));

describe('withoutSecretFields', () => {
  it.each<[string, unknown]>([
    ['a text', 'hunter2'],
    ['a text with quotes and backslashes', 'a"b\\"c\\'],
    ['a short text', 'x'],
    ['a number', 12345],
    ['a negative number', -1.5e3],
    ['a list', ['a', 'b']],
    ['an object', { user: 'u', deep: [{ key: 'a}]"' }] }],
    ['a list of numbers', [1, 2]],
  ])('masks %s under a secret name', (_, secret) => {
    expect(shown({ before: 1, password: secret, after: [2] })).toEqual({
      before: 1,
      password: MASK,
      after: [2],
    });
  });

  it('masks at any depth, in lists, and several', () => {
    expect(
      shown([{ a: { api_key: 1, b: [{ clientSecret: 'x' }] }, tokens: ['a', 'b'] }, { pwd: 'y' }]),
    ).toEqual([{ a: { api_key: MASK, b: [{ clientSecret: MASK }] }, tokens: MASK }, { pwd: MASK }]);
  });

  it('leaves what tells nothing: yes and no, nothing, and counts', () => {
    const value = {
      ...{ password: true, secret: false, token: null, api_key: '', credentials: {}, cookies: [] },
      usage: { tokens: 523, total_tokens: 4 },
    };
    expect(shown(value)).toEqual(value);
  });

  it('masks only texts where the name is used for other things too', () => {
    const value = { key: { id: 1 }, auth: [1], signature: 5, session: { id: 3 } };
    expect(shown(value)).toEqual(value);
    expect(shown({ key: 'k', auth: 'a', signature: 's', session: 'x' })).toEqual({
      ...{ key: MASK, auth: MASK, signature: MASK, session: MASK },
    });
  });

  it('shows where a list goes on', () => {
    const value = { next_page_token: 'p', nextSyncToken: 's', paging: { cursor: 'c' } };
    expect(shown(value)).toEqual(value);
  });

  it('masks in JSON that is written in a text of JSON', () => {
    const inner = { password: 'a"b', list: [1], deeper: JSON.stringify({ token: ['t'], id: 7 }) };
    const text = withoutSecretFields(JSON.stringify({ payload: JSON.stringify(inner), id: 1 }));
    expect(text).not.toMatch(/a\\+"b|"t\\*"/);
    const outer = JSON.parse(text) as { payload: string; id: number };
    const payload = JSON.parse(outer.payload) as { deeper: string };
    expect(outer.id).toBe(1);
    expect(payload).toMatchObject({ password: MASK, list: [1] });
    expect(JSON.parse(payload.deeper)).toEqual({ token: MASK, id: 7 });
  });

  it('masks what is left of a text, a list or an object that was cut', () => {
    expect(withoutSecretFields('{"id":1,"password":"hunt')).toBe(`{"id":1,"password":"${MASK}"`);
    expect(withoutSecretFields('{"password":"hunt\\')).toBe(`{"password":"${MASK}"`);
    expect(withoutSecretFields('{"tokens":["a","b')).toBe(`{"tokens":"${MASK}"`);
    expect(withoutSecretFields('{"credentials":{"a":{"b":"c"}')).toBe(`{"credentials":"${MASK}"`);
    expect(withoutSecretFields('{"a":"{\\"pwd\\":\\"hunt","b":1}')).toBe(
      `{"a":"{\\"pwd\\":\\"${MASK}\\"","b":1}`,
    );
    expect(withoutSecretFields('{"pin":1,"password":')).toBe('{"pin":1,"password":');
  });

  it('keeps blanks and lines as they were', () => {
    expect(withoutSecretFields('{\n  "password" : [\n 1\n ],\n  "a": 1\n}\n{"pwd":2}\n')).toBe(
      `{\n  "password" : "${MASK}",\n  "a": 1\n}\n{"pwd":"${MASK}"}\n`,
    );
  });

  it.each(['"', '\\"', '"password":{', '"a":"', '{"token":[', '\\\\\\"a\\\\\\":', '"pwd":"\\\\'])(
    'takes no longer for much of %j',
    (part) => {
      const started = performance.now();
      withoutSecretFields(part.repeat(100_000));
      expect(performance.now() - started).toBeLessThan(1000);
    },
  );
});
