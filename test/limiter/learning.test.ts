import { expect, test } from 'vitest';
import type { LimitSignal } from '../../src/limiter/limiter.js';
import { mostInWindow, world, type World } from './support/world.js';

const NONE = { limited: false, scope: 'unknown', kind: 'none' } as const;

function events(one: World, type: string): readonly object[] {
  return one.events.filter((event) => event.type === type);
}

/** An API that counts requests in windows of its own, and tells what is left. */
function countingApi(one: World, limit: number, perMs: number, latencyMs = 50) {
  let windowEnds = 0;
  let left = limit;
  let refused = 0;
  let served = 0;
  const send = async (connection = 'acme', path = '/things'): Promise<void> => {
    const permit = await one.ask({ connection, path });
    await one.clock.sleep(latencyMs * one.random());
    const now = one.clock.now();
    if (now >= windowEnds) {
      windowEnds = now + perMs;
      left = limit;
    }
    const resetAt = windowEnds;
    const fine = left > 0;
    if (fine) left -= 1;
    const told = { limit, remaining: left, resetAt };
    if (fine) served += 1;
    else refused += 1;
    const signal: LimitSignal = fine
      ? { ...NONE, scope: 'connection', ...told }
      : {
          limited: true,
          retryAfterMs: resetAt - now,
          scope: 'connection',
          kind: 'throttle',
          ...told,
        };
    await one.clock.sleep(latencyMs * one.random());
    permit.answered({ signal });
  };
  return {
    send,
    get refused() {
      return refused;
    },
    get served() {
      return served;
    },
  };
}

test('what an API tells is left is kept to, requests under way taken off: none is refused', async () => {
  const one = world();
  const api = countingApi(one, 100, 60_000);
  await one.clock.run(api.send());
  const work = Array.from({ length: 20 }, async () => {
    for (let i = 0; i < 15; i++) await api.send();
  });
  await one.clock.run(Promise.all(work));
  expect(api.served).toBe(301);
  expect(api.refused).toBe(0);
  expect(one.elapsed).toBeLessThan(190_000);
  expect(events(one, 'limit.learned')).toMatchObject([
    { source: 'response', tokens: 100, concurrency: null },
  ]);
  expect(events(one, 'limit.exhausted').length).toBeGreaterThan(1);
});

test('a crowd that waited for the reset of a told limit does not fire all at that instant', async () => {
  const one = world();
  const resetAt = one.clock.now() + 30_000;
  const told = { limit: 50, remaining: 0, resetAt };
  (await one.ask()).answered({ signal: { ...NONE, scope: 'connection', ...told } });
  const times: number[] = [];
  const crowd = Array.from({ length: 40 }, async () => {
    const permit = await one.ask();
    times.push(one.elapsed);
    permit.answered();
  });
  await one.clock.run(Promise.all(crowd));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(30_000);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(300);
});

test('declared limits are ceilings: what responses say only lowers them', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 10, per: '1m' }] });
  const sent: [number, number][] = [];
  const work = async (remaining: number): Promise<void> => {
    const permit = await one.ask();
    sent.push([one.elapsed, 1]);
    const resetAt = one.clock.now() + 60_000;
    permit.answered({
      signal: { ...NONE, scope: 'connection', limit: 1_000, remaining, resetAt },
    });
  };
  await one.clock.run(Promise.all(Array.from({ length: 30 }, (_, i) => work(999 - i))));
  expect(mostInWindow(sent, 60_000)).toBe(10);
  const lower = world({ limits: [{ scope: 'connection', tokens: 1_000, per: '1m' }] });
  const api = countingApi(lower, 10, 30_000);
  await lower.clock.run(api.send());
  await lower.clock.run(Promise.all(Array.from({ length: 40 }, () => api.send())));
  expect(api.refused).toBe(0);
});

