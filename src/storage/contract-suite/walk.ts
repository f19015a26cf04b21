import assert from 'node:assert/strict';
import type { Verdict } from '../commits.js';
import type { Lease, StreamRef } from '../contract.js';
import { record, remove, seededRandom } from './world.js';
import type { ContractTests, World } from './world.js';

/** What the walk believes of one record. */
interface Model {
  data: string;
  deleted: boolean;
  seq: number;
  bornSeq: number;
}
interface Pass {
  readonly name: string;
  readonly judged: Set<string>;
  readonly seen: Set<string>;
}

const KEYS = 30;

/** A random walk through commits, passes and feed readers, held against a model that is too simple to be wrong. */
class Walk {
  readonly #world: World;
  readonly #ref: StreamRef;
  readonly #lease: Lease;
  readonly #draw: (below: number) => number;
  readonly #model = new Map<string, Model>();
  #open: Pass | undefined;
  #held: Pass | undefined;
  #seq = 0;
  #steps = 0;
  /** What a reader of the feed has put together from its batches. */
  readonly #replica = new Map<string, Pick<Model, 'data' | 'deleted'>>();
  #offset = 0;

  constructor(world: World, ref: StreamRef, lease: Lease, seed: number) {
    this.#world = world;
    this.#ref = ref;
    this.#lease = lease;
    this.#draw = seededRandom(seed);
  }

  async step(): Promise<void> {
    this.#steps += 1;
    const dice = this.#draw(20);
    if (dice === 0) await this.#openPass();
    else if (dice === 1) await this.#holdPass();
    else if (dice === 2) await this.#sweep();
    else if (dice < 6) await this.#read();
    else await this.#commit();
    if (this.#steps % 10 === 0) await this.#compare();
  }

  async #commit(): Promise<void> {
    const keys = [...new Set(Array.from({ length: this.#draw(8) }, () => this.#key()))];
    const verdicts = new Map<string, Verdict>();
    const items = keys.map((key) => {
      const live = this.#model.get(key)?.deleted === false;
      const wanted: readonly Verdict[] = live
        ? ['update', 'update', 'refresh', 'unchanged', 'stale', 'delete']
        : this.#model.has(key)
          ? ['insert', 'ignore', 'stale']
          : ['insert', 'ignore'];
      const verdict = wanted[this.#draw(wanted.length)] ?? 'ignore';
      verdicts.set(key, verdict);
      const gone = verdict === 'delete' || verdict === 'ignore';
      return gone ? remove(key) : record(key, `{"step":${this.#steps}}`);
    });
    const store = this.#draw(2) === 0 ? this.#world.store : this.#world.other;
    const lease = this.#draw(2) === 0 ? this.#lease : null;
    const decide = ({ key }: { readonly key: string }) => verdicts.get(key) ?? 'ignore';
    const result = await this.#world.commit(this.#ref, items, { lease, decide }, store);
    for (const [key, verdict] of verdicts) this.#apply(key, verdict);
    assert.equal(result.seq, this.#seq);
  }

  #apply(key: string, verdict: Verdict): void {
    const row = this.#model.get(key);
    if (row) for (const pass of [this.#open, this.#held]) pass?.seen.add(key);
    const data = `{"step":${this.#steps}}`;
    if (verdict === 'insert') {
      const seq = ++this.#seq;
      this.#model.set(key, { data, deleted: false, seq, bornSeq: seq });
    } else if (verdict === 'update' && row) Object.assign(row, { data, seq: ++this.#seq });
    else if (verdict === 'refresh' && row) row.data = data;
    else if (verdict === 'delete' && row) this.#bury(key, row);
  }

  #bury(key: string, row: Model): void {
    Object.assign(row, { deleted: true, seq: ++this.#seq });
    // It may live again, but not as what the pass judges.
    for (const pass of [this.#open, this.#held]) pass?.judged.delete(key);
  }

  async #openPass(): Promise<void> {
    const name = `pass-${this.#steps}`;
    await this.#world.store.openPass({ lease: this.#lease, pass: name });
    const live = [...this.#model].filter(([, row]) => !row.deleted).map(([key]) => key);
    this.#open = { name, judged: new Set(live), seen: new Set() };
  }

  async #holdPass(): Promise<void> {
    if (!this.#open) return;
    await this.#world.store.holdPass({ lease: this.#lease, pass: this.#open.name });
    this.#held = this.#open;
    this.#open = undefined;
  }

  async #sweep(): Promise<void> {
    const pass = this.#held ?? this.#open;
    if (!pass) return;
    const keys = [...new Set(Array.from({ length: 5 }, () => this.#key()))];
    const items = keys.map((key) => remove(key, pass.name));
    await this.#world.commit(this.#ref, items, { decide: () => 'delete' }, this.#world.other);
    const gone = keys.filter((key) => pass.judged.has(key) && !pass.seen.has(key));
    for (const key of keys) {
      const row = this.#model.get(key);
      if (!row) continue;
      for (const each of [this.#open, this.#held]) each?.seen.add(key);
      if (gone.includes(key)) this.#bury(key, row);
    }
  }

  async #read(): Promise<void> {
    const limit = 1 + this.#draw(6);
    const { rows, upTo } = await this.#world.store.readFeed({
      ...{ ...this.#ref, after: this.#offset, limit },
    });
    for (const { key, data, deleted } of rows) this.#replica.set(key, { data, deleted });
    const expected = [...this.#model]
      .filter(([, row]) => row.seq > this.#offset)
      .sort(([, a], [, b]) => a.seq - b.seq)
      .slice(0, limit);
    assert.deepEqual(
      rows.map(({ key, seq, bornSeq, deleted }) => ({ key, seq, bornSeq, deleted })),
      expected.map(([key, { seq, bornSeq, deleted }]) => ({ key, seq, bornSeq, deleted })),
    );
    this.#offset = upTo;
    if (rows.length === limit) return;
    assert.equal(upTo, this.#seq);
    for (const [key, { deleted }] of this.#model) {
      assert.equal(this.#replica.get(key)?.deleted, deleted, 'a reader at the end has it all');
    }
  }

  async #compare(): Promise<void> {
    const live = [...this.#model].filter(([, row]) => !row.deleted);
    const listed = await this.#world.store.listRecords({ ref: this.#ref, limit: 1_000 });
    assert.deepEqual(
      listed.map(({ key, data, seq, bornSeq }) => [key, data, seq, bornSeq]),
      live.map(([key, { data, seq, bornSeq }]) => [key, data, seq, bornSeq]).sort(byKey),
    );
    assert.equal(await this.#world.store.countRecords({ ref: this.#ref }), live.length);
    for (const pass of [this.#open, this.#held]) {
      if (!pass) continue;
      const missing = [...pass.judged].filter((key) => !pass.seen.has(key)).sort();
      assert.deepEqual(await this.#world.missing(this.#ref, pass.name), missing);
      assert.deepEqual(await this.#world.other.countPass({ ref: this.#ref, pass: pass.name }), {
        ...{ judged: pass.judged.size, missing: missing.length },
      });
    }
  }

  #key(): string {
    return `k${String(this.#draw(KEYS)).padStart(2, '0')}`;
  }
}

function byKey(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

export const walkTests: ContractTests = Object.fromEntries(
  [1, 2, 3].map((seed) => [
    `three hundred random steps end where the model does (seed ${seed})`,
    async (world: World) => {
      const ref = await world.stream();
      const walk = new Walk(world, ref, await world.lease(ref), seed);
      for (let i = 0; i < 300; i++) await walk.step();
    },
  ]),
);
