import { expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

test('http.exchange: each response that came in full, whatever its status, with its place, times and sizes', async () => {
  const world = limitedWorld({
    pull: async (http) => {
      await http.post('items?secret=no', { json: { a: 1 } }).json();
    },
  });
  const headers = { 'retry-after': '10' };
  world.respond = async ({ index }) => {
    await world.clock.sleep(40);
    if (index === 0) return new Response('slow down', { status: 429, headers });
    return Response.json([1, 2]);
  };
  await world.connect();
  const { id: run } = await world.sync();
  const exchanges = world.told('http.exchange');
  const place = { connector: 'api', connection: 'acme', stream: 'items', run, level: 'debug' };
  const asked = { method: 'POST', url: 'https://api.test/v1/items', requestBytes: 7 };
  expect(exchanges).toMatchObject([
    { ...place, ...asked, attempt: 1, status: 429, responseBytes: 9, queuedMs: 0 },
    { ...place, ...asked, attempt: 2, status: 200, responseBytes: 5 },
  ]);
  const [first, second] = exchanges;
  expect(first!.firstByteMs).toBeGreaterThanOrEqual(40);
  expect(first!.durationMs).toBeGreaterThanOrEqual(first!.firstByteMs);
  expect(second!.queuedMs).toBeGreaterThanOrEqual(10_000);
});

test('http.exchange is not told of what did not come in full', async () => {
  const world = limitedWorld();
  world.respond = ({ index }) => {
    if (index === 0) throw new TypeError('fetch failed');
    return Response.json([]);
  };
  await world.connect();
  await world.sync();
  expect(world.told('http.exchange')).toMatchObject([{ attempt: 2, status: 200 }]);
});
