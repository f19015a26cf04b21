import fc from 'fast-check';
import type { Limit, LimitedRequest } from '../../../src/connector/limits.js';
import {
  type LimitSignal,
  type Permit,
  PRIORITIES,
  type Priority,
} from '../../../src/limiter/limiter.js';
import { mostInWindow, type World } from './world.js';

/** A request that a test makes at some time. */
export interface Load {
  readonly at: number;
  readonly connection: string;
  readonly method: string;
  readonly path: string;
  readonly priority: Priority;
  readonly latencyMs: number;
  readonly end: 'answered' | 'headers' | 'failed' | 'unused';
  /** Gives up after so long. */
  readonly patienceMs: number | undefined;
  /** What the response says of limits; its instants are milliseconds from when it comes. */
  readonly says: LimitSignal | undefined;
}

/** A request as the server got it. */
export interface Seen extends Load {
  readonly seenAt: number;
  readonly doneAt: number;
}

const pers = [100, 1_000, 7_000, 60_000];
const scopes = ['connection', 'connector', firstSegment] as const;

function firstSegment({ path }: LimitedRequest): string {
  return path.split('/')[1] ?? '';
}

/** Costs between 1 and 3, by the path, and never more than fits. */
function costUpTo(most: number) {
  return ({ path }: LimitedRequest): number => Math.min(most, 1 + (path.length % 3));
}

const where = fc.record({
  scope: fc.constantFrom(...scopes),
  match: fc.constantFrom(undefined, 'GET /a/**', '/b*'),
  dear: fc.boolean(),
});

const windows = fc
  .record({
    where,
    tokens: fc.integer({ min: 1, max: 20 }),
    per: fc.constantFrom(...pers),
    burst: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
    reserve: fc.constantFrom(undefined, 0.1, 0.5),
  })
  .map(({ where: { dear, ...scope }, burst, reserve, tokens, per }): Limit => {
    const most = Math.min(tokens, burst ?? tokens);
    return defined({
      ...scope,
      tokens,
      per,
      burst,
      reserve,
      cost: dear ? costUpTo(most) : undefined,
    });
  });

const buckets = fc
  .record({
    where,
    bucket: fc.integer({ min: 1, max: 20 }),
    refill: fc.integer({ min: 1, max: 10 }),
    per: fc.constantFrom(100, 1_000, 5_000),
  })
  .map(({ where: { dear, ...scope }, bucket, refill, per }): Limit =>
    defined({ ...scope, bucket, refill, per, cost: dear ? costUpTo(bucket) : undefined }),
  );

const concurrencies = fc
  .record({ where, concurrency: fc.integer({ min: 1, max: 5 }) })
  .map(({ where: { scope, match }, concurrency }): Limit => defined({ scope, match, concurrency }));

export const anyLimits = fc.array(fc.oneof(windows, windows, buckets, concurrencies), {
  minLength: 1,
  maxLength: 4,
});

const signals = fc
  .record({
    limited: fc.boolean(),
    scope: fc.constantFrom('connection', 'app', 'endpoint', 'unknown'),
    kind: fc.constantFrom('throttle', 'quota', 'concurrency', 'none'),
    retryAfterMs: fc.constantFrom(undefined, 0, 100, 3_000, 1e12, Number.NaN),
    limit: fc.constantFrom(undefined, 0, 1, 5, 50),
    remaining: fc.constantFrom(undefined, -1, 0, 1, 4, 60),
    resetAt: fc.constantFrom(undefined, -5_000, 0, 500, 4_000, 1e12),
  })
  .map((signal): LimitSignal => signal);

export const anyLoads = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 3_000 }),
    connection: fc.constantFrom('a', 'b', 'c'),
    method: fc.constantFrom('GET', 'POST'),
    path: fc.constantFrom('/a/x', '/a/yy', '/b', '/bbb'),
    priority: fc.constantFrom(...PRIORITIES),
    latencyMs: fc.integer({ min: 0, max: 400 }),
    end: fc.constantFrom('answered', 'answered', 'headers', 'failed', 'unused'),
    patienceMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined, freq: 8 }),
    // Most say nothing: what is learned must not be all that holds.
    says: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: signals },
    ),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
) satisfies fc.Arbitrary<Load[]>;

