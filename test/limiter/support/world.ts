import { setImmediate } from 'node:timers/promises';
import type { LimitedRequest } from '../../../src/connector/limits.js';
import type { EventInput } from '../../../src/events/event-map.js';
import { createLimiter } from '../../../src/limiter/create-limiter.js';
import type { Answer, Limiter, Parking, Permit, Priority } from '../../../src/limiter/limiter.js';
import type { LimitedConnector } from '../../../src/limiter/scopes.js';
import type { PermitStore } from '../../../src/storage/permits.js';
import { seededRandom } from '../../../src/testing/seeded-random.js';
import { virtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.js';

export interface Asking extends Partial<LimitedRequest> {
  readonly connector?: string;
  readonly connection?: string;
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
  readonly park?: Parking;
}

/** A limiter on a clock of its own, and what it told. */
export interface World {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly limiter: Limiter;
  readonly events: EventInput[];
  /** Asks for a permit: of connector `api`, connection `acme`, `GET /things`, incremental. */
  ask(asking?: Asking): Promise<Permit>;
  /** Milliseconds since the world began. */
  readonly elapsed: number;
}

export interface WorldOptions {
  readonly limits?: LimitedConnector['limits'];
  readonly connectors?: readonly LimitedConnector[];
  readonly seed?: number;
  readonly clock?: VirtualClock;
  readonly owner?: string;
  readonly store?: PermitStore;
  readonly maxWaitMs?: number;
}

export function world(options: WorldOptions = {}): World {
  const { limits = [], seed = 1, store, owner = 'p1', maxWaitMs } = options;
  const clock = options.clock ?? virtualClock({ turn: setImmediate });
  const random = seededRandom(seed);
  const events: EventInput[] = [];
  const limiter = createLimiter({
    ...{ clock, random, connectors: options.connectors ?? [{ name: 'api', limits }] },
    emit: (event) => {
      events.push(event);
    },
    ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
    sharing: store && { owner, store: async () => store },
  });
  return {
    ...{ clock, random, limiter, events },
    ask(asking = {}) {
      const { connector = 'api', connection = 'acme', method = 'GET', path = '/things' } = asking;
      const { priority = 'incremental', signal, park } = asking;
      return limiter.acquire({ connector, connection, method, path }, { priority, signal, park });
    },
    get elapsed() {
      return clock.monotonic();
    },
  };
}

/** A request that is answered after some time, and when the server saw it. */
export async function send(
  { clock, random }: World,
  permit: Permit,
  latencyMs = 0,
  answer?: Answer,
): Promise<number> {
  const before = latencyMs * random();
  await clock.sleep(before);
  const seenAt = clock.monotonic();
  await clock.sleep(latencyMs - before);
  permit.answered(answer);
  return seenAt;
}

/** The most in any window, both ends of it included. */
export function mostInWindow(
  times: readonly (readonly [at: number, cost: number])[],
  perMs: number,
): number {
  const sorted = [...times].sort(([a], [b]) => a - b);
  let most = 0;
  let sum = 0;
  let from = 0;
  for (const [at, cost] of sorted) {
    sum += cost;
    while ((sorted[from]?.[0] ?? at) < at - perMs) sum -= sorted[from++]?.[1] ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}
