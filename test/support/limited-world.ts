import { setImmediate } from 'node:timers/promises';
import {
  type AnyEvent,
  createSyncer,
  defineConnector,
  type EventName,
  type EventOf,
  type Limit,
  type PullContext,
  type RateLimitHook,
  type RunResult,
  type Store,
  type Syncer,
  type SyncOptions,
  type SyncerOptions,
} from 'syncline';
import { memory } from 'syncline/memory';
import { seededRandom, virtualClock, type VirtualClock } from 'syncline/testing';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** A request as the API got it. */
export interface Seen {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  /** How many came before it. */
  readonly index: number;
}

/** What the API does with a request: answers, or throws as `fetch` does when the network fails. */
export type Respond = (seen: Seen) => Response | Promise<Response>;

type Pull = (ctx: PullContext<undefined, unknown, never, Item, undefined, never>) => unknown;
type Item = { id: number };

export interface LimitedWorld {
  readonly clock: VirtualClock;
  readonly syncer: Syncer;
  /** Creates a connection. */
  connect(id?: string): Promise<void>;
  /** Syncs a connection's stream while time passes; its error is in the result. */
  sync(id?: string, options?: SyncOptions): Promise<RunResult>;
  /** The same, without time passing by itself. */
  start(id?: string, options?: SyncOptions): Promise<RunResult>;
  readonly seen: readonly Seen[];
  respond: Respond;
  told<Name extends EventName>(name: Name): readonly EventOf<Name>[];
}

export interface LimitedWorldOptions extends Partial<Omit<SyncerOptions, 'connectors' | 'clock'>> {
  readonly limits?: readonly Limit[];
  readonly rateLimit?: RateLimitHook;
  readonly store?: Store;
  readonly pull?: (http: Parameters<Pull>[0]['http'], id: string) => Promise<void>;
}

/** One customer's connector on an API that a test plays, with time that passes by itself. */
export function limitedWorld(options: LimitedWorldOptions = {}): LimitedWorld {
  const { limits = [], rateLimit, pull, store = memory(), ...others } = options;
  const clock = virtualClock({ turn: setImmediate });
  const seen: Seen[] = [];
  const connector = defineConnector({
    name: 'api',
    baseUrl: 'https://api.test/v1',
    limits,
    ...(rateLimit === undefined ? {} : { rateLimit }),
    streams: {
      items: {
        schema: z.object({ id: z.number() }),
        key: 'id',
        cursor: { field: 'id', overlap: 0 },
        async *pull(ctx) {
          if (pull) await pull(ctx.http, ctx.connection.id);
          else yield (await ctx.http.get('items').json()) as Item[];
        },
      },
    },
  });
  const world = { respond: (() => Response.json([])) as Respond };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { method, url, headers } = new Request(input, init);
    const asked = {
      method,
      headers,
      path: new URL(url).pathname,
      at: clock.now(),
      index: seen.length,
    };
    seen.push(asked);
    return world.respond(asked);
  };
  const syncer = createSyncer({
    ...{ connectors: [connector], store, clock, random: seededRandom(7) },
    ...others,
    http: { fetch, ...others.http },
  });
  const events: AnyEvent[] = [];
  syncer.onAny((event) => events.push(event));
  onTestFinished(() => clock.run(syncer.stop({ drain: 0 })));
  const start: LimitedWorld['start'] = (id = 'acme', asked = {}) =>
    syncer
      .connection(connector, id)
      .stream('items')
      .sync({ throws: false, ...asked });
  return Object.assign(world, {
    ...{ clock, syncer, seen, start },
    connect: async (id = 'acme') => {
      await clock.run(syncer.connections.create(connector, { id }));
    },
    sync: (id?: string, asked?: SyncOptions) => clock.run(start(id, asked)),
    told: <Name extends EventName>(name: Name) =>
      events.filter((event): event is EventOf<Name> => event.type === name),
  });
}
