import { AbortedError, AuthError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { type LimitedWorld, limitedWorld } from '../support/limited-world.js';
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

const encoder = new TextEncoder();
/** Bodies that cannot be read in full. */
const unreadable: Readonly<Record<string, () => ReadableStream<Uint8Array>>> = {
  'too large': () => new Blob(['x'.repeat(2_000)]).stream(),
  broken: () =>
    new ReadableStream({
      pull: (controller) => {
        controller.error(new TypeError('terminated'));
      },
    }),
  'cut off': () => {
    const chunks = [encoder.encode('{"message"')];
    return new ReadableStream({
      pull: (controller) => {
        const chunk = chunks.pop();
        if (chunk) controller.enqueue(chunk);
        else controller.error(new TypeError('terminated'));
      },
    });
  },
  late: () => new ReadableStream({ pull: () => new Promise<never>(() => undefined) }),
};

describe.each(Object.entries(unreadable))('a response whose body is %s', (_, body) => {
  const twice = async (init: ResponseInit) => {
    const world = limitedWorld({
      http: { maxBytes: 1_000 },
      pull: async (http) => {
        await http.get('a').catch(() => undefined);
        await http.get('b');
      },
    });
    world.respond = ({ index }) => (index === 0 ? new Response(body(), init) : Response.json([]));
    await world.connect();
    const { error } = await world.sync();
    return { error, waitedMs: (world.seen[1]?.at ?? 0) - world.seen[0]!.at };
  };

  test.each([429, 503])('is obeyed when it is a %i', async (status) => {
    const { waitedMs } = await twice({ status, headers: { 'retry-after': '300' } });
    expect(waitedMs).toBeGreaterThanOrEqual(300_000);
  });

  test('says in its headers what is left, also when it is a success', async () => {
    const headers = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' };
    const { waitedMs } = await twice({ headers: { ...headers, 'x-ratelimit-reset': '300' } });
    expect(waitedMs).toBeGreaterThanOrEqual(299_000);
  });

  test('is an error of its status, and not asked for again', async () => {
    const world = limitedWorld({ http: { maxBytes: 1_000 } });
    world.respond = () => new Response(body(), { status: 401 });
    await world.connect();
    expect((await world.sync()).error).toBeInstanceOf(AuthError);
    expect(world.seen).toHaveLength(1);
  });
});

test('a refusal whose body stalls holds the others back all the same, as long as it stalls', async () => {
  const stalled = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: () => new Promise<never>(() => undefined) });
  const world: LimitedWorld = limitedWorld({
    http: { timeouts: { body: '10m' } },
    pull: async (http) => {
      const first = http.get('a').catch(() => undefined);
      await world.clock.sleep(2_000);
      await http.get('b');
      await first;
    },
  });
  world.respond = ({ index }) =>
    index === 0
      ? new Response(stalled(), { status: 429, headers: { 'retry-after': '300' } })
      : Response.json([]);
  await world.connect();
  await world.sync();
  expect(world.seen.length).toBeGreaterThan(1);
  expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(300_000);
});

test('what a refusal says in a body that is late counts all the same, and its slot is taken until then', async () => {
  const world: LimitedWorld = limitedWorld({
    limits: [{ scope: 'connection', concurrency: 1 }],
    pull: async (http) => {
      const first = http.get('a');
      await world.clock.sleep(100);
      await Promise.all([first, http.get('b')]);
    },
  });
  world.respond = ({ index }) => {
    if (index > 0) return Response.json([]);
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        await world.clock.sleep(3_000);
        controller.enqueue(encoder.encode('{"error":{"code":"rate_limited"},"retry_after":20}'));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    return new Response(body, { status: 429, headers });
  };
  await world.connect();
  expect((await world.sync()).status).toBe('succeeded');
  expect(world.seen[1]!.at - world.seen[0]!.at).toBeGreaterThanOrEqual(23_000);
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
