import type { JsonValue } from '../core/json.js';
import type { StreamRef } from './stream-ref.js';
import type { Origin, VersionValue } from './commits.js';

/** A record that failed validation, as it is kept. */
export interface RejectedRow {
  /** Rises with each record that is kept; the same record kept again keeps it. */
  readonly id: string;
  readonly key: string | null;
  /** The raw record, as JSON text. */
  readonly raw: string;
  readonly issues: JsonValue;
  readonly version: VersionValue;
  readonly partition: string;
  readonly origin: Origin;
  readonly receivedAt: number;
  readonly at: number;
  /** The run that brought it; null when it came by other ways. */
  readonly run: string | null;
}

export interface RejectedStore {
  /** In the order in which they were kept; `after` is the id of the last row before. */
  listRejected(params: {
    readonly ref: StreamRef;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly RejectedRow[]>;
}
