/**
 * `npm run bench`: Syncline against the floor, a hand-written loop that does the least for the same outcome. Both run phase by phase in turns,
 * each in a process of its own, so that what else the machine does hits both.
 *
 *   npm run bench -- --sizes 100000,1000000x1 --rounds 3 --results bench/RESULTS.md
 *
 * `x1`: one round for this size. `--quick`: 5,000 records once, to see that it works; its numbers say nothing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ContestantName, contestantNames, type Phase, phases } from './contestant.js';
import { PAGE, type PagesFile, writePages } from './pages.js';
import { cities, type DataSet, type SchemaName, tickets } from './records.js';
import { type DataSetResult, report, type Round, summary } from './report.js';
import type { Measured, Order } from './worker.js';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    cities: { type: 'boolean', default: true },
    quick: { type: 'boolean', default: false },
    results: { type: 'string' },
    /** A directory for CPU profiles, one for each contestant and phase. */
    profiles: { type: 'string' },
  },
  allowNegative: true,
});

const [load = 0] = loadavg();
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim();
const directory = mkdtempSync(join(tmpdir(), 'syncline-bench-'));
const results: DataSetResult[] = [];
try {
  for (const { data, rounds } of dataSets()) {
    const result = await compare(data, rounds);
    results.push(result);
    console.log(summary(result));
    // After each set: the largest takes long, and what was measured before it is not to be lost.
    if (options.results !== undefined)
      writeFileSync(options.results, report(results, { command, load }));
  }
} finally {
  rmSync(directory, { recursive: true });
}

function dataSets(): readonly { readonly data: DataSet; readonly rounds: number }[] {
  if (options.quick) return [{ data: tickets(5_000), rounds: 1 }];
  const rounds = Number(options.rounds);
  const sizes = options.sizes.split(',').filter(Boolean);
  return [
    ...(options.cities ? [{ data: cities(), rounds }] : []),
    ...sizes.map((text) => {
      const [size, own] = text.split('x').map(Number);
      return { data: tickets(size!), rounds: own ?? rounds };
    }),
  ];
}

async function compare(data: DataSet, count: number): Promise<DataSetResult> {
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    rounds.push(await oneRound(data, round));
  }
  return { name: data.name, size: data.size, payloadBytes: payloadBytes(data), rounds };
}

/** The contestants take turns with each phase, and in who begins. */
async function oneRound(data: DataSet, round: number): Promise<Round> {
  const contestants = contestantNames.map((name) => worker(name, data, round));
  const measured: Record<ContestantName, Measured[]> = { floor: [], syncline: [], http: [] };
  let pages: PagesFile | undefined;
  for (const [turn, phase] of phases.entries()) {
    if (!(pages && sameLists(phase))) pages = writePages(join(directory, 'pages'), data, phase);
    const order = (turn + round) % 2 === 0 ? contestants : contestants.toReversed();
    for (const { name, run } of order) measured[name].push(await run({ phase, pages }));
  }
  for (const { end } of contestants) await end();
  return check(measured);
}

/** Phases that read what the phase before them has read. */
function sameLists(phase: Phase): boolean {
  return phase === 'unchanged' || phase === 'feed' || phase === 'feed-singly';
}

function worker(name: ContestantName, data: DataSet, round: number) {
  const script = fileURLToPath(new URL('worker.mjs', import.meta.url));
  const schema = data.name as SchemaName;
  const { profiles } = options;
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
  const child = fork(
    script,
    [
      name,
      join(directory, `${name}-${round}.db`),
      schema,
      ...(profiles === undefined ? [] : [profiles]),
    ],
    { execArgv: ['--expose-gc'] },
  );
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with code ${String(code)}`);
  });
  failed.catch(() => undefined);
  return {
    name,
    async run(order: Order): Promise<Measured> {
      const answer = once(child, 'message');
      child.send(order);
      const [measured] = (await Promise.race([answer, failed])) as [Measured];
      return measured;
    },
    async end(): Promise<void> {
      child.send('end');
      await failed.catch(() => undefined);
    },
  };
}

/** All must have done the same, or the times say nothing. */
function check(measured: Round): Round {
  for (const [i, floor] of measured.floor.entries()) {
    for (const other of [measured.syncline[i]!, measured.http[i]!]) {
      const [expected, found] = [said(floor), said(other)];
      if (expected !== found)
        throw new Error(`${floor.phase}: the floor did ${expected}, Syncline ${found}`);
    }
  }
  return measured;
}

function said({ outcome, changes }: Measured): string {
  if ('checksum' in outcome) {
    const { checksum, kinds } = outcome;
    return JSON.stringify({ checksum, inserted: kinds.insert, updated: kinds.update });
  }
  const { inserted, updated, deleted, unchanged } = outcome;
  return JSON.stringify({ inserted, updated, deleted, unchanged, changes });
}

/** What the records take as JSON, without the list around them. */
function payloadBytes(data: DataSet): number {
  const path = join(directory, 'pages');
  const { ends } = writePages(path, data, 'load');
  return (ends.at(-1) ?? 0) - Math.ceil(data.size / PAGE) * '{"records":[],"next":"1000"}'.length;
}
