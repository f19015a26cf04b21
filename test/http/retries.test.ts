import { HttpError, NetworkError, RateLimitError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { limitedWorld } from '../support/limited-world.js';

const lost = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

describe('a request is sent again', () => {
  test.each([500, 502, 503, 504, 408])('after %i, and the run counts it', async (status) => {
    const world = limitedWorld();
    world.respond = ({ index }) =>
      index < 2 ? new Response('busy', { status }) : Response.json([{ id: 1 }]);
    const { seen } = world;
    await world.connect();
    const result = await world.sync();
    expect(result.counts).toMatchObject({ requests: 3, retries: 2, inserted: 1 });
    expect(world.told('http.retry')).toMatchObject([
      { attempt: 1, status, connection: 'acme', stream: 'items', run: result.id },
      { attempt: 2, status },
    ]);
    const [first, second, third] = seen.map(({ at }) => at);
    // Full jitter: up to one second, then up to two.
    expect(second! - first!).toBeLessThanOrEqual(1_000);
    expect(third! - second!).toBeLessThanOrEqual(2_000);
    expect(third! - first!).toBeGreaterThan(0);
  });

  test('at once, when an idle connection had been closed', async () => {
    const world = limitedWorld();
    world.respond = ({ index }) => {
      if (index === 0) throw lost('UND_ERR_SOCKET');
      return Response.json([{ id: 1 }]);
    };
    const { seen } = world;
    await world.connect();
    await world.sync();
    expect(seen.map(({ at }) => at - seen[0]!.at)).toEqual([0, 0]);
  });

  test('not after what stays as it is', async () => {
    for (const status of [400, 403, 404, 409, 422, 501]) {
      const world = limitedWorld();
      world.respond = () => new Response('no', { status });
      const { seen } = world;
      await world.connect();
      const result = await world.sync();
      expect(result.error).toBeInstanceOf(HttpError);
      expect(seen).toHaveLength(1);
      expect(world.told('http.failed')).toMatchObject([{ status, attempt: 1, reason: 'final' }]);
    }
  });
});

/** A connection that sends one POST, which the API answers so; how often it was sent. */
async function posted(status: number, init: ResponseInit, body: string, key?: string) {
  const world = limitedWorld({
    pull: async (http) => {
      const headers = key === undefined ? {} : { 'idempotency-key': key };
      await http.post('items', { json: {}, headers });
    },
  });
  world.respond = ({ index }) =>
    index === 0 ? new Response(body, { ...init, status }) : Response.json([]);
  await world.connect();
  await world.sync();
  return world.seen;
}

describe('a POST that a limit may have ended', () => {
  const wait = { headers: { 'retry-after': '5' } };
  const words = '{"message":"Too many connections"}';

  test.each([
    { status: 500, init: {}, body: words },
    ...[500, 502, 504, 408, 409].map((status) => ({ status, init: wait, body: '' })),
  ])('is not sent again after $status, which may come when it was done', async (answer) => {
    expect(await posted(answer.status, answer.init, answer.body)).toHaveLength(1);
  });

  test.each([429, 503, 529])('is sent again after %i, which refuses it', async (status) => {
    expect(await posted(status, wait, '')).toHaveLength(2);
  });

  test('is sent again with an idempotency key, when the API says so', async () => {
    const [first, second] = await posted(500, wait, '', 'once');
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(5_000);
  });
});

describe('a request is given up', () => {
  test('after four failures, with an error that counts them', async () => {
    const world = limitedWorld();
    world.respond = () => new Response('busy', { status: 503 });
    const { seen } = world;
    await world.connect();
    const { error, counts } = await world.sync();
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status: 503, context: { attempts: 4 } });
    expect(error?.message).toContain('attempt 4');
    expect(seen).toHaveLength(4);
    expect(counts).toMatchObject({ requests: 4, retries: 3 });
    expect(world.told('http.failed')).toMatchObject([
      { attempt: 4, reason: 'attempts', status: 503 },
    ]);
  });

  test('when the network fails all the time', async () => {
    const world = limitedWorld();
    world.respond = () => {
      throw lost('ENOTFOUND');
    };

    await world.connect();
    const { error } = await world.sync();
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ context: { attempts: 4, reason: 'ENOTFOUND' } });
  });

  test('when the API goes on to refuse it', async () => {
    const world = limitedWorld();
    world.respond = () => new Response('slow down', { status: 429 });
    const { seen } = world;
    await world.connect();
    const { error } = await world.sync();
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ context: { status: 429, attempts: 8 }, cause: { status: 429 } });
    // Each time it waited longer.
    const waits = seen.slice(1).map(({ at }, i) => at - seen[i]!.at);
    expect(waits.at(-1)).toBeGreaterThan(8 * waits[0]!);
  });
});

test('a failing API gets no multiplied traffic: retries have a budget, and the circuit opens', async () => {
  const world = limitedWorld({ concurrency: { runs: 50 } });
  world.respond = () => new Response('down', { status: 500 });
  const { seen } = world;
  const ids = Array.from({ length: 100 }, (_, i) => `c${i}`);
  for (const id of ids) await world.connect(id);
  const results = await world.clock.run(Promise.all(ids.map((id) => world.start(id))));
  expect(results.every(({ status }) => status === 'failed')).toBe(true);
  expect(seen.length).toBeLessThan(120);
  expect(world.told('circuit.opened')).toHaveLength(1);
});
