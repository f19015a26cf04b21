import { describe, expect, it } from 'vitest';
import { withoutSecretTexts } from '../../../src/core/redaction/secret-texts.js';

const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIEow+IBAAK/CAQ==\nabc\n-----END RSA PRIVATE KEY-----`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl-_';

describe('withoutSecretTexts', () => {
  it.each([
    ['a form', 'user=u&password=pa%26ss&page_token=3', 'user=u&password=[redacted]&page_token=3'],
    [
      'the end of a form',
      'grant_type=x&client_secret=abc',
      'grant_type=x&client_secret=[redacted]',
    ],
    [
      'a name in brackets',
      'user%5Bpassword%5D=q&user[pwd]=r&n=1',
      'user%5Bpassword%5D=[redacted]&user[pwd]=[redacted]&n=1',
    ],
    ['a form with a key', 'key=abc&sig=def', 'key=[redacted]&sig=[redacted]'],
    [
      'a query',
      'see https://a.test/x?api_key=abc&page=2 or',
      'see https://a.test/x?api_key=[redacted]&page=2 or',
    ],
    [
      'a fragment',
      'https://a.test/cb?page_token=1#access_token=abc&x=1',
      'https://a.test/cb?page_token=1#access_token=[redacted]&x=1',
    ],
    [
      'an address in an address',
      'n=https%3A%2F%2Fa%2F%3Faccess_token%3Dabc%26p%3D2&q=1',
      'n=https%3A%2F%2Fa%2F%3Faccess_token%3D[redacted]%26p%3D2&q=1',
    ],
    [
      'user and password',
      'ftp://u:p@a.test/x and https://tok@b.test',
      'ftp://[redacted]@a.test/x and https://[redacted]@b.test',
    ],
    [
      'a link',
      '<https://a.test/?access_token=abc&page=2>; rel="next"',
      '<https://a.test/?access_token=[redacted]&page=2>; rel="next"',
    ],
    [
      'JSON with an address',
      '{"next":"https://a/?token=abc","id":1}',
      '{"next":"https://a/?token=[redacted]","id":1}',
    ],
    [
      'an element',
      '<a><Password>p&amp;w</Password><id>1</id></a>',
      '<a><Password>[redacted]</Password><id>1</id></a>',
    ],
    [
      'an element with a prefix',
      '<w:Password Type="t">pw</w:Password><n>1</n>',
      '<w:Password Type="t">[redacted]</w:Password><n>1</n>',
    ],
    [
      'elements in an element',
      '<credentials><u>u</u><p>p</p></credentials><n>1</n>',
      '<credentials>[redacted]</credentials><n>1</n>',
    ],
    ['a part that is quoted', '<secret><![CDATA[a<b]]></secret>', '<secret>[redacted]</secret>'],
    ['an element that was cut', '<a><apiKey>abc', '<a><apiKey>[redacted]'],
    [
      'an attribute',
      `<x apiKey="a b" name="n" token='t'/>`,
      `<x apiKey="[redacted]" name="n" token='[redacted]'/>`,
    ],
    ['a private key', `before ${PEM} after`, 'before [redacted] after'],
    ['a private key in JSON', JSON.stringify({ k: PEM, n: 1 }), '{"k":"[redacted]","n":1}'],
    ['a private key that was cut', PEM.slice(0, 60), '[redacted]'],
    ['two private keys', `${PEM}\n--\n${PEM}`, '[redacted]\n--\n[redacted]'],
    ['a JWT', `got ${JWT}.`, 'got [redacted].'],
    ['a JWT in JSON', `{"value":"${JWT}","n":1}`, '{"value":"[redacted]","n":1}'],
    [
      'a bearer value',
      'sent Authorization Bearer abc-123_x.y/z= to',
      'sent Authorization Bearer [redacted] to',
    ],
    ['a basic value', 'basic dXNlcjpwYXNz, again', 'basic [redacted], again'],
    [
      'lines of headers',
      'Host: a\nX-Api-Key: 12 3\nauthorization: Basic dXNlcjpwYXNz\n',
      'Host: a\nX-Api-Key: [redacted]\nauthorization: [redacted]\n',
    ],
    ['lines of YAML', 'a: 1\n  password: p w\nb: 2', 'a: 1\n  password: [redacted]\nb: 2'],
    ['what Python prints', "{'password': 'hunter2', 'n': 1}", "{'password': '[redacted]', 'n': 1}"],
    [
      'a GraphQL argument',
      'mutation { login(password: "x y", name: "n") }',
      'mutation { login(password: "[redacted]", name: "n") }',
    ],
  ])('masks in %s', (_, text, expected) => {
    expect(withoutSecretTexts(text)).toBe(expected);
  });

  it.each([
    'Bearer authentication is required; Basic authentication too',
    'the key=value pairs of a sentence',
    '{"message":"password: must be 8 characters"}',
    'https://a.test/@user?next_page_token=abc&cursor=eyJpZCI6MX0',
    'mail a@b.test about tokens and passwords',
    '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----',
    '<tokens_used>5</tokens_used><password/><pwd /><secret></secret>',
    'W/"abc", max-age=5; token_type=bearer',
  ])('shows %s', (text) => {
    expect(withoutSecretTexts(text)).toBe(text);
  });

  it('changes nothing in what it has masked', () => {
    const once = withoutSecretTexts(`a=1&token=x&u=https://u:p@h\n${PEM}\n<pwd>x</pwd> ${JWT}`);
    expect(withoutSecretTexts(once)).toBe(once);
  });

  it.each(
    [
      ['token=', '&a=b', 'eyJ', 'eyJ-', 'eyJaaaaa.', '-----BEGIN PRIVATE KEY-----', 'bearer '],
      ['http://a:', '%5B', "'a':'", 'password: "', '\n a', '<token>', '<a ', '<token ', 'a%3D'],
      ['"', '\\', '&key=', 'x@', 'token="', "token='"],
    ].flat(),
  )('takes no longer for much of %j', (part) => {
    const started = performance.now();
    withoutSecretTexts(`key ${part.repeat(Math.ceil(131_072 / part.length))}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
