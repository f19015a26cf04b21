import {
  AbortedError,
  AuthError,
  ConfigError,
  ConflictError,
  CursorExpiredError,
  HttpError,
  LeaseLostError,
  NetworkError,
  RateLimitError,
  StoreError,
  SynclineError,
  type SynclineErrorOptions,
  TimeoutError,
  ValidationError,
} from '../core/errors.js';
import { isObject, type JsonValue } from '../core/json.js';
import { PartitionsError } from '../engine/partitions.js';
import type { RunCounts, RunMode, RunRow, RunStatus, StoredError } from '../storage/runs.js';

/** What a run did, or has done so far. */
export interface RunResult {
  readonly id: string;
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  /** Null as long as it is queued. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly counts: RunCounts;
  /** The stream's committed cursor when the run ended, in the field's own type and format. */
  readonly cursor: JsonValue;
  readonly error?: Error;
}

/** A run's row as the app sees it. `error` is the very error, when the run failed in this process. */
export function toRunResult(row: RunRow, error?: unknown): RunResult {
  const failure = error instanceof Error ? error : row.error ? reviveError(row.error) : undefined;
  return {
    id: row.id,
    ...row.ref,
    mode: row.mode,
    status: row.status,
    startedAt: row.startedAt === null ? null : new Date(row.startedAt),
    finishedAt: row.finishedAt === null ? null : new Date(row.finishedAt),
    counts: row.counts,
    cursor: row.cursor,
    ...(failure ? { error: failure } : {}),
  };
}

const KINDS: Readonly<
  Record<string, new (message: string, options: SynclineErrorOptions) => SynclineError>
> = {
  CONFIG: ConfigError,
  AUTH: AuthError,
  RATE_LIMIT: RateLimitError,
  NETWORK: NetworkError,
  TIMEOUT: TimeoutError,
  VALIDATION: ValidationError,
  CURSOR_EXPIRED: CursorExpiredError,
  LEASE_LOST: LeaseLostError,
  CONFLICT: ConflictError,
  STORE: StoreError,
  ABORTED: AbortedError,
};

/** An error that was kept with a run, as an error of its own kind again. */
function reviveError(stored: StoredError): Error {
  const context = isObject(stored.context) ? stored.context : {};
  const options = { context, retryable: stored.retryable };
  if (stored.code === 'HTTP') {
    const status = typeof context['status'] === 'number' ? context['status'] : 0;
    return new HttpError(stored.message, { ...options, status });
  }
  if (stored.code === 'PARTITIONS') {
    const { partitions } = context as { readonly partitions?: PartitionsError['partitions'] };
    return new PartitionsError(stored.message, { ...options, partitions: partitions ?? [] });
  }
  const Kind = KINDS[stored.code];
  return Kind ? new Kind(stored.message, options) : new SynclineError(stored.message, options);
}
