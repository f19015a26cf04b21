import { apiKey, basic, bearer, customAuth, type Schema } from 'syncline';
import type { Dice } from './dice.js';

export const AUTHS = ['none', 'bearer', 'basic', 'header', 'query', 'custom'] as const;
export type AuthKind = (typeof AUTHS)[number];

/** Seals credentials in every world: 32 bytes. */
export const ENCRYPTION_KEY = '5ec0de'.padEnd(64, '0a');

const USER = 'sim@example.com';

interface Deep {
  readonly deep: readonly { readonly secret: string }[];
}

const deepSchema: Schema<Deep, Deep> = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (value) => ({ value: value as Deep }),
  },
};

/** A secret for each connection, which the API repeats, and which must be found nowhere. */
export class Canary {
  readonly kind: AuthKind;
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #forms: readonly string[];

  constructor(kind: AuthKind, connections: readonly string[], dice: Dice) {
    this.kind = kind;
    const ascii = kind === 'bearer' || kind === 'header';
    this.#secrets = new Map(
      connections.map((id) => [id, `c4n/${id}+"${dice.between(1e8, 9e8)}"${ascii ? '' : ' é'}`]),
    );
    this.#forms = [...this.#secrets.values()].flatMap(formsOf);
  }

  /** What a connection is created with. */
  credentialsOf(connection: string): unknown {
    const secret = this.secretOf(connection);
    switch (this.kind) {
      case 'none':
        return undefined;
      case 'bearer':
        return { token: secret };
      case 'basic':
        return { username: USER, password: secret };
      case 'header':
      case 'query':
        return { key: secret };
      case 'custom':
        return { deep: [{ secret }] };
    }
  }

  /** How the connector authorises its requests. */
  auth(): object | undefined {
    switch (this.kind) {
      case 'none':
        return undefined;
      case 'bearer':
        return bearer();
      case 'basic':
        return basic();
      case 'header':
        return apiKey({ header: 'x-api-key' });
      case 'query':
        return apiKey({ query: 'api_key' });
      case 'custom':
        return customAuth({
          credentials: deepSchema,
          apply: ({ headers }, { credentials: { deep } }) => {
            headers.set('x-signed', encodeURIComponent(deep[0]?.secret ?? ''));
          },
        });
    }
  }

  secretOf(connection: string): string {
    return this.#secrets.get(connection) ?? '';
  }

  /** Whether a request to a connection's data carries that connection's secret. */
  isCarried(connection: string, headers: Headers, url: URL): boolean {
    const secret = this.secretOf(connection);
    switch (this.kind) {
      case 'none':
        return true;
      case 'bearer':
        return headers.get('authorization') === `Bearer ${secret}`;
      case 'basic': {
        const pair = Buffer.from(`${USER}:${secret}`).toString('base64');
        return headers.get('authorization') === `Basic ${pair}`;
      }
      case 'header':
        return headers.get('x-api-key') === secret;
      case 'query':
        return url.searchParams.get('api_key') === secret;
      case 'custom':
        return headers.get('x-signed') === encodeURIComponent(secret);
    }
  }

  /** The secret, as an API may repeat it. */
  echo(connection: string, dice: Dice): string {
    if (this.kind === 'none') return 'nothing';
    const secret = this.secretOf(connection);
    return dice.pick([
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(`id=1;${secret};x`).toString('base64url'),
      JSON.stringify({ secret }),
    ]);
  }

  /** The form in which a secret is found in a text, or among bytes. */
  foundIn(place: string | Buffer): string | undefined {
    if (this.kind === 'none') return undefined;
    return this.#forms.find((form) => place.includes(form));
  }
}

/** Everything that would give a secret away. */
function formsOf(secret: string): readonly string[] {
  const written = [secret, `${USER}:${secret}`].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    new URLSearchParams([['', text]]).toString().slice(1),
  ]);
  // In base64 it looks different for each place in a group of three; its ends depend on what stands beside it.
  const encoded = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from(`${'x'.repeat(offset)}${secret}`);
    const inner = (text: string): string => text.slice(offset === 0 ? 0 : offset + 1, -4);
    return [inner(bytes.toString('base64')), inner(bytes.toString('base64url'))];
  });
  return [...written, ...encoded];
}