/** Makes the requests, and returns what the server saw. Fails when one is never admitted. A world that is killed does nothing any more. */
export async function drive(
  worlds: readonly World[],
  loads: readonly Load[],
  kills: readonly (number | undefined)[] = [],
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const [first] = worlds;
  if (first === undefined) return seen;
  const { clock } = first;
  const start = clock.monotonic();
  const one = async (load: Load, world: World, killAt: number): Promise<void> => {
    const dead = (): boolean => clock.monotonic() - start >= killAt;
    await clock.sleep(start + load.at - clock.monotonic());
    if (dead()) return;
    const permit = await patiently(world, load);
    if (permit === undefined || dead()) return;
    if (load.end === 'unused') {
      permit.unused();
      return;
    }
    // What a process sends and does not live to be answered for is soon there.
    const before = Math.min(killAt === Infinity ? Infinity : 50, load.latencyMs * world.random());
    await clock.sleep(before);
    if (dead()) return;
    const seenAt = clock.monotonic();
    await clock.sleep(load.latencyMs - before);
    if (load.end === 'headers') {
      permit.headers();
      await clock.sleep(20);
    }
    seen.push({ ...load, seenAt, doneAt: clock.monotonic() });
    if (dead()) return;
    if (load.end === 'failed') permit.failed();
    else permit.answered({ signal: said(load.says, clock.now()) });
  };
  const all = loads.map((load, i) => {
    const index = i % worlds.length;
    const killAt = kills[index] ?? Infinity;
    const work = one(load, worlds[index] ?? first, killAt);
    return killAt === Infinity ? work : Promise.race([work, clock.sleep(killAt)]);
  });
  await clock.run(Promise.all(all));
  return seen;
}

function said(signal: LimitSignal | undefined, now: number): LimitSignal | undefined {
  if (signal?.resetAt === undefined) return signal;
  return { ...signal, resetAt: now + signal.resetAt };
}

/** A permit, if it comes before the patience is over. */
async function patiently(world: World, load: Load): Promise<Permit | undefined> {
  const patience = new AbortController();
  if (load.patienceMs !== undefined) {
    void world.clock.sleep(load.patienceMs).then(() => {
      patience.abort();
    });
  }
  try {
    return await world.ask({ ...load, signal: patience.signal });
  } catch (error) {
    if (patience.signal.aborted) return undefined;
    throw error;
  }
}

/** What of a limit the server saw too much of; empty when none. */
export function excesses(limits: readonly Limit[], seen: readonly Seen[]): readonly string[] {
  return limits.flatMap((limit, i) => {
    const counted = seen.filter((request) => isMeant(limit, request));
    const groups = new Map<string, Seen[]>();
    for (const request of counted) {
      const key =
        limit.scope === 'connection'
          ? request.connection
          : limit.scope === 'connector'
            ? ''
            : firstSegment(request);
      groups.set(key, [...(groups.get(key) ?? []), request]);
    }
    return [...groups].flatMap(([key, requests]) =>
      excess(limit, requests).map((text) => `limits[${i}] in '${key}': ${text}`),
    );
  });
}

function isMeant({ match }: Limit, { method, path }: Load): boolean {
  if (match === 'GET /a/**') return method === 'GET' && path.startsWith('/a/');
  return match === '/b*' ? path.startsWith('/b') : true;
}

function excess(limit: Limit, requests: readonly Seen[]): readonly string[] {
  const cost = limit.cost ?? (() => 1);
  const times = requests.map((request) => [request.seenAt, cost(request)] as const);
  if (limit.concurrency !== undefined) {
    const most = Math.max(
      0,
      ...requests.map(
        ({ seenAt }) =>
          requests.filter((one) => one.seenAt <= seenAt && seenAt < one.doneAt).length,
      ),
    );
    return most > limit.concurrency ? [`${most} at a time`] : [];
  }
  const per = Number(limit.per);
  if (limit.bucket !== undefined) return bucketExcess(times, limit.bucket, limit.refill, per);
  const most = mostInWindow(times, per);
  const found = most > limit.tokens ? [`${most} in ${per} ms`] : [];
  if (limit.burst === undefined || limit.burst >= limit.tokens) return found;
  const atOnce = mostInWindow(times, (per * limit.burst) / limit.tokens);
  return atOnce > limit.burst ? [...found, `${atOnce} in a burst`] : found;
}

/** A bucket that flows continuously, and where it has room for that, one that flows at the stroke of each `per`. */
function bucketExcess(
  times: readonly (readonly [number, number])[],
  size: number,
  refill: number,
  per: number,
): readonly string[] {
  const sorted = [...times].sort(([a], [b]) => a - b);
  const found: string[] = [];
  let level = 0;
  let last = 0;
  for (const [at, cost] of sorted) {
    level = Math.max(0, level - ((at - last) * refill) / per) + cost;
    last = at;
    if (level > size + 1e-6) found.push(`${level} in the bucket`);
  }
  if (size < 2 * refill) return found;
  for (const phase of [0, per / 3, (2 * per) / 3]) {
    level = 0;
    last = 0;
    for (const [at, cost] of sorted) {
      const strokes = Math.floor((at - phase) / per) - Math.floor((last - phase) / per);
      level = Math.max(0, level - strokes * refill) + cost;
      last = at;
      if (level > size + 1e-6) found.push(`${level} in the bucket with strokes`);
    }
  }
  return found;
}

/** Without the fields that are undefined. */
function defined<T extends object>(value: T): T & Limit {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T &
    Limit;
}