test('a connection that is used up does not stop another one', async () => {
  const one = world();
  const resetAt = one.clock.now() + 3_600_000;
  (await one.ask()).answered({
    signal: { ...NONE, scope: 'connection', limit: 5, remaining: 0, resetAt },
  });
  (await one.ask({ connection: 'other' })).answered();
  expect((await one.clock.run(one.ask())).queuedMs).toBeGreaterThanOrEqual(3_600_000);
});

test('limits told with one kind of request do not stop another kind that is told others', async () => {
  const one = world();
  const resetAt = one.clock.now() + 60_000;
  const told = (limit: number, remaining: number): LimitSignal => ({
    ...NONE,
    ...{ scope: 'connection', limit, remaining, resetAt },
  });
  (await one.ask({ path: '/repos/a/b' })).answered({ signal: told(5_000, 4_000) });
  (await one.ask({ path: '/search/issues' })).answered({ signal: told(30, 0) });
  (await one.ask({ path: '/repos/a/c' })).answered({ signal: told(5_000, 3_999) });
  const search = one.ask({ path: '/search/code' });
  (await one.ask({ path: '/repos/a/d' })).answered();
  expect((await one.clock.run(search)).queuedMs).toBeGreaterThanOrEqual(60_000);
});

test('several policies at once are all kept to', async () => {
  const one = world();
  const now = one.clock.now();
  (await one.ask()).answered({
    signal: {
      ...{ ...NONE, scope: 'connection' },
      policies: [
        { name: 'minute', limit: 100, remaining: 1, windowMs: 60_000, resetAt: now + 30_000 },
        { name: 'day', limit: 1_000, remaining: 500, windowMs: 86_400_000, resetAt: now + 50_000 },
        { name: 'bytes', limit: 10, remaining: 5, unit: 'content-bytes', resetAt: now + 9_000 },
      ],
    },
  });
  (await one.ask()).answered();
  expect((await one.clock.run(one.ask())).queuedMs).toBeGreaterThanOrEqual(29_000);
});

test('a limit of 0, garbage and far resets are not believed', async () => {
  const one = world();
  const far = one.clock.now() + 10 * 86_400_000;
  const lies: Partial<LimitSignal>[] = [
    { limit: 0, remaining: 0 },
    { limit: Number.NaN, remaining: 5 },
    { limit: 100, remaining: Number.POSITIVE_INFINITY },
    { limit: 10, remaining: 11 },
    { limit: 100, remaining: 50, resetAt: far },
  ];
  for (const lie of lies) {
    (await one.ask()).answered({ signal: { ...NONE, scope: 'connection', ...lie } });
  }
  expect(events(one, 'limit.implausible').map((event) => 'field' in event && event.field)).toEqual([
    'limit',
    'limit',
    'remaining',
    'remaining',
    'resetAt',
  ]);
  const permits = await Promise.all(Array.from({ length: 30 }, () => one.ask()));
  expect(permits.every(({ queuedMs }) => queuedMs === 0)).toBe(true);
});

test('a rolling count that rises again is followed', async () => {
  const one = world();
  const tell = async (remaining: number): Promise<number> => {
    const permit = await one.clock.run(one.ask());
    permit.answered({ signal: { ...NONE, scope: 'connection', limit: 40, remaining } });
    return permit.queuedMs;
  };
  expect(await tell(2)).toBe(0);
  expect(await tell(0)).toBe(0);
  expect(await tell(20)).toBeLessThanOrEqual(1_000);
  for (let i = 0; i < 15; i++) expect(await tell(19 - i)).toBe(0);
});

/** An API that says nothing but "no", to what comes faster than so many a second. */
function silentApi(one: World, perSecond: number) {
  const seen: number[] = [];
  let refused = 0;
  const send = async (): Promise<boolean> => {
    const permit = await one.ask();
    await one.clock.sleep(20);
    const now = one.elapsed;
    const fine = seen.filter((at) => at > now - 1_000).length < perSecond;
    if (fine) seen.push(now);
    else refused += 1;
    permit.answered({
      signal: fine ? NONE : { limited: true, scope: 'connection', kind: 'throttle' },
    });
    return fine;
  };
  return { send, seen, refusals: () => refused };
}

