import { expect, test } from 'vitest';
import { AbortedError, ConfigError } from 'syncline';
import { PRIORITIES, type Priority } from '../../src/limiter/limiter.js';
import { mostInWindow, send, world, type World } from './support/world.js';

const MINUTE = 60_000;

/** Uses up what there is, so that everybody has to wait. */
async function useUp(one: World, times: number): Promise<void> {
  const permits = await Promise.all(Array.from({ length: times }, () => one.ask()));
  for (const permit of permits) permit.answered();
}

test('scenario 25: limit 5 per minute after ten idle minutes: 5 go out, not 50; in any minute never more than 5', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 5, per: '1m' }] });
  await one.clock.advance(10 * MINUTE);
  const seen: [number, number][] = [];
  const all = Array.from({ length: 50 }, async () => {
    seen.push([await send(one, await one.ask(), 200), 1]);
  });
  await one.clock.advance(1_000);
  expect(seen).toHaveLength(5);
  await one.clock.run(Promise.all(all));
  expect(seen).toHaveLength(50);
  expect(mostInWindow(seen, MINUTE)).toBe(5);
});

test('scenario 28: fifty runs wait for one bucket: when it refills they go by priority, then age, and not all at once', async () => {
  const one = world({ limits: [{ scope: 'connector', tokens: 50, per: '1m' }] });
  await useUp(one, 50);
  const admitted: { readonly priority: Priority; readonly asked: number; readonly at: number }[] =
    [];
  const all: Promise<void>[] = [];
  for (let i = 0; i < 50; i++) {
    const priority = PRIORITIES[(i * 7) % PRIORITIES.length] ?? 'full';
    all.push(
      one.ask({ connection: `c${i}`, priority }).then((permit) => {
        admitted.push({ priority, asked: i, at: one.elapsed });
        permit.answered();
      }),
    );
    await one.clock.advance(10);
  }
  await one.clock.run(Promise.all(all));
  const order = admitted.map(({ priority, asked }) => [PRIORITIES.indexOf(priority), asked]);
  expect(order).toEqual([...order].sort(([a = 0, x = 0], [b = 0, y = 0]) => a - b || x - y));
  const times = admitted.map(({ at }) => at);
  expect(times[0]).toBeGreaterThan(MINUTE);
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(span).toBeGreaterThan(500);
  expect(span).toBeLessThan(3_000);
  expect(
    mostInWindow(
      times.map((at) => [at, 1]),
      100,
    ),
  ).toBeLessThan(15);
});

test('a waiter rises one place every thirty seconds', async () => {
  const one = world({ limits: [{ scope: 'connection', concurrency: 1 }] });
  const first = await one.ask();
  const order: string[] = [];
  const ask = (name: string, priority: Priority): void => {
    void one.ask({ priority }).then((permit) => {
      order.push(name);
      permit.answered();
    });
  };
  ask('old backfill', 'backfill');
  await one.clock.advance(29_000);
  ask('full', 'full');
  await one.clock.advance(2_000);
  ask('young full', 'full');
  ask('incremental', 'incremental');
  first.answered();
  await one.clock.advance(1);
  expect(order).toEqual(['incremental', 'full', 'old backfill', 'young full']);
});

test('after two and a half minutes a backfill goes before an interactive write that comes then', async () => {
  const one = world({ limits: [{ scope: 'connection', concurrency: 1 }] });
  const first = await one.ask();
  const order: string[] = [];
  void one.ask({ priority: 'backfill' }).then((permit) => {
    order.push('backfill');
    permit.answered();
  });
  await one.clock.advance(150_000);
  void one.ask({ priority: 'interactive-write' }).then((permit) => {
    order.push('write');
    permit.answered();
  });
  first.answered();
  await one.clock.advance(1);
  expect(order).toEqual(['backfill', 'write']);
});

test('connections take turns: one with a thousand waiting does not delay another one with one', async () => {
  const one = world({ limits: [{ scope: 'connector', concurrency: 1 }] });
  const first = await one.ask();
  const order: string[] = [];
  const ask = (connection: string): void => {
    void one.ask({ connection }).then((permit) => {
      order.push(connection);
      permit.answered();
    });
  };
  for (let i = 0; i < 1_000; i++) ask('big');
  await one.clock.advance(10);
  ask('small');
  for (let i = 0; i < 10; i++) ask('middle');
  first.answered();
  await one.clock.advance(1);
  expect(order).toHaveLength(1_011);
  expect(order.indexOf('small')).toBeLessThan(4);
  expect(order.slice(0, 24).filter((name) => name === 'middle')).toHaveLength(10);
});

