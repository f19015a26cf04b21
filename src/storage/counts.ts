import type { Verdict } from './commits.js';
import type { RunCounts } from './runs.js';

/** Every count of a run, in the order in which stores keep them. */
export const countNames = [
  'pages',
  'read',
  'inserted',
  'updated',
  'deleted',
  'unchanged',
  'stale',
  'rejected',
  'requests',
  'retries',
] as const satisfies readonly (keyof RunCounts)[];

/** The counts of a run that has done nothing yet. */
export const noCounts: RunCounts = {
  pages: 0,
  read: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  stale: 0,
  rejected: 0,
  requests: 0,
  retries: 0,
};

/** Two sets of counts as one. */
export function addCounts(counts: RunCounts, more: Partial<RunCounts>): RunCounts {
  const sum: Record<keyof RunCounts, number> = { ...counts };
  for (const name of countNames) sum[name] += more[name] ?? 0;
  return sum;
}

/** Which count a verdict adds to; a record that is merely refreshed has not changed for those who count. */
export const verdictCounts: Readonly<
  Record<Verdict, 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'stale' | null>
> = {
  insert: 'inserted',
  update: 'updated',
  refresh: 'unchanged',
  unchanged: 'unchanged',
  stale: 'stale',
  delete: 'deleted',
  ignore: null,
};
