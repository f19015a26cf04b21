import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createSyncer, type JsonObject, sqlite, type StreamHandle } from 'syncline';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../support/api.js';
import { seeded } from '../support/random.js';
import type { ChildLine, ChildTask } from './child.js';
import { chaosConnector, type ChaosRow, type ChaosStyle } from './connector.js';
import { fastClock, PATIENT } from './fast-clock.js';

const SEED = 20_260_101;
let dir = '';
let program = '';

// Bundled once: a process is to be reading a tenth of a second after its start.
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'syncline-kill-'));
  symlinkSync(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(dir, 'node_modules'),
  );
  await build({
    entry: { child: fileURLToPath(new URL('./child.ts', import.meta.url)) },
    outDir: dir,
    config: false,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/^(?!better-sqlite3$)/],
    external: ['better-sqlite3'],
    silent: true,
    clean: false,
  });
  program = join(dir, 'child.mjs');
}, 60_000);

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Plan {
  readonly name: string;
  readonly style: ChaosStyle;
  readonly kills: number;
  /** How many processes sync at the same time. */
  readonly processes: number;
  readonly records: number;
}

const plans: readonly Plan[] = [
  {
    name: 'oldest first, one process at a time',
    style: { sort: 'asc', paging: 'cursor', limit: 40 },
    kills: 35,
    processes: 1,
    records: 500,
  },
  {
    name: 'oldest first, two processes that take over from each other',
    style: { sort: 'asc', paging: 'cursor', limit: 40 },
    kills: 30,
    processes: 2,
    records: 500,
  },
  {
    name: 'newest first, pages in several slices',
    style: { sort: 'desc', paging: 'cursor', limit: 1_100 },
    kills: 15,
    processes: 1,
    records: 2_500,
  },
  {
    name: 'numbered pages in no order',
    style: { sort: 'id', paging: 'page', limit: 50 },
    kills: 20,
    processes: 2,
    records: 500,
  },
];

test('a hundred kills in all', () => {
  expect(plans.reduce((sum, { kills }) => sum + kills, 0)).toBe(100);
});

test.concurrent.each(plans)(
  'after SIGKILL at random moments local equals remote, the feed is exact and no page is half there: $name',
  async (plan) => {
    const world = await open(plan);
    try {
      for (let kill = 0; kill < plan.kills; kill++) {
        await world.killOne();
        if (plan.processes === 1) await world.examine();
      }
      await world.killAll();
      await world.examineAtRest();
    } finally {
      await world.close();
    }
  },
  400_000,
);

/** What an answer brought, so that it can be found whole in the store. */
interface Served {
  readonly ids: readonly string[];
}

interface Listed extends JsonObject {
  readonly items: readonly (JsonObject & { readonly id: string })[];
}

interface Counted {
  readonly counts: { readonly inserted: number; readonly deleted: number };
}

interface Parts {
  readonly task: Omit<ChildTask, 'seed'>;
  readonly random: () => number;
  readonly rows: StreamHandle<ChaosRow>;
  readonly runs: () => AsyncIterable<Counted>;
  readonly close: () => Promise<void>;
}

class World {
  readonly #plan: Plan;
  readonly #api: TestApi;
  readonly #random: () => number;
  readonly #task: Omit<ChildTask, 'seed'>;
  readonly #rows: StreamHandle<ChaosRow>;
  readonly #children: Child[] = [];
  readonly #served: Served[] = [];
  readonly #runs: Parts['runs'];
  /** What one sees who follows the feed from the first day. */
  readonly #follower = new Map<string, ChaosRow>();
  readonly #close: () => Promise<void>;
  readonly pages: Extract<ChildLine, { type: 'page' }>[] = [];
  #followed = 0;
  #created = 0;
  #resting = false;