test('the reserve is kept for higher priorities', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 10, per: '1m', reserve: 0.3 }] });
  let backfills = 0;
  let writes = 0;
  for (let i = 0; i < 10; i++) {
    void one.ask({ priority: 'backfill' }).then((permit) => {
      backfills += 1;
      permit.answered();
    });
  }
  await one.clock.advance(1_000);
  expect(backfills).toBe(7);
  for (let i = 0; i < 5; i++) {
    void one.ask({ priority: 'interactive-write' }).then((permit) => {
      writes += 1;
      permit.answered();
    });
  }
  await one.clock.advance(1_000);
  expect([backfills, writes]).toEqual([7, 3]);
  await one.clock.advance(3 * MINUTE);
  expect([backfills, writes]).toEqual([10, 5]);
});

test('nobody starves: not behind a reserve that is always used, and not for being expensive', async () => {
  const one = world({
    limits: [
      {
        scope: 'connection',
        tokens: 10,
        per: '1s',
        reserve: 0.5,
        cost: ({ path }) => (path === '/dear' ? 10 : 1),
      },
    ],
  });
  let going = true;
  const busy = Array.from({ length: 30 }, async () => {
    while (going) {
      const permit = await one.ask({ priority: 'interactive-write' });
      await one.clock.sleep(20);
      permit.answered();
    }
  });
  await one.clock.advance(3_000);
  const waiting = Promise.all([
    one.ask({ priority: 'backfill' }).then((permit) => permit.answered()),
    one.ask({ priority: 'incremental', path: '/dear' }).then((permit) => permit.answered()),
  ]);
  await one.clock.run(waiting);
  expect(one.elapsed).toBeLessThan(200_000);
  going = false;
  await one.clock.run(Promise.all(busy));
});

test('nobody starves between two limits that others keep busy in turn', async () => {
  const one = world({
    limits: [
      { scope: 'connector', match: '/search/**', tokens: 5, per: '10s' },
      { scope: 'connection', tokens: 50, per: '10s' },
    ],
  });
  let going = true;
  const busy = async (connection: string, path: string): Promise<void> => {
    while (going) {
      const permit = await one.ask({ connection, path, priority: 'interactive-write' });
      await one.clock.sleep(10);
      permit.answered();
    }
  };
  const others = [
    ...Array.from({ length: 20 }, (_, i) => busy(`other${i}`, '/search/x')),
    ...Array.from({ length: 80 }, () => busy('acme', '/things')),
  ];
  await one.clock.advance(20_000);
  const permit = await one.clock.run(one.ask({ path: '/search/x', priority: 'backfill' }));
  expect(permit.queuedMs).toBeLessThan(300_000);
  permit.answered();
  going = false;
  await one.clock.run(Promise.all(others));
});

test('who waits for one limit holds nothing of another', async () => {
  const one = world({
    limits: [
      { scope: 'connector', concurrency: 1 },
      { scope: 'connection', match: '/slow', tokens: 1, per: '1h' },
    ],
  });
  (await one.ask({ path: '/slow' })).answered();
  const slow = one.ask({ path: '/slow' });
  const permit = await one.ask({ path: '/quick' });
  permit.answered();
  const admitted = await one.clock.run(slow);
  expect(admitted.queuedMs).toBeGreaterThan(3_599_000);
});

test('a cost that can never fit is refused at once, and so is one that is no number', async () => {
  const one = world({
    limits: [
      { scope: 'connection', bucket: 100, refill: 10, per: '1s', cost: ({ path }) => Number(path) },
    ],
  });
  await expect(one.ask({ path: '101' })).rejects.toThrow(ConfigError);
  await expect(one.ask({ path: '101' })).rejects.toThrow(/bucket 100.*costs? 101|costs 101.*100/);
  await expect(one.ask({ path: '-1' })).rejects.toThrow(/must return a number/);
  await expect(one.ask({ path: 'x' })).rejects.toThrow(ConfigError);
  await expect(one.ask({ connector: 'unknown' })).rejects.toThrow(/no connector 'unknown'/);
  (await one.ask({ path: '100' })).answered();
});

test('an aborted signal ends the waiting, and those behind go on', async () => {
  const one = world({ limits: [{ scope: 'connection', concurrency: 1 }] });
  const first = await one.ask();
  const patience = new AbortController();
  const second = one.ask({ signal: patience.signal });
  const third = one.ask();
  patience.abort(new Error('enough'));
  await expect(second).rejects.toThrow(AbortedError);
  await expect(one.ask({ signal: patience.signal })).rejects.toThrow(AbortedError);
  first.answered();
  expect((await third).queuedMs).toBe(0);
});

test('ten thousand that wait with one signal are ended together', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '1h' }] });
  await useUp(one, 1);
  const patience = new AbortController();
  const all = Array.from({ length: 10_000 }, () =>
    one.ask({ signal: patience.signal }).catch((error: unknown) => error),
  );
  patience.abort();
  const ends = await Promise.all(all);
  expect(ends.every((end) => end instanceof AbortedError)).toBe(true);
  await one.clock.settle();
  expect(one.clock.sleeping).toBe(0);
});

