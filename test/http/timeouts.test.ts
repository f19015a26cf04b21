import { describe, expect, test, vi } from 'vitest';
import { TimeoutError } from '../../src/core/errors.js';
import { answering } from './support/answering.js';
import { clientFor, rejection } from './support/client.js';
import { loopback } from './support/loopback.js';
import { manualClock } from './support/manual-clock.js';

const BASE = 'https://api.example.com';
/** Until everything has run that waits for no clock. */
const turns = () => new Promise((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => undefined);

describe('time-outs', () => {
  test('no answer within connect and headers', async () => {
    const clock = manualClock();
    const failed = rejection(clientFor(BASE, { clock, fetch: never }).get('x?key=secret'));
    await vi.waitFor(
      () => {
        expect(clock.sleepers).toBe(1);
      },
      { interval: 0 },
    );
    clock.advance(39_999);
    expect(clock.sleepers).toBe(1);
    clock.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ retryable: true, context: { connector: 'shop', run: 'run-1' } });
    expect(String(error)).toBe(
      `TimeoutError: GET ${BASE}/x did not answer within 40000 ms (connector shop, connection acme, stream orders, run run-1). If the API may take longer, ask for smaller pages or raise http.timeouts.connect or http.timeouts.headers.`,
    );
    expect(clock.sleepers).toBe(0);
  });

  test('a real server that accepts and says nothing', async () => {
    const clock = manualClock();
    const api = await loopback(() => undefined);
    const failed = rejection(clientFor(api.origin, { clock }).get('x'));
    await vi.waitFor(
      () => {
        expect(api.requests).toHaveLength(1);
      },
      { interval: 1 },
    );
    clock.advance(40_000);
    expect(await failed).toBeInstanceOf(TimeoutError);
  });

  test('a real body that does not come in full, although it trickles', async () => {
    const clock = manualClock();
    let written = 0;
    const api = await loopback((_got, raw) => {
      raw.writeHead(200);
      const trickle = setInterval(() => {
        raw.write('x');
        written++;
      }, 1);
      raw.on('close', () => {
        clearInterval(trickle);
      });
      return undefined;
    });
    const failed = rejection(
      clientFor(api.origin, {
        clock,
        timeouts: { connect: 1, headers: Infinity, body: 60_000 },
      }).get('x'),
    );
    await vi.waitFor(
      () => {
        expect([clock.sleepers, written > 3]).toEqual([1, true]);
      },
      { interval: 1 },
    );
    clock.advance(60_000);
    const error = await failed;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(String(error)).toContain('did not send its body within 60000 ms');
  });

  test('the time for the body counts from the headers', async () => {
    const clock = manualClock();
    const hanging = () => new Response(new ReadableStream({ pull: never }));
    const limits = { connect: 1_000, headers: 1_000, body: 60_000 };
    const http = clientFor(BASE, { clock, fetch: answering(hanging), timeouts: limits });
    const settled = vi.fn();
    const failed = rejection(http.get('x')).finally(settled);
    await turns();
    for (const ms of [1_999, 1, 57_999]) clock.advance(ms);
    await turns();
    expect(settled).not.toHaveBeenCalled();
    clock.advance(1);
    expect(String(await failed)).toContain('did not send its body within 60000 ms');
  });

  test('each redirect and each phase has its own time, and nothing is left behind', async () => {
    const clock = manualClock();
    const fetch = answering((_request, count) => {
      clock.advance(39_000);
      return count < 4 ? new Response('', { status: 302, headers: { location: `/${count}` } }) : [];
    });
    expect(await clientFor(BASE, { clock, fetch }).get('x').json()).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });

  test('the wait for a permit or a token is not part of it', async () => {
    const clock = manualClock();
    const http = clientFor(BASE, {
      clock,
      fetch: answering(() => []),
      authorise: async () => {
        await Promise.resolve();
        clock.advance(3_600_000);
      },
    });
    expect(await http.get('x').json()).toEqual([]);
  });

  test("Node's own connect time-out is one as well", async () => {
    const cause = Object.assign(new Error('Connect Timeout Error'), {
      code: 'UND_ERR_CONNECT_TIMEOUT',
    });
    const error = await rejection(
      clientFor(BASE, {
        fetch: () => Promise.reject(new TypeError('fetch failed', { cause })),
      }).get('x'),
    );
    expect(error).toBeInstanceOf(TimeoutError);
  });
});
