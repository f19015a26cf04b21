import { ConfigError, createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const streams = {
  items: { schema: z.object({ id: z.string() }), key: 'id' as const, pull: async function* () {} },
};
const api = defineConnector({ name: 'api', streams });
const made = (options: object) => () =>
  createSyncer({ connectors: [api], store: memory(), ...options });

/** As JavaScript, or what was read from a file, gives them. */
const refused: readonly (readonly [option: string, value: unknown, expected: string])[] = [
  ['encryptionKey', 5, 'encryptionKey: is a number; give 32 random bytes as hex'],
  ['encryptionKey', null, 'encryptionKey: is no text'],
  ['encryptionKey', Buffer.alloc(32), 'encryptionKey: is no text'],
  ['encryptionKey', [], 'encryptionKey: the list is empty'],
  ['encryptionKey', ['a text of sixteen or more', 5], 'encryptionKey[1]: is a number, not a text'],
  ['keys', null, 'keys: expected { wrap, unwrap }, found null'],
  ['http', 5, 'http: expected an object, found 5'],
  ['http', { fetch: 'node-fetch' }, "http.fetch: expected a function, found 'node-fetch'"],
  ['http', { timeouts: 30 }, 'http.timeouts: expected an object, found 30'],
  ['http', { maxWait: null }, 'http.maxWait: null is not a duration'],
  ['http', { lookup: {} }, 'http.lookup: expected a function'],
  ['limiter', {}, 'limiter: expected { acquire, block,'],
  ['clock', Date, 'clock: expected { now, monotonic, sleep }'],
  ['random', 0.5, 'random: expected a function, found 0.5'],
  ['logger', { log() {} }, 'logger: expected { debug, info, warn, error }'],
  ['traffic', 'always', "traffic: expected an object, found 'always'"],
  ['store', './sync.db', "store: expected { open, close }, found './sync.db'"],
  ['connectors', [undefined], 'connectors: expected a list of what defineConnector() returned'],
];

test.each(refused)('%s: %j is refused when the syncer is made', (option, value, expected) => {
  const make = made({ [option]: value });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(expected);
});

test('no key is repeated in the error that refuses it', () => {
  expect(made({ encryptionKey: ['short-secret'] })).toThrow(/^(?!.*short-secret)/s);
});

describe('allowedOrigins', () => {
  test.each([
    ...['example.com', '*', 'https://*.example.com', 'ftp://example.com', 'file:///etc'],
    ...['https://example.com/files', 'https://me:secret@example.com', 'https://example.com?a=1', 5],
  ])('%s is no origin', (origin) => {
    const allowedOrigins = ['https://files.example.com', origin] as string[];
    const expected = /allowedOrigins\[1\]: expected an origin, scheme and host only/;
    expect(made({ http: { allowedOrigins } })).toThrow(expected);
    expect(() => defineConnector({ name: 'api', streams, allowedOrigins })).toThrow(expected);
  });

  test.each(['https://example.com', 'https://example.com/', 'http://127.0.0.1:8080'])(
    '%s is one',
    (origin) => {
      expect(made({ http: { allowedOrigins: [origin] } })).not.toThrow();
    },
  );
});