  constructor(plan: Plan, api: TestApi, parts: Parts) {
    this.#plan = plan;
    this.#api = api;
    this.#random = parts.random;
    this.#task = parts.task;
    this.#rows = parts.rows;
    this.#runs = parts.runs;
    this.#close = parts.close;
    for (let i = 0; i < plan.records; i++) this.#insert(api.now() - 1_000_000 + i * 100);
    api.intercept = async (asked) => {
      // As an API far away: a kill finds a request under way as often as a commit.
      await setTimeout(1 + this.#random() * 4);
      if (!this.#resting) this.#change();
      const answer = api.answer(asked);
      const { items, ...body } = answer.body as unknown as Listed;
      const served = this.#served.push({ ids: items.map(({ id }) => id) }) - 1;
      return { ...answer, body: { ...body, items: items.map((item) => ({ ...item, served })) } };
    };
  }

  /** Waits until somebody works, mostly, and a random while; then somebody dies. */
  async killOne(): Promise<void> {
    while (this.#children.length < this.#plan.processes) this.#children.push(this.#start());
    await Promise.all(this.#children.map((child) => child.ready));
    if (this.#random() < 0.8) await Promise.race(this.#children.map((child) => child.working));
    await setTimeout(this.#random() * 150);
    const [victim] = this.#children.splice(Math.floor(this.#random() * this.#children.length), 1);
    await victim?.kill();
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#children.splice(0).map((child) => child.kill()));
  }

  async close(): Promise<void> {
    await this.killAll();
    await this.#close();
  }

  /** What must hold at every moment at which nobody writes. */
  async examine(): Promise<void> {
    const stored = await this.#stored();
    await this.#follow();
    expect(sorted(this.#follower)).toEqual(sorted(stored));
    expect(await this.#rows.count()).toBe(stored.size);
    let counted = 0;
    for await (const { counts } of this.#runs()) counted += counts.inserted - counts.deleted;
    expect(counted).toBe(stored.size);
    this.#wholePages(stored);
    this.#nothingPassedBy(stored);
  }

  async examineAtRest(): Promise<void> {
    this.#resting = true;
    this.#oneAtATime();
    // The first may only bring to its end what somebody has begun while the remote still moved.
    await this.#rows.sync({ mode: 'full' });
    const result = await this.#rows.sync({ mode: 'full' });
    expect(result.status).toBe('succeeded');
    const stored = await this.#stored();
    const remote = new Map(
      [...this.#api.rows.values()].map((row) => [
        row.id,
        this.#api.show(row) as unknown as ChaosRow,
      ]),
    );
    expect(sorted(stored)).toEqual(sorted(remote));
    await this.examine();
    // One who begins only now sees the same.
    this.#follower.clear();
    this.#followed = 0;
    await this.#follow();
    expect(sorted(this.#follower)).toEqual(sorted(remote));
    const again = await this.#rows.sync();
    expect(again.counts).toMatchObject({ inserted: 0, updated: 0, deleted: 0, rejected: 0 });
    const handle = new Database(this.#task.file, { readonly: true });
    expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
    handle.close();
  }

  #start(): Child {
    const task: ChildTask = { ...this.#task, seed: Math.floor(this.#random() * 2 ** 32) };
    return new Child(task, (line) => {
      if (line.type === 'page') this.pages.push(line);
    });
  }

  #insert(at: number): void {
    this.#created += 1;
    const id = `r${String((this.#created * 7_919) % 100_003).padStart(6, '0')}`;
    this.#api.put(id, { title: `row ${this.#created}` }, at);
  }

  #change(): void {
    const { rows } = this.#api;
    for (let n = Math.floor(this.#random() * 3); n > 0; n--) {
      const at = this.#api.now();
      const ids = [...rows.keys()];
      const id = ids[Math.floor(this.#random() * ids.length)] ?? '';
      const what = this.#random();
      if (what < 0.7) this.#api.put(id, { title: `edited at ${at}` }, at);
      else if (what < 0.85) this.#insert(at);
      else rows.delete(id);
    }
  }

  async #stored(): Promise<ReadonlyMap<string, ChaosRow>> {
    const stored = new Map<string, ChaosRow>();
    for await (const row of this.#rows.records()) stored.set(row.id, row);
    return stored;
  }

  async #follow(): Promise<void> {
    for await (const { seq, kind, key, record } of this.#rows.changes({ after: this.#followed })) {
      expect(seq).toBeGreaterThan(this.#followed);
      this.#followed = seq;
      const known = this.#follower.has(key);
      // A record may have died and come back while nobody looked.
      if (kind === 'update') expect({ key, known }).toEqual({ key, known: true });
      if (kind === 'delete') this.#follower.delete(key);
      else this.#follower.set(key, record);
    }
  }

  /** If one row of an answer is there, the others are too, as it brought them or newer. Only a page of several slices may be there in part. */
  #wholePages(stored: ReadonlyMap<string, ChaosRow>): void {
    if (this.#plan.style.limit > 500) return;
    for (const served of new Set([...stored.values()].map((row) => row.served))) {
      const older = (this.#served[served]?.ids ?? []).filter((id) => {
        const row = stored.get(id);
        return row !== undefined && row.served < served;
      });
      expect({ served, older }).toEqual({ served, older: [] });
    }
  }

  /** Oldest first the cursor moves with each page: whatever is not newer than it is stored as it is. */
  #nothingPassedBy(stored: ReadonlyMap<string, ChaosRow>): void {
    const cursor = this.pages.at(-1)?.cursor ?? null;
    if (this.#plan.style.sort !== 'asc' || cursor === null) return;
    const reached = Date.parse(cursor);
    const missing = [...this.#api.rows.values()].filter(
      ({ id, at, fields }) => at <= reached && stored.get(id)?.title !== fields['title'],
    );
    expect({ cursor, missing }).toEqual({ cursor, missing: [] });
  }

  /** Commits in the order of their numbers: an attempt of a run begins only after the one before, and so does a run. */
  #oneAtATime(): void {
    const attempts = new Map<string, { first: number; last: number }>();
    for (const { run, attempt, seq } of this.pages) {
      const name = `${run} ${String(attempt).padStart(4, '0')}`;
      const known = attempts.get(name) ?? { first: seq, last: seq };
      attempts.set(name, { first: Math.min(known.first, seq), last: Math.max(known.last, seq) });
    }
    const byBegin = [...attempts].sort(([, a], [, b]) => a.first - b.first || a.last - b.last);
    for (const [i, [name, { first }]] of byBegin.entries()) {
      const [before, { last }] = byBegin[i - 1] ?? ['', { last: -1 }];
      expect({ before, name, ok: last <= first }).toEqual({ before, name, ok: true });
    }
    expect(attempts.size).toBeGreaterThan(this.#plan.kills / 4);
  }
}

class Child {
  readonly ready: Promise<void>;
  /** Resolves when it has committed its first page. */
  readonly working: Promise<void>;
  readonly #process: ChildProcess;
  #killed = false;
  #stderr = '';

  constructor(task: ChildTask, onLine: (line: ChildLine) => void) {
    const child = spawn(process.execPath, [program, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    let work = (): void => undefined;
    this.working = new Promise((resolve) => {
      work = resolve;
    });
    this.ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (text) => {
        // The last line of one that was killed may be cut off.
        if (!text.endsWith('}')) return;
        const line = JSON.parse(text) as ChildLine;
        if (line.type === 'ready') resolve();
        else work();
        onLine(line);
      });
      child.on('exit', (code) => {
        if (!this.#killed)
          reject(new Error(`a process ended by itself with ${code}: ${this.#stderr}`));
      });
    });
    // Told to whoever waits for it next.
    this.ready.catch(() => undefined);
  }

  async kill(): Promise<void> {
    await this.ready;
    expect({ ended: this.#process.exitCode, stderr: this.#stderr }).toEqual({
      ended: null,
      stderr: '',
    });
    this.#killed = true;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }
}

async function open(plan: Plan): Promise<World> {
  const origin = Date.now();
  const clock = fastClock(origin);
  const api = new TestApi({ now: () => clock.now() });
  const stopApi = await api.listen();
  const file = join(dir, `${plans.indexOf(plan)}.db`);
  const connector = chaosConnector(api.origin, plan.style);
  const syncer = createSyncer({
    connectors: [connector],
    store: sqlite(file, PATIENT.sqlite),
    clock,
    http: PATIENT.http,
  });
  await syncer.connections.create(connector, { id: 'acme' });
  return new World(plan, api, {
    task: { file, baseUrl: api.origin, origin, style: plan.style },
    random: seeded(SEED + plans.indexOf(plan)),
    rows: syncer.connection(connector, 'acme').stream('rows'),
    runs: () => syncer.runs(),
    close: async () => {
      await syncer.stop({ drain: 0 });
      await stopApi();
    },
  });
}

/** Without what tells the answer that brought a row. */
function sorted(rows: ReadonlyMap<string, ChaosRow>): readonly Omit<ChaosRow, 'served'>[] {
  return [...rows.values()]
    .map(({ served: _served, ...row }) => row)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
