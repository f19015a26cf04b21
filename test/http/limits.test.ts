import { AbortedError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';
import { collect } from '../support/syncer.js';

describe("a connector's rateLimit hook", () => {
  test('says that a response is a refusal which nobody else could know, and for how long', async () => {
    const world = limitedWorld({
      rateLimit: (_, body) =>
        body === 'try later' ? { limited: true, retryAfterMs: 9_000 } : undefined,
    });
    world.respond = ({ index }) =>
      index === 0 ? new Response('try later') : Response.json([{ id: 1 }]);
    await world.connect();
    expect((await world.sync()).counts).toMatchObject({ requests: 2, retries: 1, inserted: 1 });
    const [first, second] = world.seen.map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(9_000);
  });

  test('overrules the detection', async () => {
    const world = limitedWorld({ rateLimit: () => ({ limited: false }) });
    world.respond = () => new Response('', { status: 429, headers: { 'retry-after': '60' } });
    await world.connect();
    const { error } = await world.sync();
    expect(error).toMatchObject({ name: 'HttpError', status: 429 });
    expect(world.seen).toHaveLength(1);
  });

  test('settles the estimate of a cost', async () => {
    const world = limitedWorld({
      limits: [{ scope: 'connection', tokens: 100, per: '1m', cost: () => 50 }],
      rateLimit: ({ headers }) => ({ cost: Number(headers.get('x-cost')) }),
      pull: async (http) => {
        for (let i = 0; i < 10; i++) await http.get('cheap').json();
      },
    });
    world.respond = () => Response.json([], { headers: { 'x-cost': '5' } });
    await world.connect();
    await world.sync();
    // By the estimate only two would have gone within a minute.
    const [first, last] = [world.seen[0]!.at, world.seen.at(-1)!.at];
    expect(last - first).toBeLessThan(60_000);
  });
});

test('an hour is waited for in full: the run is shown as waiting, and is not taken for stuck', async () => {
  const world = limitedWorld();
  world.respond = ({ index }) =>
    index === 0
      ? new Response('', { status: 429, headers: { 'retry-after': '3600' } })
      : Response.json([{ id: 1 }]);
  await world.connect();
  const done = world.start();
  await world.clock.advance(60_000);
  const [waiting] = await collect(world.syncer.runs({ status: 'waiting' }));
  expect(waiting).toMatchObject({ connection: 'acme', stream: 'items' });
  const [limit] = (await world.syncer.limits({ connection: 'acme' })).filter(
    ({ blockedUntil }) => blockedUntil !== null,
  );
  expect(limit).toMatchObject({ connection: 'acme', waiting: 1 });
  expect((await world.clock.run(done)).status).toBe('succeeded');
  expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(3_600_000);
});

test('stopping ends the waiting', async () => {
  const world = limitedWorld();
  world.respond = () => new Response('', { status: 429, headers: { 'retry-after': '3600' } });
  await world.connect();
  const done = world.start();
  await world.clock.advance(10_000);
  await world.clock.run(world.syncer.stop({ drain: 0 }));
  expect((await done).error).toBeInstanceOf(AbortedError);
  expect(world.seen).toHaveLength(1);
});

test('metrics tell of requests, retries and waiting, by connector, connection and endpoint', async () => {
  const world = limitedWorld({
    pull: async (http) => {
      for (let i = 0; i < 20; i++) await http.get(`items/${1_000 + i}`).json();
    },
  });
  world.respond = ({ index }) =>
    index === 0
      ? new Response('', { status: 429, headers: { 'retry-after': '10' } })
      : Response.json([]);
  await world.connect();
  await world.sync();
  const { connectors, connections, endpoints } = (await world.syncer.metrics()).http;
  const all = { requests: 21, retries: 1, statuses: { '2xx': 20, '4xx': 1 } };
  expect(connectors).toMatchObject([{ connector: 'api', ...all }]);
  expect(connections).toMatchObject([{ connection: 'acme', ...all }]);
  expect(endpoints).toMatchObject([{ endpoint: 'GET /v1/items/:id', ...all }]);
  expect(connectors[0]!.queuedMs.max).toBeGreaterThanOrEqual(10_000);
});
