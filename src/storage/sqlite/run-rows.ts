import { countNames } from '../counts.js';
import type { RunCounts, RunFilter, RunMode, RunRow, RunStatus, StoredError } from '../runs.js';
import { Conditions, fromJson } from './codes.js';

/** A run's row, and its stream's names. */
export interface StoredRun extends RunCounts {
  readonly nr: number;
  readonly id: string;
  readonly stream_id: number;
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly queued_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly attempt: number;
  readonly cancel_requested: number;
  readonly cursor: string;
  readonly error: string;
}

export const runSelect =
  'SELECT r.*, s.connector, s.connection, s.stream FROM runs r JOIN streams s ON s.id = r.stream_id';

/** Runs of connections that are there, and that the filter asks for. */
export function runsWhere(filter: RunFilter, before: RunRow | undefined): Conditions {
  const { status, tags } = filter;
  const where = new Conditions()
    .add('s.connector IS NOT NULL')
    .add('s.connector = ?', filter.connector)
    .add('s.connection = ?', filter.connection)
    .add('s.stream = ?', filter.stream)
    .add('r.id = ?', filter.run)
    .anyOf('r.status', typeof status === 'string' ? [status] : status)
    .add('r.queued_at >= ?', filter.since)
    .add('r.queued_at < ?', filter.until)
    .add('(r.queued_at, r.id) < (?, ?)', before?.queuedAt, before?.id);
  const column =
    '(SELECT c.tags FROM connections c WHERE c.connector = s.connector AND c.id = s.connection)';
  return where.tags(column, tags);
}

export function runRow(row: StoredRun): RunRow {
  const counts: Record<keyof RunCounts, number> = {
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
  for (const name of countNames) counts[name] = row[name];
  return {
    id: row.id,
    ref: { connector: row.connector, connection: row.connection, stream: row.stream },
    mode: row.mode,
    status: row.status,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    attempt: row.attempt,
    counts,
    cursor: fromJson(row.cursor),
    error: JSON.parse(row.error) as StoredError | null,
  };
}
