import type { Clock } from '../core/ports.js';
import type { Emit } from '../events/emitter.js';
import type { EventInput } from '../events/event-map.js';
import { toErrorInfo } from '../events/error-info.js';
import type { Store } from '../storage/contract.js';

/** How long things are kept, in milliseconds, and how much of them. */
export interface Retention {
  readonly runs: number;
  readonly logs: number;
  readonly traffic: number;
  readonly trafficBytes: number;
  /** Infinity: for ever. */
  readonly tombstones: number;
  readonly history: number;
  readonly rejected: number;
}

/** How many rows go at a time. */
const SLICE = 500;
const TRAFFIC_SLICE = 250;
const MAX_PAUSE_MS = 60_000;

/** One kind of things that are let go. */
interface Kind {
  readonly what: EventInput<'store.pruned'>['what'];
  readonly limit: number;
  readonly remove: (store: Store, now: number, limit: number) => Promise<number>;
}

function kindsOf(retention: Retention): readonly Kind[] {
  const { runs, logs, traffic, trafficBytes: maxBytes } = retention;
  return [
    {
      what: 'runs',
      limit: SLICE,
      remove: (store, now, limit) => store.pruneRuns({ before: now - runs, limit }),
    },
    {
      what: 'logs',
      limit: SLICE,
      remove: (store, now, limit) => store.pruneLogs({ before: now - logs, limit }),
    },
    {
      what: 'traffic',
      limit: TRAFFIC_SLICE,
      remove: (store, now, limit) => store.pruneTraffic({ before: now - traffic, maxBytes, limit }),
    },
    ...recordKinds(retention),
  ];
}

/** What belongs to records goes a slice at a time, too; versions before the tombstones, which stay as long as any of them is there. */
function recordKinds({ tombstones, history, rejected }: Retention): readonly Kind[] {
  const kinds = [
    { what: 'history', kind: 'versions', keptMs: history },
    { what: 'tombstones', kind: 'tombstones', keptMs: tombstones },
    { what: 'rejected', kind: 'rejected', keptMs: rejected },
  ] as const;
  return kinds
    .filter(({ keptMs }) => Number.isFinite(keptMs))
    .map(({ what, kind, keptMs }) => ({
      what,
      limit: SLICE,
      remove: (store, now, limit) => store.pruneRecords({ kind, before: now - keptMs, limit }),
    }));
}

/**
 * Lets go what was kept long enough: a slice of each kind now and then, when something was written anyway. While there is more of it, the
 * next writing goes on with it.
 */
export class Pruner {
  readonly #kinds: readonly Kind[];
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #pauseMs: number;
  #next = -Infinity;

  constructor(retention: Retention, clock: Clock, emit: Emit) {
    this.#kinds = kindsOf(retention);
    this.#clock = clock;
    this.#emit = emit;
    const { trafficBytes: _bytes, ...kept } = retention;
    const shortest = Math.min(...Object.values(kept));
    this.#pauseMs = Math.min(MAX_PAUSE_MS, shortest / 2);
  }

  /** Removes what is due, if it is time. Never rejects. */
  async tick(store: Store): Promise<void> {
    const now = this.#clock.now();
    // A clock that was set back does not stop it for longer than the pause.
    if (now < this.#next && now >= this.#next - this.#pauseMs) return;
    this.#next = now + this.#pauseMs;
    let isMore = false;
    for (const { what, limit, remove } of this.#kinds) {
      if (await this.#prune(what, limit, () => remove(store, now, limit))) isMore = true;
    }
    if (isMore) this.#next = now;
  }

  /** Whether there is more to remove. */
  async #prune(what: Kind['what'], limit: number, remove: () => Promise<number>): Promise<boolean> {
    try {
      const rows = await remove();
      if (rows > 0) this.#emit({ type: 'store.pruned', what, rows });
      return rows === limit;
    } catch (error) {
      this.#emit({ type: 'store.failed', verb: `prune ${what}`, error: toErrorInfo(error) });
      return false;
    }
  }
}
