import type { FakeChange, FakeList } from 'syncline/testing';
import type { Dice } from '../world/dice.js';
import type { RemoteStream } from '../world/remote-stream.js';
import { isInstant, type StreamSpec } from '../world/stream-spec.js';
import type { World } from '../world/world.js';

/** Those who work with the remote system: they add, edit and remove what the streams read. */
export class Remote {
  readonly #world: World;
  readonly #dice: Dice;

  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice.fork('remote');
  }

  /** Some partitions are not there yet. */
  fill(): void {
    for (const remote of this.#world.remotes) {
      for (const [name, list] of remote.lists) {
        if (name !== '' && this.#dice.chance(0.3)) this.#world.turn(remote, name);
        else for (let i = this.#dice.between(0, 20); i > 0; i--) this.#fill(remote.spec, list);
      }
    }
  }

  /** A few changes at one instant. */
  burst(): void {
    const remote = this.#dice.pick(this.#world.remotes);
    const { spec } = remote;
    if (spec.partitions) this.#turn(remote, spec.partitions.names);
    const list = remote.lists.get(remote.listed.length > 0 ? this.#dice.pick(remote.listed) : '');
    if (!list) return;
    for (let i = this.#dice.between(1, 4); i > 0; i--) this.#change(spec, list);
    if (spec.fullEveryMs !== undefined && this.#dice.chance(0.3)) this.#recompute(list);
    if (this.#dice.chance(0.02)) this.#removeMany(spec, list);
    if (this.#dice.chance(0.05)) this.#expire(spec, list);
    if (this.#dice.chance(0.03)) this.#world.expireFeed(remote);
  }

  /** Partitions appear, and vanish where that can be found out; others break and are mended. */
  #turn(remote: RemoteStream, names: readonly string[]): void {
    const { spec, broken } = remote;
    const name = this.#dice.pick(names);
    const isThere = remote.listed.includes(name);
    const mayTurn = !isThere || spec.deletions.some((kind) => kind !== 'flag');
    if (mayTurn && this.#dice.chance(0.1)) {
      // What vanishes is gone with all that was in it.
      const list = remote.lists.get(name);
      for (const key of list?.keys() ?? []) if (list) this.#remove(spec, list, key, 0);
      this.#world.turn(remote, name);
    }
    if (broken.has(name)) broken.delete(name);
    else if (this.#dice.chance(0.1)) broken.add(name);
  }

  /** The remote works again. */
  mend(): void {
    for (const { broken } of this.#world.remotes) broken.clear();
  }

  #change(spec: StreamSpec, list: FakeList): void {
    const what = this.#dice.random();
    const keys = list.keys();
    if (keys.length === 0 || what < 0.3) this.#add(spec, list);
    else if (what < 0.8 || !losesRecords(spec)) this.#put(spec, list, this.#dice.pick(keys));
    else this.#remove(spec, list, this.#dice.pick(keys));
  }

  /** Some of the keys are those of records that were removed: they come back. */
  #add(spec: StreamSpec, list: FakeList): void {
    this.#put(spec, list, this.#keyIn(list));
  }

  #keyIn(list: FakeList): string {
    const partition = list.path.split('/')[2];
    const key = `k${this.#dice.between(0, 40)}`;
    return partition === undefined ? key : `${partition}-${key}`;
  }

  #put(spec: StreamSpec, list: FakeList, key: string): void {
    const isInvalid = this.#dice.chance(0.07);
    const name = isInvalid ? this.#dice.between(1, 9) : `name ${this.#dice.between(1, 9)}`;
    this.#world.put(list, key, name, this.#changeOf(spec, list, key));
  }

  /** Streams that have a start know of older records, too. */
  #fill(spec: StreamSpec, list: FakeList): void {
    if (!spec.starts) {
      this.#add(spec, list);
      return;
    }
    const age = this.#dice.between(0, spec.starts.last - 60_000);
    const stamp = this.#world.clock.now() - age;
    const key = this.#keyIn(list);
    if (list.versions(key).length > 0) return;
    this.#world.put(list, key, `name ${this.#dice.between(1, 9)}`, { stamp });
  }

  #recompute(list: FakeList): void {
    const keys = list.keys();
    if (keys.length === 0) return;
    this.#world.recompute(list, this.#dice.pick(keys), `name ${this.#dice.between(10, 19)}`);
  }

  #remove(spec: StreamSpec, list: FakeList, key: string, lag?: number): void {
    const change = this.#changeOf(spec, list, key);
    this.#world.remove(list, key, lag === undefined ? change : { ...change, visibleAfterMs: lag });
  }

  #removeMany(spec: StreamSpec, list: FakeList): void {
    if (!losesRecords(spec)) return;
    for (const key of list.keys()) {
      if (this.#dice.chance(0.5)) this.#remove(spec, list, key);
    }
  }

  #expire(spec: StreamSpec, list: FakeList): void {
    // What was served in another order before the tokens expired, nobody can tell any more.
    if (spec.cursor === 'ascending' && spec.order === 'key') return;
    // Where everything is asked for since the start, and what lies before an old one, there is nothing to go back to.
    this.#world.expire(list, spec.starts ? 'page' : this.#dice.pick(['page', 'cursor']));
  }

  /** Late, dated in the future, or without a date: as far as the stream promises to bear it. */
  #changeOf(spec: StreamSpec, list: FakeList, key: string): FakeChange {
    const dice = this.#dice;
    const late = dice.chance(0.15) ? { visibleAfterMs: dice.between(1, mayLag(spec)) } : {};
    if (!isInstant(spec) || spec.cursor === 'token') return late;
    const newest = list.versions(key).at(-1)?.sortBy ?? null;
    const now = this.#world.api.now();
    // A record's date never goes back, even when it lies in the future.
    if (newest !== null && newest >= now) return { ...late, stamp: newest + 1_000 };
    if (dice.chance(0.03)) return { ...late, stamp: now + dice.between(1, 600_000) };
    // In a list sorted by date it would go back to before what was read already.
    const mayLoseDate = spec.order === 'key' || newest === null;
    if (mayLoseDate && dice.chance(0.03)) return { ...late, stamp: null };
    return late;
  }
}

/** How long a change may stay invisible without being lost: within the overlap, whole seconds cut off. */
function mayLag(spec: StreamSpec): number {
  if (spec.cursor === 'token' || !isInstant(spec)) return 0;
  return (spec.overlap ?? 60_000) - 3_000;
}

/** Whether a removal can be found at all. */
function losesRecords({ cursor, deletions }: StreamSpec): boolean {
  return cursor === 'token' || deletions.length > 0;
}
