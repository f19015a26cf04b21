/** One contestant in a process of its own: runs the phases that it is told to, and measures them. */
import { rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import type { Contestant, ContestantName, Feed, Outcome, Phase } from './contestant.js';
import { Floor } from './floor.js';
import { Pages, type PagesFile } from './pages.js';
import { type SchemaName, schemas } from './records.js';
import { Syncline } from './syncline.js';

export interface Order {
  readonly phase: Phase;
  readonly pages: PagesFile;
}

export interface Measured {
  readonly phase: Phase;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly outcome: Outcome | Feed;
  /** What the feed has new after the phase. */
  readonly changes: number;
  /** The 99th percentile of how late a timer of 1 ms fired, in milliseconds. */
  readonly loopP99: number;
  readonly loopMax: number;
  /** The highest so far, in bytes. */
  readonly peakMemory: number;
  readonly databaseBytes: number;
}

const [name, path, schemaName, profiles] = process.argv.slice(2) as [
  ContestantName,
  string,
  SchemaName,
  string | undefined,
];
const remove = (): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
};
remove();

let pages: Pages;
const schema = schemas[schemaName];
const contestant: Contestant =
  name === 'floor'
    ? new Floor(path, schema, () => pages)
    : new Syncline(path, schema, () => pages, name === 'http' ? 'http' : 'pull');
let last = 0;

process.on('message', (order: Order | 'end') => {
  void (order === 'end' ? end() : run(order));
});

async function run(order: Order): Promise<void> {
  pages = new Pages(order.pages);
  if (order.phase === 'load' || order.phase === 'pass')
    await contestant.open(order.phase === 'pass');
  globalThis.gc?.();
  const profile = profiles === undefined ? undefined : await startProfile();
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const outcome = await work(order.phase);
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  loop.disable();
  await profile?.(`${profiles}/${name}-${order.phase}.cpuprofile`);
  pages.close();
  const peakMemory = process.resourceUsage().maxRSS * 1_024;
  const fresh = await contestant.feed(last, false);
  if (fresh.changes > 0) last = fresh.last;
  const measured: Measured = {
    phase: order.phase,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    outcome,
    changes: fresh.changes,
    // Without a sample the loop has not turned once.
    loopP99: loop.count === 0 ? seconds * 1_000 : loop.percentile(99) / 1e6,
    loopMax: loop.count === 0 ? seconds * 1_000 : loop.max / 1e6,
    peakMemory,
    databaseBytes: databaseBytes(),
  };
  process.send?.(measured);
}

/** Profiles until the result is called, and writes to its file. */
async function startProfile(): Promise<(file: string) => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  return async (file) => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    writeFileSync(file, JSON.stringify(profile));
  };
}

async function work(phase: Phase): Promise<Outcome | Feed> {
  if (phase === 'feed' || phase === 'feed-singly')
    return contestant.feed(0, phase === 'feed-singly');
  return phase === 'pass' ? contestant.pass() : contestant.read();
}

/** Also what is still in the write-ahead log. */
function databaseBytes(): number {
  const db = new Database(path, { readonly: true });
  const bytes =
    Number(db.pragma('page_count', { simple: true })) *
    Number(db.pragma('page_size', { simple: true }));
  db.close();
  return bytes;
}

async function end(): Promise<void> {
  await contestant.close();
  remove();
  process.disconnect();
}
