import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import {
  apiKey,
  type Auth,
  basic,
  bearer,
  customAuth,
  defineConnector,
  sqlite,
  toHar,
} from 'syncline';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Got, loopback } from '../http/support/loopback.js';
import { collect, rejection, tempFile, testSyncer } from '../support/syncer.js';

const SECRET = 'canary/s"cret+1 é';
const USER = 'someone@example.com';

/** Everything that would give the secret away. */
const written = (secret: string): readonly string[] =>
  [secret, `${USER}:${secret}`].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    new URLSearchParams([['', text]]).toString().slice(1),
    ...(['base64', 'base64url'] as const).flatMap((encoding) => inside(text, encoding)),
  ]);

/** What is the same of a text in base64 wherever it stands, by how many bytes are before it. */
function inside(text: string, encoding: 'base64' | 'base64url'): readonly string[] {
  return [0, 2, 3].map((own, before) =>
    Buffer.from(`${'-'.repeat(before)}${text}`)
      .toString(encoding)
      .replace(/=+$/, '')
      .slice(own, -1),
  );
}

/** Ways to repeat what was sent: as many as there are places to repeat it in. */
const echoes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`id=1;${text};x`).toString('base64url'),
  (text) => JSON.stringify({ text }),
];

/** An API that repeats a secret in bodies, headers and addresses. */
function repeating(secret: string) {
  let count = 0;
  return ({ url }: Got) => {
    count += 1;
    const echo = (echoes[count % echoes.length] ?? String)(secret);
    const seen = encodeURIComponent(secret);
    const headers = {
      'x-echo': encodeURIComponent(echo),
      'x-plain': Buffer.from(secret).toString('base64'),
    };
    switch (url.pathname) {
      case '/ok':
        return url.searchParams.has('page')
          ? { body: [{ id: '1' }], headers }
          : { body: [], headers: { ...headers, link: `</ok?page=2&seen=${seen}>; rel="next"` } };
      case '/away':
        return { status: 302, headers: { location: `https://evil.example/?seen=${seen}` } };
      case '/html':
        return { body: `<p>${echoes.map((written) => written(secret)).join(' ')}</p>` };
      default:
        return { status: Number(url.pathname.slice(1)), body: { error: `bad ${echo}` }, headers };
    }
  };
}

/** Has the secret repeated in every way, and looks for it everywhere. */
async function hunt<Credentials>(
  auth: Auth<Credentials>,
  credentials: NoInfer<Credentials>,
  secret: string,
): Promise<void> {
  const api = await loopback(repeating(secret));
  let path = 'ok';
  const leaky = defineConnector({
    name: 'leaky',
    baseUrl: api.origin,
    auth,
    streams: {
      rows: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        async *pull(ctx) {
          if (path === 'thrown') {
            const text = await ctx.http.get('html').text();
            throw Object.assign(new Error(`it said ${text}`, { cause: new Error(text) }), { text });
          }
          if (path === 'logged') {
            const text = await ctx.http.get('html').text();
            ctx.log.info(`it said ${text}`, { deep: [{ [text]: text }] });
          } else yield* ctx.http.pages(path, { searchParams: { mine: 1 }, pagination: 'link' });
        },
      },
    },
  });
  const file = tempFile();
  const logged: unknown[] = [];
  const log = (...line: unknown[]): number => logged.push(line);
  const { syncer, events } = testSyncer([leaky], {
    store: sqlite(file),
    encryptionKey: 'canary-key-canary-key',
    traffic: { bodies: 'always' },
    logger: { debug: log, info: log, warn: log, error: log },
  });
  await syncer.connections.create(leaky, { id: 'acme', credentials } as never);
  const thrown: unknown[] = [];
  for (path of ['ok', 'logged', 'thrown', 'away', 'html', '400', '401', '403', '404']) {
    const synced = syncer.connection(leaky, 'acme').stream('rows').sync();
    if (path === 'ok' || path === 'logged') expect((await synced).status).toBe('succeeded');
    else thrown.push(await rejection(synced));
  }
  const traffic = await collect(syncer.traffic());
  const told = {
    ...{ thrown, events, logged, traffic, har: await toHar(traffic) },
    logs: await collect(syncer.logs()),
    runs: await collect(syncer.runs()),
  };
  await syncer.stop();
  for (const [place, found] of Object.entries(told)) {
    const all = { depth: 30, maxArrayLength: null, maxStringLength: null, showHidden: true };
    const text = inspect(found, all) + JSON.stringify(found);
    expect(text, place).toContain('[redacted]');
    for (const form of [...written(secret), 'canary-key']) {
      expect(text.includes(form), `${place}: ${form}`).toBe(false);
    }
  }
  for (const name of readdirSync(dirname(file))) {
    const bytes = readFileSync(join(dirname(file), name));
    for (const form of written(secret))
      expect(bytes.includes(form), `${name}: ${form}`).toBe(false);
  }
}

test.each<[string, () => Promise<void>]>([
  ['bearer', () => hunt(bearer(), { token: 'canary/s"cret+1' }, 'canary/s"cret+1')],
  ['basic', () => hunt(basic(), { username: USER, password: SECRET }, SECRET)],
  ['apiKey', () => hunt(apiKey({ query: 'k' }), { key: SECRET }, SECRET)],
  [
    'customAuth',
    () =>
      hunt(
        customAuth({
          credentials: z.object({ deep: z.array(z.object({ secret: z.string() })) }),
          apply: ({ headers }, { credentials: { deep } }) => {
            headers.set('x-mine', encodeURIComponent(deep[0]?.secret ?? ''));
          },
        }),
        { deep: [{ secret: SECRET }] },
        SECRET,
      ),
  ],
])('%s: a secret that the API repeats is found nowhere', async (_, find) => {
  await find();
});
