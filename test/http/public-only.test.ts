import { createSyncer, defineConnector, NetworkError } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { isPublicAddress } from '../../src/http/network/public-address.js';

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1'],
  ...['0.0.0.0', '255.255.255.255', '224.0.0.1', '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fd00::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1'],
  ...['ff02::1', '', 'example.com'],
])("'%s' is no public address", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])('%s is', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const names: Readonly<Record<string, readonly string[]>> = {
  'api.example.com': ['93.184.216.34'],
  'inner.example.com': ['93.184.216.34', '10.0.0.5'],
};

async function ask(url: string, network: 'public' | 'any', answer = Response.json([])) {
  const connector = defineConnector({
    ...{ name: 'own', baseUrl: url, network, allowedOrigins: ['http://127.0.0.1:8080'] },
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        async *pull(ctx) {
          yield (await ctx.http.get('items').json()) as { id: number }[];
        },
      },
    },
  });
  const sent: string[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    sent.push(new Request(input, init).url);
    return sent.length === 1 ? answer : Response.json([]);
  };
  const lookup = async (name: string): Promise<readonly string[]> => names[name] ?? [];
  const syncer = createSyncer({
    ...{ connectors: [connector], store: memory(), http: { fetch, lookup } },
  });
  onTestFinished(() => syncer.stop({ drain: 0 }));
  await syncer.connections.create(connector, { id: 'acme' });
  const items = syncer.connection(connector, 'acme').stream('items');
  const { error } = await items.sync({ throws: false });
  return { error, sent };
}

test.each([
  ...['http://127.0.0.1:9', 'http://2130706433', 'http://0x7f.1', 'http://[::1]:9'],
  ...['http://[::ffff:10.0.0.1]', 'https://inner.example.com'],
])('%s is refused before anything is sent, and not tried again', async (url) => {
  const { error, sent } = await ask(url, 'public');
  expect(error).toBeInstanceOf(NetworkError);
  expect(error).toMatchObject({
    ...{ retryable: false, context: { reason: 'PRIVATE_ADDRESS', attempts: 1 } },
  });
  expect(sent).toEqual([]);
});

test('so is a redirect to one', async () => {
  const location = 'http://127.0.0.1:8080/secrets';
  const moved = new Response('', { status: 302, headers: { location } });
  const { error, sent } = await ask('https://api.example.com', 'public', moved);
  expect(error).toMatchObject({ context: { reason: 'PRIVATE_ADDRESS' } });
  expect(sent).toEqual(['https://api.example.com/items']);
});

test('public ones are asked, and without the guard all are', async () => {
  expect((await ask('https://api.example.com', 'public')).error).toBeUndefined();
  expect((await ask('http://127.0.0.1:9', 'any')).error).toBeUndefined();
});
