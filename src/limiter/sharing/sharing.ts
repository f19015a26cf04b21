import type { Clock, Random } from '../../core/ports.js';
import type {
  PermitGrant,
  PermitGroup,
  PermitReport,
  PermitRule,
  PermitStore,
} from '../../storage/permits.js';
import type { Rings } from '../alarm.js';
import type { Gauge, Waiter } from '../gauge.js';
import { placeAt } from '../queue/turns.js';
import { ALL_REQUESTS } from '../scope-gauges.js';
import type { Scopes } from '../scopes.js';
import { Batch, type BatchDesk } from './batch.js';
import { BlockView } from './block-view.js';
import { gaugeOf, shareKey } from './share-key.js';

export interface SharingOptions {
  /** Names this process among those that share the store. */
  readonly owner: string;
  /** Opens the store when it is first needed. */
  readonly store: () => Promise<PermitStore>;
}

export interface SharingHooks {
  readonly clock: Clock;
  readonly random: Random;
  /** The longest wait that is believed, in milliseconds. */
  readonly maxWaitMs: number;
  readonly scopes: () => Scopes;
  readonly alarm: Rings<Gauge | Batch>;
  /** Permits have come, or are known not to come yet. */
  readonly look: (gauge: Gauge) => void;
  /** What waits for it cannot be served. */
  readonly refuse: (gauge: Gauge, reason: unknown) => void;
}

interface Asked {
  readonly waiter: Waiter;
  readonly group: PermitGroup;
  readonly batches: readonly Batch[];
}

/** How fast the measured round trip to the store follows. */
const FOLLOW = 0.2;
/** A block that is over before others could read of it. */
const SHORTEST_BLOCK_MS = 50;

/**
 * Shares declared limits and blocks with the processes on the same store. Permits are taken in batches that live for a moment; all that is
 * asked for while a call is under way goes with the next one.
 */
export class Sharing implements BatchDesk {
  readonly #owner: string;
  readonly #store: () => Promise<PermitStore>;
  readonly #hooks: SharingHooks;
  readonly #view: BlockView;
  readonly #active = new Set<Batch>();
  #asked = new Set<Waiter>();
  #due = new Set<Batch>();
  #working: Promise<void> | undefined;
  readonly #reporting = new Set<Promise<void>>();
  #closed = false;
  roundTripMs = 0;

