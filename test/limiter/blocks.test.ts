import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitSignal } from '../../src/limiter/limiter.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { openStore, slowStore } from './support/shared-store.js';
import { mostInWindow, world } from './support/world.js';

function slowDown(retryAfterMs: number, more: Partial<LimitSignal> = {}): LimitSignal {
  return { limited: true, retryAfterMs, scope: 'connection', kind: 'throttle', ...more };
}

test('I9: after "slow down" nothing is sent in that scope before the time it named', async () => {
  const signals = fc.record({
    nth: fc.integer({ min: 0, max: 30 }),
    retryAfterMs: fc.integer({ min: 0, max: 20_000 }),
    scope: fc.constantFrom('connection', 'app', 'endpoint', 'unknown'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(signals, { minLength: 1, maxLength: 5 }),
      fc.integer(),
      async (planned, seed) => {
        const one = world({
          seed,
          limits: [
            { scope: 'connection', tokens: 20, per: '1s' },
            { scope: 'connection', match: 'GET /search/**', tokens: 10, per: '1s' },
          ],
        });
        const blocks: { readonly scope: string; readonly until: number; readonly at: number }[] =
          [];
        let nth = 0;
        const paths = ['/search/a', '/search/b', '/x', '/y'];
        const work = Array.from({ length: 60 }, async (_, i) => {
          const connection = i % 3 === 0 ? 'a' : 'b';
          const path = paths[i % paths.length] ?? '';
          await one.clock.sleep((i % 10) * 50);
          const permit = await one.ask({ connection, path });
          const sentAt = one.elapsed;
          const keys = [
            'app',
            connection,
            `${connection} ${path}`,
            `${connection} ${path.slice(0, 8)}`,
          ];
          for (const { scope, until, at } of blocks) {
            if (sentAt > at && keys.includes(scope)) expect(sentAt).toBeGreaterThanOrEqual(until);
          }
          await one.clock.sleep(100 * one.random());
          const plan = planned.find((signal) => signal.nth === nth);
          nth += 1;
          if (plan === undefined) {
            permit.answered();
            return;
          }
          const { retryAfterMs, scope } = plan;
          const at = one.elapsed;
          permit.answered({ signal: slowDown(retryAfterMs, { scope }) });
          const endpoint = path.startsWith('/search/') ? '/search/' : path;
          const name =
            scope === 'app'
              ? 'app'
              : scope === 'endpoint'
                ? `${connection} ${endpoint}`
                : connection;
          blocks.push({ scope: name, until: at + retryAfterMs, at });
        });
        await one.clock.run(Promise.all(work));
      },
    ),
    { numRuns: 100 },
  );
});

test('I9: a crowd that waited for the end of a block does not fire all at that instant', async () => {
  const one = world();
  (await one.ask()).answered({ signal: slowDown(10_000) });
  const times: number[] = [];
  const waiting = Array.from({ length: 40 }, async (_, i) => {
    const permit = await one.ask({ path: `/${i % 5}` });
    times.push(one.elapsed);
    permit.answered();
  });
  await one.clock.run(Promise.all(waiting));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
  expect(Math.max(...times)).toBeLessThan(13_000);
  expect(
    mostInWindow(
      times.map((at) => [at, 1]),
      100,
    ),
  ).toBeLessThan(12);
});

test('those that come only when the block is over are spread too', async () => {
  const one = world();
  one.limiter.block({ connector: 'api', connection: 'acme' }, one.clock.now() + 60_000);
  expect(one.limiter.blockedUntil({ connector: 'api', connection: 'acme' })).toBe(
    one.clock.now() + 60_000,
  );
  expect(one.limiter.blockedUntil({ connector: 'api', connection: 'other' })).toBeUndefined();
  await one.clock.advance(60_000);
  expect(one.limiter.blockedUntil({ connector: 'api', connection: 'acme' })).toBeUndefined();
  const times: number[] = [];
  const crowd = Array.from({ length: 40 }, async () => {
    const permit = await one.ask();
    times.push(one.elapsed);
    permit.answered();
  });
  await one.clock.run(Promise.all(crowd));
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
});

test('a block stops its scope only, and is never shortened', async () => {
  const one = world({
    limits: [{ scope: 'connection', match: '/search/**', tokens: 9, per: '1s' }],
  });
  const now = one.clock.now();
  const at = { connector: 'api', connection: 'acme' };
  one.limiter.block({ ...at, endpoint: { method: 'GET', path: '/search/x' } }, now + 60_000);
  one.limiter.block({ ...at, endpoint: { method: 'GET', path: '/search/x' } }, now + 1_000);
  one.limiter.block({ ...at, endpoint: { method: 'POST', path: '/things' } }, now + 30_000);
  (await one.ask()).answered();
  (await one.ask({ connection: 'other', path: '/search/y' })).answered();
  (await one.ask({ connection: 'other', path: '/things', method: 'POST' })).answered();
  const post = one.ask({ method: 'POST', path: '/things' });
  const search = one.ask({ path: '/search/z' });
  expect((await one.clock.run(post)).queuedMs).toBeGreaterThanOrEqual(30_000);
  expect((await one.clock.run(search)).queuedMs).toBeGreaterThanOrEqual(60_000);
});

test('requests that waited already when an endpoint was blocked wait for it too', async () => {
  const one = world({ limits: [{ scope: 'connection', concurrency: 1 }] });
  const first = await one.ask({ path: '/x' });
  const behind = one.ask({ path: '/x' });
  first.answered({ signal: slowDown(5_000, { scope: 'endpoint' }) });
  expect((await one.clock.run(behind)).queuedMs).toBeGreaterThanOrEqual(5_000);
});

test('the process that saw the signal stops at once, the others within a second', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  const worlds = ['p1', 'p2'].map((owner, i) =>
    world({
      ...{ clock, owner, seed: i, store: slowStore(store, clock, () => 2) },
      limits: [{ scope: 'connection', tokens: 1_000, per: '1m' }],
    }),
  );
  const [one, two] = worlds;
  if (!one || !two) throw new Error('two worlds');
  const sent: { readonly owner: string; readonly at: number }[] = [];
  let told: number | undefined;
  const work = worlds.map(async (own, i) => {
    for (let n = 0; n < 60; n++) {
      const permit = await own.ask();
      sent.push({ owner: `p${i + 1}`, at: clock.monotonic() });
      await clock.sleep(100);
      if (i === 0 && n === 30) {
        told = clock.monotonic();
        permit.answered({ signal: slowDown(30_000) });
      } else permit.answered();
    }
  });
  await clock.run(Promise.all(work));
  const at = told ?? 0;
  const during = sent.filter((one) => one.at > at && one.at < at + 30_000);
  expect(during.filter(({ owner }) => owner === 'p1')).toEqual([]);
  expect(during.length).toBeGreaterThan(0);
  for (const { at: late } of during) expect(late - at).toBeLessThan(1_000);
  await clock.run(Promise.all(worlds.map(({ limiter }) => limiter.close())));
  await clock.settle();
  expect(clock.sleeping).toBe(0);
});

