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

/** What became of a commit's records. */
export type VerdictCounts = Record<
  'inserted' | 'updated' | 'deleted' | 'unchanged' | 'stale',
  number
>;

/** Counts one record; one that is merely refreshed has not changed for those who count. */
export function countVerdict(counts: VerdictCounts, verdict: Verdict): void {
  switch (verdict) {
    case 'insert':
      counts.inserted += 1;
      return;
    case 'update':
      counts.updated += 1;
      return;
    case 'refresh':
    case 'unchanged':
      counts.unchanged += 1;
      return;
    case 'stale':
      counts.stale += 1;
      return;
    case 'delete':
      counts.deleted += 1;
      return;
    case 'ignore':
  }
}