test('the rate of a silent API is found by trying: few refusals, and most of it used', async () => {
  const one = world();
  const api = silentApi(one, 20);
  const end = 600_000;
  const work = Array.from({ length: 8 }, async () => {
    while (one.elapsed < end) await api.send();
  });
  await one.clock.run(Promise.all(work));
  const late = api.seen.filter((at) => at > end / 2).length;
  expect(late / ((end / 2 / 1_000) * 20)).toBeGreaterThan(0.6);
  expect(api.refusals() / api.seen.length).toBeLessThan(0.02);
  expect(events(one, 'limit.learned')[0]).toMatchObject({ source: 'signal' });
});

test('a limit of concurrency is told apart from a rate', async () => {
  const one = world();
  let abreast = 0;
  let refused = 0;
  let served = 0;
  const end = 300_000;
  const work = Array.from({ length: 20 }, async () => {
    while (one.elapsed < end) {
      const permit = await one.ask();
      abreast += 1;
      const fine = abreast <= 5;
      await one.clock.sleep(fine ? 100 * one.random() : 1);
      abreast -= 1;
      if (fine) served += 1;
      else refused += 1;
      permit.answered({
        signal: fine ? NONE : { limited: true, scope: 'connection', kind: 'throttle' },
      });
    }
  });
  await one.clock.run(Promise.all(work));
  const learned = events(one, 'limit.learned');
  expect(learned.at(-1)).toMatchObject({ tokens: null });
  expect([...one.limiter.limits({ connection: 'acme' })].some(({ tokens }) => tokens === 5)).toBe(
    true,
  );
  expect(refused / served).toBeLessThan(0.01);
  // Five at a time that take 50 ms each: a hundred a second.
  expect(served).toBeGreaterThan(0.8 * 300 * 100);
});

test('answers that take longer at the same load are a soft limit: less is sent at a time', async () => {
  const one = world();
  let latency = 100;
  const end = 120_000;
  const work = Array.from({ length: 6 }, async () => {
    while (one.elapsed < end) {
      const permit = await one.ask();
      await one.clock.sleep(latency * (0.8 + 0.4 * one.random()));
      permit.answered({ signal: NONE });
    }
  });
  await one.clock.advance(60_000);
  expect(events(one, 'limit.slowed')).toEqual([]);
  latency = 400;
  await one.clock.advance(10_000);
  expect(events(one, 'limit.slowed')).toMatchObject([{ connection: 'acme', concurrency: 4 }]);
  await one.clock.run(Promise.all(work));
});

test("the server's clock is known from its dates", async () => {
  const one = world();
  expect(one.limiter.skewMs('api')).toBe(0);
  for (let i = 0; i < 5; i++) {
    const permit = await one.ask();
    await one.clock.advance(100);
    const serverTime = Math.floor((one.clock.now() + 600_000) / 1_000) * 1_000;
    permit.answered({ serverTime: i === 2 ? 0 : serverTime });
  }
  expect(Math.abs(one.limiter.skewMs('api') - 600_000)).toBeLessThan(1_500);
});

test('it is told when a limit will be used up before it refills', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1_000, per: '1h' }] });
  for (let i = 0; i < 700; i++) {
    (await one.ask()).answered();
    await one.clock.advance(500);
  }
  const forecasts = events(one, 'limit.forecast');
  expect(forecasts).toHaveLength(1);
  expect(forecasts[0]).toMatchObject({ limit: '1000 per 1h', connection: 'acme' });
  const [told] = one.events.filter((event) => event.type === 'limit.forecast');
  expect(told && 'usedPerSecond' in told && told.usedPerSecond).toBeCloseTo(2, 0);
});