test('a process that starts later obeys what was said before', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  const one = world({ clock, store, owner: 'p1' });
  const permit = await clock.run(one.ask());
  permit.answered({ signal: slowDown(20_000) });
  await clock.run(one.limiter.close());
  const two = world({ clock, store, owner: 'p2' });
  const later = await clock.run(two.ask());
  expect(clock.monotonic()).toBeGreaterThanOrEqual(20_000);
  later.unused();
});

test('a date that is set back lengthens no block, here or in another process', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const store = await openStore(clock);
  const [one, two] = ['p1', 'p2'].map((owner) => world({ clock, store, owner, maxWaitMs: 90_000 }));
  if (!one || !two) throw new Error('two worlds');
  (await clock.run(one.ask())).answered({ signal: slowDown(60_000) });
  await clock.settle();
  clock.set(clock.now() - 86_400_000);
  const told = clock.monotonic();
  const [own, other] = [one.ask(), two.ask()];
  (await clock.run(own)).unused();
  const waited = clock.monotonic() - told;
  expect(waited).toBeGreaterThanOrEqual(60_000);
  expect(waited).toBeLessThan(61_000);
  (await clock.run(other)).unused();
  expect(clock.monotonic() - told).toBeLessThan(91_000);
});

test('a longer wait than is believed is told, and backing off takes its place', async () => {
  const one = world({ maxWaitMs: 3_600_000 });
  (await one.ask()).answered({ signal: slowDown(7_200_000) });
  const told = one.events.find(({ type }) => type === 'limit.implausible');
  expect(told).toMatchObject({ field: 'retryAfterMs', value: '7200000' });
  const permit = await one.clock.run(one.ask());
  expect(permit.queuedMs).toBeGreaterThanOrEqual(500);
  expect(permit.queuedMs).toBeLessThan(3_000);
});

test('"slow down" without a time is backed off from, longer each time, and forgotten when it goes well', async () => {
  const one = world();
  const silent: LimitSignal = { limited: true, scope: 'connection', kind: 'throttle' };
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    const permit = await one.clock.run(one.ask());
    waits.push(permit.queuedMs);
    permit.answered({ signal: silent });
  }
  const [, first = 0, second = 0, third = 0, fourth = 0] = waits;
  expect(first).toBeGreaterThanOrEqual(500);
  expect(second).toBeGreaterThanOrEqual(1_000);
  expect(third).toBeGreaterThanOrEqual(2_000);
  expect(fourth).toBeGreaterThanOrEqual(4_000);
  (await one.clock.run(one.ask())).answered();
  const again = await one.clock.run(one.ask());
  again.answered({ signal: silent });
  const last = await one.clock.run(one.ask());
  expect(last.queuedMs).toBeLessThan(2_000);
});

test('"retry after 0" that is followed by another refusal is backed off from', async () => {
  const one = world();
  (await one.ask()).answered({ signal: slowDown(0) });
  (await one.ask()).answered({ signal: slowDown(0) });
  expect((await one.clock.run(one.ask())).queuedMs).toBeGreaterThanOrEqual(1_000);
});