test('one timer for all that wait, none when nobody does, and closing ends all waiting', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '1m' }] });
  await useUp(one, 1);
  const waiting = Array.from({ length: 100 }, (_, i) => one.ask({ path: `/${i % 7}` }));
  const ends = Promise.allSettled(waiting);
  await one.clock.advance(100);
  expect(one.clock.sleeping).toBe(1);
  await one.limiter.close();
  const refused = (await ends).filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(90);
  await one.clock.settle();
  expect(one.clock.sleeping).toBe(0);
  await expect(one.ask()).rejects.toThrow(AbortedError);
});

test('a long wait gives the slot back at once, and takes it again before anything is taken', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '1m' }] });
  await useUp(one, 1);
  let free = (): void => undefined;
  const told: (number | undefined)[] = [];
  const parked = one.ask({
    park: {
      afterMs: 3_000,
      parked: (wait) => {
        told.push(wait.until && wait.until - one.clock.now());
        expect(wait.limit).toBe('1 per 1m');
        return () => new Promise<void>((resolve) => (free = resolve));
      },
    },
  });
  expect(told).toHaveLength(1);
  expect(told[0]).toBeGreaterThan(59_000);
  await one.clock.advance(61_000);
  const other = await one.ask();
  other.answered();
  free();
  const permit = await one.clock.run(parked);
  expect(permit.queuedMs).toBeGreaterThan(120_000);
});

test('a wait that becomes long gives the slot back then; one whose slot cannot be had ends', async () => {
  const one = world({ limits: [{ scope: 'connection', concurrency: 1 }] });
  const first = await one.ask();
  let parkedAt: number | undefined;
  const parking = one.ask({
    park: {
      afterMs: 3_000,
      parked: () => {
        parkedAt = one.elapsed;
        return () => Promise.reject(new Error('no slot'));
      },
    },
  });
  const end = expect(parking).rejects.toThrow('no slot');
  const behind = one.ask();
  await one.clock.advance(10_000);
  expect(parkedAt).toBe(3_000);
  first.answered();
  await end;
  (await behind).answered();
});

test('waits of more than a moment are told, and their end', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '10s' }] });
  await useUp(one, 1);
  const permit = await one.clock.run(one.ask({ priority: 'full' }));
  const names = one.events.map(({ type }) => type);
  expect(names).toEqual(['limit.exhausted', 'limit.waiting', 'limit.admitted']);
  expect(one.events[1]).toMatchObject({
    ...{ connector: 'api', connection: 'acme', limit: '1 per 10s', scope: 'connection acme' },
    ...{ waiting: 1, priority: 4 },
  });
  expect(one.events[2]).toMatchObject({ waitedMs: permit.queuedMs, priority: 4 });
});

test('a permit that was not used counts for nothing; one is ended once only', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '1m' }] });
  (await one.ask()).unused();
  const permit = await one.ask();
  permit.answered();
  permit.unused();
  permit.failed();
  expect([...one.limiter.limits()].find(({ kind }) => kind === 'window')).toMatchObject({
    ...{ remaining: 0, inFlight: 0, tokens: 1, waiting: 0 },
  });
  await one.clock.advance(61_000);
  const next = await one.ask();
  next.headers();
  next.unused();
  expect([...one.limiter.limits()].find(({ kind }) => kind === 'window')?.remaining).toBe(0);
});

test("the API's own figure of a cost settles the difference to the estimate", async () => {
  const one = world({
    limits: [{ scope: 'connection', tokens: 100, per: '1m', cost: () => 10 }],
  });
  const remaining = (): unknown =>
    [...one.limiter.limits()].find(({ kind }) => kind === 'window')?.remaining;
  (await one.ask()).answered({ cost: 3 });
  expect(remaining()).toBe(97);
  const permit = await one.ask();
  permit.headers();
  expect(remaining()).toBe(87);
  permit.answered({ cost: 25 });
  expect(remaining()).toBe(72);
});

test('scopes by function count what they say is one, and get the connection', async () => {
  const one = world({
    limits: [
      {
        scope: ({ path }, ctx) => `${ctx.connection.id} ${path.split('/')[1] ?? ''}`,
        tokens: 1,
        per: '1h',
      },
    ],
  });
  await useUp(one, 1);
  (await one.ask({ connection: 'other' })).answered();
  (await one.ask({ path: '/more/x' })).answered();
  const waiting = one.ask({ path: '/things/7' });
  expect((await one.clock.run(waiting)).queuedMs).toBeGreaterThan(3_000_000);
  const scopes = [...one.limiter.limits()].map(({ scope }) => scope);
  expect(scopes).toContain('scope acme things');
});

test('a connection that is forgotten begins anew, and who waits goes on', async () => {
  const one = world({ limits: [{ scope: 'connection', tokens: 1, per: '1h' }] });
  await useUp(one, 1);
  const waiting = one.ask();
  one.limiter.forget({ connector: 'api', connection: 'acme' });
  expect([...one.limiter.limits({ connection: 'acme' })]).toHaveLength(1);
  const permit = await one.clock.run(waiting);
  permit.answered();
});
