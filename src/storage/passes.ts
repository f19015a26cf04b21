import type { Lease, StreamRef } from './stream-ref.js';
import type { VersionValue } from './commits.js';

/**
 * A pass is a full reading that can prove deletions. While it is open or held, every commit to its stream, by whomever, marks the keys it
 * meets as seen. A stream has at most one open and one held pass.
 */
export interface PassStore {
  /** Opens a pass, dropping one that is open; the held one stays. What is stored at this moment is what it will judge. */
  openPass(params: { readonly lease: Lease; readonly pass: string }): Promise<void>;
  /** How many live records the pass judges (stored before it began), and how many of these it has not seen. */
  countPass(params: {
    readonly ref: StreamRef;
    readonly pass: string;
  }): Promise<{ readonly judged: number; readonly missing: number }>;
  /** The records that the pass judges, or only those it has not seen; ordered by key, `after` exclusive. */
  readPass(params: {
    readonly ref: StreamRef;
    readonly pass: string;
    readonly missing: boolean;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly { readonly key: string; readonly version: VersionValue }[]>;
  /** Counts keys as seen that the pass need not judge: the API confirmed that they are there, or they lie outside of what it reads. */
  markSeen(params: {
    readonly lease: Lease;
    readonly pass: string;
    readonly keys: readonly string[];
  }): Promise<void>;
  /** Keeps the open pass to be approved, in place of one that is held already. */
  holdPass(params: { readonly lease: Lease; readonly pass: string }): Promise<void>;
  /** Ends a pass, if there is one of that name. `lease` is not needed for a held one. */
  dropPass(params: {
    readonly ref: StreamRef;
    readonly lease: Lease | null;
    readonly pass: string;
  }): Promise<void>;
  /** The pass that is held, if there is one. */
  heldPass(params: { readonly ref: StreamRef }): Promise<string | undefined>;
}
