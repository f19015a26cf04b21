import { Heap } from '../heap.js';
import type { Counts, Lane, Queued } from './lane.js';

/** A waiter rises by one place in so many milliseconds. */
const RISE_MS = 30_000;
/** Places from here on leave a limit's reserve to the ones before. */
export const FIRST_BACKGROUND = 3;
const PLACES = 6;

/** The place of one that has waited for some time. */
export function placeAt({ place, since }: Queued, now: number): number {
  return place === 0 ? 0 : Math.max(0, place - Math.floor((now - since) / RISE_MS));
}

interface Entry<W extends Queued, L extends Lane<W>> {
  readonly lane: L;
  readonly head: W;
  readonly level: number;
  /** When it came to its level: who has risen comes after those who were there before. */
  readonly since: number;
  /** What the flow had been given when it was last served, or what others had been given when it came. */
  readonly tag: number;
  live: boolean;
}

interface Rise<W extends Queued, L extends Lane<W>> {
  readonly at: number;
  readonly entry: Entry<W, L>;
}

/**
 * Whose turn it is at one limit: by place, risen with age; then fair between flows (start-time fair queueing: who was given less goes
 * first, a newcomer as if it had been given as much as the others); then by age.
 *
 * Only the oldest of each lane is sorted, and it moves once for each place that it rises: a decision costs the logarithm of the number of
 * lanes.
 */
export class Turns<W extends Queued, L extends Lane<W> = Lane<W>> {
  /** How many wait, by place. */
  readonly counts: Counts = new Array<number>(PLACES).fill(0);
  readonly #urgent = new Order<W, L>();
  readonly #background = new Order<W, L>();
  readonly #entries = new Map<L, Entry<W, L>>();
  readonly #served = new Map<object, number>();
  #virtual = 0;

  /** How many wait. */
  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  get empty(): boolean {
    return this.#entries.size === 0;
  }

  has(lane: L): boolean {
    return this.#entries.has(lane);
  }

  add(lane: L, now: number): void {
    lane.countIn(this.counts);
    this.#enter(lane, now, this.#virtual);
  }

  /** The lane's oldest has changed. */
  update(lane: L, now: number): void {
    const tag = this.#entries.get(lane)?.tag ?? this.#virtual;
    this.#leave(lane);
    this.#enter(lane, now, tag);
  }

  remove(lane: L): void {
    lane.countIn(undefined);
    this.#leave(lane);
    this.#forgetWhenEmpty();
  }

  /** The lane's oldest was given `amount`, and is out of the lane. */
  served(lane: L, amount: number, now: number): void {
    const tag = this.#entries.get(lane)?.tag ?? this.#virtual;
    this.#virtual = Math.max(this.#virtual, tag);
    this.#served.set(lane.flow, tag + amount);
    this.update(lane, now);
    if (!this.#entries.has(lane)) this.remove(lane);
  }

  /** Whose turn it is; `urgentOnly`: of those that may use the reserve. */
  first(now: number, urgentOnly = false): L | undefined {
    const urgent = this.#settled(this.#urgent, now);
    const background = urgentOnly ? undefined : this.#settled(this.#background, now);
    if (urgent === undefined) return background?.lane;
    if (background === undefined) return urgent.lane;
    const first = urgent.level - background.level;
    return (first === 0 ? goesBefore(urgent, background) : first < 0)
      ? urgent.lane
      : background.lane;
  }

  /** The place of the one whose turn it is; Infinity when nobody waits. */
  firstPlace(now: number): number {
    const head = this.first(now)?.head();
    return head === undefined ? Infinity : placeAt(head, now);
  }

  /** The first entry of an order, after what has changed since it was made was sorted in again. */
  #settled(order: Order<W, L>, now: number): Entry<W, L> | undefined {
    for (let entry = order.first(now); entry; entry = order.first(now)) {
      const { lane, head, tag, level } = entry;
      const fresh =
        lane.head() === head &&
        placeAt(head, now) === level &&
        (this.#served.get(lane.flow) ?? 0) <= tag;
      if (fresh) return entry;
      this.update(lane, now);
      if (!this.#entries.has(lane)) this.remove(lane);
    }
    return undefined;
  }

  #enter(lane: L, now: number, least: number): void {
    const head = lane.head();
    if (head === undefined) return;
    const tag = Math.max(least, this.#served.get(lane.flow) ?? 0);
    const level = placeAt(head, now);
    const since = head.since + (head.place - level) * RISE_MS;
    const entry = { lane, head, level, since, tag, live: true };
    this.#entries.set(lane, entry);
    this.#orderOf(lane).push(entry);
  }

  #leave(lane: L): void {
    const entry = this.#entries.get(lane);
    if (entry === undefined) return;
    this.#entries.delete(lane);
    this.#orderOf(lane).drop(entry);
  }

  #orderOf(lane: L): Order<W, L> {
    return lane.place < FIRST_BACKGROUND ? this.#urgent : this.#background;
  }

  #forgetWhenEmpty(): void {
    if (this.#entries.size > 0) return;
    this.#served.clear();
    this.#virtual = 0;
  }
}

/** Entries by level, then tag, then age; what has risen since is moved when somebody looks. */
class Order<W extends Queued, L extends Lane<W>> {
  readonly #levels: (Heap<Entry<W, L>> | undefined)[] = [];
  readonly #rises = new Heap<Rise<W, L>>((a, b) => a.at < b.at);
  #live = 0;
  #dead = 0;

  push(entry: Entry<W, L>): void {
    const { level, since } = entry;
    (this.#levels[level] ??= new Heap<Entry<W, L>>(goesBefore)).push(entry);
    this.#live += 1;
    if (level > 0) this.#rises.push({ at: since + RISE_MS, entry });
  }

  drop(entry: Entry<W, L>): void {
    entry.live = false;
    this.#live -= 1;
    this.#dead += 1;
    if (this.#dead > this.#live + 64) this.#sweep();
  }

  /** One that is due to rise comes first, so that it is sorted in again. */
  first(now: number): Entry<W, L> | undefined {
    for (let rise = this.#rises.first(); rise; rise = this.#rises.first()) {
      const { at, entry } = rise;
      if (entry.live && (at > now || placeAt(entry.head, now) === entry.level)) break;
      this.#rises.shift();
      if (entry.live) return entry;
    }
    for (const level of this.#levels) {
      for (let entry = level?.first(); entry; entry = level?.first()) {
        if (entry.live) return entry;
        level?.shift();
      }
    }
    return undefined;
  }

  #sweep(): void {
    for (const level of this.#levels) level?.filter(({ live }) => live);
    this.#rises.filter(({ entry }) => entry.live);
    this.#dead = 0;
  }
}

function goesBefore<W extends Queued, L extends Lane<W>>(a: Entry<W, L>, b: Entry<W, L>): boolean {
  if (a.tag !== b.tag) return a.tag < b.tag;
  return a.since === b.since ? a.head.since < b.head.since : a.since < b.since;
}