  constructor({ owner, store }: SharingOptions, hooks: SharingHooks) {
    this.#owner = owner;
    this.#store = store;
    this.#hooks = hooks;
    const { clock, scopes, maxWaitMs } = hooks;
    this.#view = new BlockView({
      ...{ clock, store, maxWaitMs },
      apply: (scope, until) => {
        gaugeOf(scope, scopes())?.block(until, clock.monotonic());
      },
      read: (waiters, error) => {
        this.#news(waiters, error);
      },
    });
  }

  /** A limit in a scope has come into being. */
  attach(gauge: Gauge, rule: PermitRule | undefined): void {
    const key = shareKey(gauge);
    if (rule !== undefined) gauge.lease = new Batch(gauge, key, rule, this);
    else if (gauge.scope === 'connector' && gauge.spec.label === ALL_REQUESTS) {
      gauge.lease = this.#view.lease();
    }
    this.#view.applyTo(gauge, key);
  }

  /** A limit was blocked here: the others are told. */
  tell(gauge: Gauge): void {
    const { clock } = this.#hooks;
    const now = clock.now();
    const ms = gauge.blockedUntil - clock.monotonic();
    if (ms < SHORTEST_BLOCK_MS) return;
    const block = { scope: shareKey(gauge), until: Math.ceil(now + ms), now };
    this.#view.told(block.scope, block.until, gauge.blockedUntil);
    const told = this.#store()
      .then((store) => store.reportBlocked(block))
      // This process obeys in any case, and the store's troubles show where permits are taken.
      .catch(() => undefined)
      .finally(() => this.#reporting.delete(told));
    this.#reporting.add(told);
  }

  ask(waiter: Waiter): void {
    this.#asked.add(waiter);
    this.#work();
  }

  wake(batch: Batch, at: number): void {
    if (this.#closed) return;
    this.#hooks.alarm.set(batch, at);
    if (at !== Infinity) this.#active.add(batch);
  }

  report(batch: Batch): void {
    this.#due.add(batch);
    this.#work();
  }

  /** Gives back what is not used. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await Promise.all(this.#reporting);
    await this.#view.settled();
    for (const batch of this.#active)
      if (!batch.idle(this.#hooks.clock.monotonic())) this.#due.add(batch);
    await this.#turn();
    for (const batch of this.#active) this.#hooks.alarm.set(batch, Infinity);
  }

  #work(): void {
    // Later in this turn of the event loop: others may want to go along.
    this.#working ??= Promise.resolve()
      .then(async () => {
        while (this.#asked.size > 0 || this.#due.size > 0) await this.#turn();
      })
      .finally(() => {
        this.#working = undefined;
        // Whoever asked after the last look and before now was taken for served.
        if (this.#asked.size > 0 || this.#due.size > 0) this.#work();
      });
  }

  /** One call for all that is asked and due. */
  async #turn(): Promise<void> {
    const { clock } = this.#hooks;
    const now = clock.monotonic();
    const wall = clock.now();
    const asked = [...this.#asked]
      .filter(({ gone }) => !gone)
      .map((waiter) => this.#groupOf(waiter, now));
    const asking = new Set(asked.flatMap(({ batches }) => batches));
    const batches = [...new Set([...asking, ...this.#due])];
    this.#asked = new Set();
    this.#due = new Set();
    if (batches.length === 0) return;
    const reports = batches.map((batch) => batch.report(asking.has(batch), now, wall));
    try {
      const grants = await this.#call(reports, asked, wall);
      const done = clock.monotonic();
      this.#took(done - now);
      batches.forEach((batch, i) => {
        const report = reports[i];
        if (report) batch.reported(now, report, done);
        if (batch.idle(done)) this.#active.delete(batch);
      });
      asked.forEach((one, i) => {
        const grant = grants[i];
        if (grant) this.#serve(one, grant, done, wall - now);
      });
    } catch (error) {
      const failed = clock.monotonic();
      batches.forEach((batch, i) => {
        const report = reports[i];
        if (report) batch.failed(report, wall, now);
      });
      this.#news(
        asked.map(({ waiter }) => waiter),
        error,
      );
      this.#took(failed - now);
    }
    this.#news(asked.map(({ waiter }) => waiter));
    for (const batch of asking) this.#hooks.look(batch.gauge);
  }

  /** A batch must not be over when it arrives: slower calls count at once, quicker ones little by little. */
  #took(ms: number): void {
    this.roundTripMs = Math.max(ms, this.roundTripMs + (ms - this.roundTripMs) * FOLLOW);
  }

  /** What waiters have asked for has come, or cannot. */
  #news(waiters: readonly Waiter[], error?: unknown): void {
    for (const gauge of new Set(waiters.map(({ lane }) => lane?.at))) {
      if (gauge === undefined) continue;
      if (error === undefined) this.#hooks.look(gauge);
      else this.#hooks.refuse(gauge, error);
    }
  }

  async #call(
    reports: readonly PermitReport[],
    asked: readonly Asked[],
    now: number,
  ): Promise<readonly PermitGrant[]> {
    const store = await this.#store();
    const holder = this.#owner;
    if (asked.length > 0) {
      return store.takePermits({ holder, now, reports, groups: asked.map(({ group }) => group) });
    }
    await store.returnPermits({ holder, now, reports });
    return [];
  }

  /** Everything that a waiter lacks of the limits that are shared. */
  #groupOf(waiter: Waiter, now: number): Asked {
    const { clock } = this.#hooks;
    const batches: Batch[] = [];
    const takes = waiter.route.gauges.flatMap((gauge, i) => {
      const { lease } = gauge;
      const cost = waiter.costs[i] ?? 1;
      if (!(lease instanceof Batch) || lease.covers(cost, now)) return [];
      batches.push(lease);
      const keep = gauge.kept(waiter.place, waiter, now);
      return [{ key: lease.key, keep, ...lease.wanted(cost, waiter.place, now) }];
    });
    const since = clock.now() - (now - waiter.since);
    return { waiter, batches, group: { place: placeAt(waiter, now), since, takes } };
  }

  #serve({ group, batches }: Asked, grant: PermitGrant, now: number, toWall: number): void {
    const { random } = this.#hooks;
    if ('granted' in grant) {
      batches.forEach((batch, i) => {
        batch.granted(grant.granted[i] ?? 0, now);
        this.#active.add(batch);
      });
      return;
    }
    for (const batch of batches) {
      if (!grant.short.includes(batch.key)) continue;
      // Not all processes at the same instant.
      const jitter = random() * Math.min(10, batch.batchMs / 4);
      const at = grant.retryAt === null ? now + batch.batchMs : grant.retryAt - toWall;
      batch.denied(Math.max(at, now) + jitter, group.place);
    }
  }
}
