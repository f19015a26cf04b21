import type { RunCounts, Store } from 'syncline';
import type { Write } from '../world/store-server.js';
import { must } from './violation.js';

type Commit = Parameters<Store['commit']>[0];
type Committed = Awaited<ReturnType<Store['commit']>>;
type Finish = Parameters<Store['finishRun']>[0];

const VERDICTS = ['inserted', 'updated', 'deleted', 'unchanged', 'stale'] as const;

/** I1, the counters: a run's counts are the sum of what was committed in its name, by all processes that worked on it. */
export class CountCheck {
  readonly #store: Store;
  readonly #sums = new Map<string, Map<string, number>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async check({ verb, params }: Write, value: unknown): Promise<void> {
    if (verb === 'commit') await this.#committed(params as Commit, value as Committed);
    if (verb === 'finishRun') await this.#finished(params as Finish);
  }

  async #committed({ lease, counts }: Commit, result: Committed): Promise<void> {
    if (!lease) return;
    this.#add(lease.run, counts);
    this.#add(lease.run, Object.fromEntries(VERDICTS.map((name) => [name, result[name]])));
    await this.#compare(lease.run);
  }

  async #finished({ run, counts }: Finish): Promise<void> {
    this.#add(run, counts);
    await this.#compare(run);
  }

  #add(run: string, counts: Partial<RunCounts>): void {
    const sums = this.#sums.get(run) ?? new Map<string, number>();
    this.#sums.set(run, sums);
    for (const [name, count] of Object.entries(counts))
      sums.set(name, (sums.get(name) ?? 0) + count);
  }

  async #compare(run: string): Promise<void> {
    const row = await this.#store.getRun({ run });
    const sums = this.#sums.get(run);
    for (const [name, count] of Object.entries(row?.counts ?? {})) {
      const sum = sums?.get(name) ?? 0;
      must(
        count === sum,
        'I1',
        () => `run ${run} counts ${count} ${name}, but ${sum} were committed`,
      );
    }
  }
}
