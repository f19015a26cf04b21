import { cpus } from 'node:os';
import type { Measured } from './worker.js';
import { type ContestantName, type Phase, phases } from './contestant.js';
import { mark, median } from './table.js';

export type Round = Readonly<Record<ContestantName, readonly Measured[]>>;

export interface DataSetResult {
  readonly name: string;
  readonly size: number;
  /** Of all records as JSON. */
  readonly payloadBytes: number;
  readonly rounds: readonly Round[];
}

const titles: Readonly<Record<Phase, string>> = {
  load: 'first load',
  unchanged: 'nothing changed',
  'one-percent': '1 % changed',
  all: 'all changed',
  pass: 'full pass, 1 % deleted',
  feed: 'reading the feed',
  'feed-singly': 'the same, change by change',
};
const targets: Readonly<Partial<Record<Phase, number>>> = {
  load: 0.75,
  unchanged: 0.8,
  'one-percent': 0.8,
  all: 0.75,
  pass: 0.8,
  feed: 0.9,
};

const MAX_LOOP_P99 = 20;
const MAX_SIZE = 1.35;
const MAX_GROWTH = 50;

/** One data set's table, for the terminal and the results alike. */
export function summary(result: DataSetResult): string {
  const head = `${result.size.toLocaleString('en')} ${result.name}, ${Math.round(result.payloadBytes / result.size)} bytes each, ${result.rounds.length} ${result.rounds.length === 1 ? 'round' : 'rounds'}`;
  const lines = phases.map((phase) => phaseLine(result, phase));
  return [
    `### ${head}`,
    '',
    '| phase | floor, records/s | Syncline, records/s | ratio | target | ratio of CPU time | ratio with HTTP client | event loop p99, ms |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
    '',
    ...facts(result).map((fact) => `- ${fact}`),
    '',
  ].join('\n');
}

function phaseLine(result: DataSetResult, phase: Phase): string {
  const floor = of(result, 'floor', phase);
  const syncline = of(result, 'syncline', phase);
  const speed = (runs: readonly Measured[]): string =>
    Math.round(median(runs.map(({ seconds }) => result.size / seconds))).toLocaleString('en');
  const ratioTo = (runs: readonly Measured[]): number =>
    median(floor.map(({ seconds }, i) => seconds / runs[i]!.seconds));
  const ratio = ratioTo(syncline);
  const cpu = median(floor.map(({ cpuSeconds }, i) => cpuSeconds / syncline[i]!.cpuSeconds));
  const target = targets[phase];
  const p99 = median(syncline.map(({ loopP99 }) => loopP99));
  const cells = [
    titles[phase],
    speed(floor),
    speed(syncline),
    target === undefined ? ratio.toFixed(2) : mark(ratio.toFixed(2), ratio >= target),
    target === undefined ? '' : `≥ ${target}`,
    cpu.toFixed(2),
    ratioTo(of(result, 'http', phase)).toFixed(2),
    mark(p99.toFixed(1), p99 <= MAX_LOOP_P99),
  ];
  return `| ${cells.join(' | ')} |`;
}

function facts(result: DataSetResult): readonly string[] {
  const { payloadBytes, size } = result;
  const loaded = median(of(result, 'syncline', 'load').map((run) => run.databaseBytes));
  const ended = median(of(result, 'syncline', 'feed').map((run) => run.databaseBytes));
  const floor = median(of(result, 'floor', 'load').map((run) => run.databaseBytes));
  const unchanged = of(result, 'syncline', 'unchanged');
  const share = loaded / payloadBytes;
  return [
    `peak memory: ${megabytes(peak(result, 'syncline'))} MB (floor ${megabytes(peak(result, 'floor'))} MB)`,
    `on disk after the first load: ${Math.round(loaded / size)} bytes a record, ${mark(`${share.toFixed(2)} ×`, share <= MAX_SIZE)} the payload (floor ` +
      `${(floor / payloadBytes).toFixed(2)} ×); after all phases ${(ended / payloadBytes).toFixed(2)} ×`,
    `changes in the feed after nothing had changed: ${median(unchanged.map(({ changes }) => changes))}`,
  ];
}

/** The whole file of results. */
export function report(
  results: readonly DataSetResult[],
  { command, load }: { readonly command: string; readonly load: number },
): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model ?? 'unknown'}, Node ${process.version}, ${process.platform}`;
  return [
    '# Benchmark',
    '',
    'The full pipeline through the public API, from page bodies to the committed feed on SQLite, against a floor in the same run: a hand-written ' +
      'loop on better-sqlite3 that does the least for the same outcome ([floor.ts](floor.ts)). Both take the same bytes, parse, validate with ' +
      'zod, compare, number and commit 500 records at a time with `synchronous=FULL`, and read the feed in lists ' +
      'of 500. They take turns phase by phase, each in its own process; ' +
      'speeds and ratios are medians of the rounds, ratios within a round. The ratio is that of wall time, and it decides; that of CPU time is ' +
      'disturbed less by what else the machine does. Bold has reached the target, ✗ has not.',
    '',
    'The ratio with the HTTP client is that of `ctx.http.pages` over a `fetch` that answers the same bytes, which the floor has nothing like: ' +
      'requests, time-outs, streams, paging.',
    '',
    '```sh',
    command,
    '```',
    '',
    `Machine: ${machine}. Load average when it began: ${load.toFixed(1)} (idle: 0); the higher, the less the numbers say.`,
    '',
    ...results.map(summary),
    ...growth(results),
  ].join('\n');
}

function growth(results: readonly DataSetResult[]): readonly string[] {
  const sorted = results
    .filter(({ name }) => name === 'tickets')
    .toSorted((a, b) => a.size - b.size);
  const [small, large] = [sorted[0], sorted.at(-1)];
  if (!small || !large || small === large) return [];
  const grown = (peak(large, 'syncline') - peak(small, 'syncline')) / 1_048_576;
  return [
    `Peak memory grows by ${mark(`${Math.round(grown)} MB`, grown < MAX_GROWTH)} from ${small.size.toLocaleString('en')} to ` +
      `${large.size.toLocaleString('en')} records (target: under ${MAX_GROWTH} MB).`,
    '',
  ];
}

function of(result: DataSetResult, name: ContestantName, phase: Phase): readonly Measured[] {
  return result.rounds.map((round) => round[name].find((run) => run.phase === phase)!);
}

function peak(result: DataSetResult, name: ContestantName): number {
  return median(
    result.rounds.map((round) => Math.max(...round[name].map(({ peakMemory }) => peakMemory))),
  );
}

function megabytes(bytes: number): string {
  return String(Math.round(bytes / 1_048_576));
}
