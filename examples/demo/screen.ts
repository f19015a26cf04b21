/** What the demo shows of runs, rejected records and changes. */
import type { Change, Progress, RejectedRecord, RunResult } from 'syncline';
import type { Film } from '../films.js';
import { count, dim, green, ProgressBar, red, seconds, table, yellow } from '../terminal.js';

/** Bars for `onProgress`: how many records of how many, the rate, and the time that is left. */
export class RecordBar {
  readonly #bar = new ProgressBar();

  readonly draw = ({ read, total = read, recordsPerSecond, remainingMs = 0 }: Progress): void => {
    const rate = `${count(recordsPerSecond)} records/s`;
    const left = `${seconds(remainingMs)} left`;
    this.#bar.draw(read / total, `${count(read)} of ${count(total)}, ${rate}, ${left}`);
  };

  finish({ counts, startedAt, finishedAt }: RunResult): void {
    const took = Number(finishedAt) - Number(startedAt);
    const rate = `${count((counts.read / took) * 1000)} records/s`;
    this.#bar.finish(1, `${count(counts.read)} records in ${seconds(took)}, ${rate}`);
  }

  clear(): void {
    this.#bar.clear();
  }
}

/** Bars of pages, for what another process does. */
export class PageBar {
  readonly #bar = new ProgressBar();
  readonly #lastPage: number;

  constructor(lastPage: number) {
    this.#lastPage = lastPage;
  }

  draw(page: number, what: string): void {
    this.#bar.draw(page / this.#lastPage, this.#label(page, what));
  }

  finish(page: number, what: string): void {
    this.#bar.finish(page / this.#lastPage, this.#label(page, what));
  }

  #label(page: number, what: string): string {
    return `page ${page} of ${this.#lastPage}: ${what}`;
  }
}

const COUNTS = [
  'requests',
  'read',
  'inserted',
  'updated',
  'deleted',
  'unchanged',
  'rejected',
] as const;

/** A row for each run. */
export function showCounts(runs: Readonly<Record<string, RunResult>>): void {
  const rows = Object.entries(runs).map(([name, run]) => [
    name,
    ...COUNTS.map((of) => run.counts[of]),
  ]);
  table([['', ...COUNTS].map(dim), ...rows]);
}

/** Rejected records by their reasons: how many, why, and the first of them. */
export async function showRejected(rejected: AsyncIterable<RejectedRecord>): Promise<void> {
  const reasons = new Map<string, { count: number; texts: readonly string[] }>();
  for await (const { raw, issues } of rejected) {
    for (const { path, message } of issues) {
      const field = path.join('.');
      const reason = reasons.get(field + message) ?? {
        count: 0,
        texts: [yellow(field), message.replace('Invalid input: ', ''), dim(exampleOf(raw, field))],
      };
      reasons.set(field + message, { ...reason, count: reason.count + 1 });
    }
  }
  const rows = [...reasons.values()].sort((a, b) => b.count - a.count);
  table(rows.map(({ count, texts }) => [count, ...texts]));
}

/** As `"Dec 15 2039", Gone with the Wind`. */
function exampleOf(raw: unknown, field: string): string {
  const film = raw as Readonly<Record<string, unknown>>;
  const value = JSON.stringify(film[field]);
  return field === 'title' ? value : `${value}, ${String(film['title'])}`;
}

const SIGNS = { insert: green('+ insert'), update: yellow('~ update'), delete: red('- delete') };

/** A row for each change. */
export async function showChanges(changes: AsyncIterable<Change<Film>>): Promise<void> {
  const rows: string[][] = [];
  for await (const { seq, kind, key, record } of changes) {
    rows.push([dim(`seq ${seq}`), SIGNS[kind], `film ${key}`, record.title, rating(record)]);
  }
  table(rows);
}

export function showFilms(films: readonly Film[]): void {
  table(films.map((film) => [film.title, film.release_date, film.director ?? '', rating(film)]));
}

function rating({ imdb_rating }: Film): string {
  return dim(imdb_rating === null ? 'not rated' : `IMDb ${imdb_rating.toFixed(1)}`);
}
