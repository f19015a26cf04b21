import { describe, expect, it } from 'vitest';
import { secrecyOf } from '../../../src/core/redaction/secret-names.js';

/** A name in every spelling: snake, camel, Pascal, kebab, upper, dotted, with blanks, and with a prefix. */
function spellings(words: string): string[] {
  const list = words.split(' ');
  const pascal = list.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const camel = [list[0] ?? '', ...pascal.slice(1)].join('');
  const kebab = list.join('-');
  return [
    ...[list.join('_'), camel, pascal.join(''), kebab, pascal.join('-'), words, list.join('.')],
    ...[list.join('_').toUpperCase(), kebab.toUpperCase(), `x-${kebab}`, `X-Acme-${kebab}`],
    ...[`acme_${list.join('_')}`, `user[${list.join('_')}]`, `user%5B${list.join('_')}%5D`],
  ];
}

describe('secrecyOf', () => {
  it.each([
    'password',
    'passwd',
    'passphrase',
    'passcode',
    'pwd',
    'secret',
    'client secret',
    'api key',
    'app key',
    'access key',
    'secret access key',
    'private key',
    'signing key',
    'encryption key',
    'subscription key',
    'token',
    'access token',
    'refresh token',
    'id token',
    'csrf token',
    'session token',
    'session id',
    'credentials',
    'cookie',
    'authorization',
  ])('knows %s as secret in every spelling', (words) => {
    for (const name of spellings(words)) expect(secrecyOf(name), name).toBe('all');
  });

  it.each(
    [
      ['pass', 'smtp_pass', 'DB_PASS', 'userPass', 'apikey', 'APIKEY', 'xapikey', 'accesstoken'],
      ['clientsecret', 'userpassword', 'JSESSIONID', 'PHPSESSID', 'set-cookie', 'x-auth-user'],
      ['ocp-apim-subscription-key', 'x-goog-api-key', 'X-Amz-Credential', 'X-Amz-Security-Token'],
      ['proxy-authorization', 'access_key_id', 'appsecret_proof', 'authorization_code', 'APIKey'],
      ['SMTPPwd', 'AWSSecretAccessKey', 'sessid'],
    ].flat(),
  )('knows %s as secret', (name) => {
    expect(secrecyOf(name)).toBe('all');
  });

  it.each(['key', 'sig', 'auth', 'assertion', 'signature', 'X-Amz-Signature', 'code_verifier'])(
    'takes a text under %s for secret, which is also a name for other things',
    (name) => {
      expect(secrecyOf(name)).toBe('text');
    },
  );

  it.each(
    [
      ['page_token', 'pageToken', 'page-token', 'x-page-token', 'next_page_token', 'nextPageToken'],
      ['NextToken', 'nextSyncToken', 'sync_token', 'startPageToken', 'continuationToken'],
      ['continuation_token', 'cursor_token', '$skiptoken', 'deltaToken', 'resume_token'],
      [
        'NEXT_PAGE_TOKEN',
        'prev_page_token',
        'nexttoken',
        'pagetoken',
        'change_token',
        'XPageToken',
      ],
    ].flat(),
  )('takes %s for a place in a list', (name) => {
    expect(secrecyOf(name)).toBe('none');
  });

  it.each([
    'page_access_token',
    'pageAccessToken',
    'next_refresh_token',
    'next-auth.session-token',
    'sync_api_key',
    'x-async-api-key',
    'cursor_secret',
    'page_password',
    'homepage_token',
    'webhook_sync_secret',
    'continuation_session_id',
  ])('takes %s for no place, though it has a word of one', (name) => {
    expect(secrecyOf(name)).toBe('all');
  });

  it.each(
    [
      ['passenger', 'compass', 'boarding_pass', 'bypass', 'passed', 'secretary', 'tokenizer'],
      [
        'author',
        'authorized',
        'authority',
        'cookie_name',
        'www-authenticate',
        'keyboard',
        'monkey',
      ],
      ['primary_key', 'sort_key', 'idempotency-key', 'public_key', 'keys', 'keyword', 'sessions'],
      ['max_tokens', 'total_tokens', 'promptTokens', 'tokens_used', 'token_type', 'token_count'],
      ['token_expires_in', 'access_token_expires_at', 'password_changed_at', 'password_policy'],
      [
        'token_url',
        'authorization_url',
        'authorization_endpoint',
        'id',
        'name',
        '',
        'x',
        '%',
        '%E0',
      ],
    ].flat(),
  )('shows %s', (name) => {
    expect(secrecyOf(name)).toBe('none');
  });

  it('judges the end of a long name', () => {
    expect(secrecyOf(`${'a'.repeat(100_000)}_password`)).toBe('all');
  });
});
