import { CursorExpiredError, HttpError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import type { CursorSpec } from './cursor-request.js';

/** Refusals that have another reason than what was asked for. */
const NOT_FOR_WHAT: ReadonlySet<number> = new Set([403, 408, 429]);

/** A reading that was ended by an error. */
export interface FailedReading {
  readonly error: unknown;
  /** It went on from a resume token. */
  readonly resumed: boolean;
  /** It went on behind a page that is unchanged, where that page had led when it was read. */
  readonly unchanged: boolean;
  /** The `ctx.cursor` that it read from. */
  readonly asked: JsonValue;
  /** How many requests it had sent. */
  readonly requests: number;
}

/**
 * What the API no longer accepts, if that is what the error says: the page token first, or what unchanged pages led to, then the cursor. By default a 410 says so, and a 400 on
 * the first request after a resume.
 */
export function expiredPart(
  reading: FailedReading,
  cursor: CursorSpec,
  hasCursor: boolean,
): 'resume' | 'cursor' | undefined {
  if (reading.unchanged && (isExpiry(reading, cursor) || isRefused(reading.error))) return 'resume';
  if (!isExpiry(reading, cursor)) return undefined;
  if (reading.resumed) return 'resume';
  return hasCursor ? 'cursor' : undefined;
}

/** Whether the API refused a request for what it asked: where an unchanged page had led may be gone. */
function isRefused(error: unknown): boolean {
  return error instanceof HttpError && error.status < 500 && !NOT_FOR_WHAT.has(error.status);
}

function isExpiry({ error, resumed, requests }: FailedReading, cursor: CursorSpec): boolean {
  if (error instanceof CursorExpiredError) return true;
  if (cursor.kind !== 'none' && cursor.expired) return cursor.expired(error);
  return (
    error instanceof HttpError &&
    (error.status === 410 || (error.status === 400 && resumed && requests === 1))
  );
}
