import type { Failure, StreamScope } from './event-base.js';

interface Write extends StreamScope {
  /** The write's id. */
  readonly write: string;
  readonly kind: 'create' | 'update' | 'delete';
  /** The record's key; null for a `create` that has none before the API gives it. */
  readonly key: string | null;
}

/** Local changes on their way out: `write.*`. */
export interface WriteEvents {
  /** A write was accepted and is stored: it will be sent, whatever happens to this process. */
  'write.queued': Write;

  /** A write is being sent. */
  'write.sent': Write & { readonly attempt: number };

  /** A write failed and will be sent again, under the same idempotency key. */
  'write.retry': Write & Failure & { readonly attempt: number; readonly retryAt: Date };

  /** The remote record was changed by somebody else meanwhile. */
  'write.conflict': Write & {
    readonly attempt: number;
    /** What was decided: as the stream's `conflict` says. */
    readonly resolution: 'remote-wins' | 'local-wins' | 'merge' | 'custom';
    /** Fields that both sides had changed. */
    readonly fields: readonly string[];
  };

  /** A write is settled: the API took it (or the remote won), and the record is stored as one change. */
  'write.succeeded': Write & {
    readonly attempt: number;
    /** Milliseconds since it was queued. */
    readonly ageMs: number;
  };

  /** A write is given up: it was not applied, as far as can be told, and the record stays as it was. */
  'write.failed': Write & Failure & { readonly attempt: number };
}
