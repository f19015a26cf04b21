import { parseDuration } from '../core/duration.js';
import { ConfigError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import {
  compareOrderValues,
  detectOrderType,
  isInstantType,
  type OrderType,
  type OrderValue,
  orderValueBefore,
  orderValueToMs,
  readOrderValue,
} from '../core/order-value.js';
import type { AnyStream } from '../connector/connector.js';
import type { FieldCursor } from '../connector/stream.js';

const DEFAULT_OVERLAP_MS = 60_000;

/** A stream's cursor, its short forms written out. */
export type CursorSpec =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly expired: ((error: unknown) => boolean) | undefined }
  | {
      readonly kind: 'field';
      readonly field: FieldCursor<unknown>;
      readonly expired: ((error: unknown) => boolean) | undefined;
    };

export function cursorSpec(stream: AnyStream): CursorSpec {
  const cursor = stream.cursor;
  if (cursor === undefined) return { kind: 'none' };
  if (cursor === 'token') return { kind: 'token', expired: undefined };
  if (cursor.type === 'token') return { kind: 'token', expired: cursor.expired };
  return { kind: 'field', field: cursor, expired: cursor.expired };
}

/** The `start` of a stream for a connection, and the type that it shows if none is known yet. */
export function startValue(
  cursor: FieldCursor<unknown>,
  ctx: { readonly config: unknown; readonly account: unknown },
  known: OrderType | null,
  path: string,
): { readonly start: OrderValue | null; readonly type: OrderType | null } {
  const raw = typeof cursor.start === 'function' ? cursor.start(ctx) : cursor.start;
  if (raw === undefined) return { start: null, type: known };
  const type = known ?? cursor.type ?? detectOrderType(raw) ?? null;
  const start = readOrderValue(raw, type ?? undefined);
  if (start === null) {
    throw new ConfigError(
      `${path}.cursor.start: ${JSON.stringify(raw)} cannot be read as ${type ?? 'a cursor value'}, the type of the stream's cursor`,
      {
        context: { path: `${path}.cursor.start` },
      },
    );
  }
  return { start, type };
}

/** What `ctx.cursor` is for a reading from the committed cursor: that less the overlap, and never before `start`. */
export function requestCursor(
  committed: OrderValue | null,
  start: OrderValue | null,
  overlap: number,
  type: OrderType | null,
): OrderValue | null {
  if (committed === null || type === null) return start;
  const from = orderValueBefore(committed, overlap, type);
  return start !== null && compareOrderValues(from, start, type) < 0 ? start : from;
}

/**
 * The overlap of a cursor in the unit of its type: milliseconds for instants, else a number.
 *
 * @throws {ConfigError} when the type has shown that `overlap` is missing or of the wrong kind
 */
export function overlapOf(
  cursor: FieldCursor<unknown>,
  type: OrderType | null,
  path: string,
): number {
  const { overlap } = cursor;
  if (isInstantType(type ?? undefined))
    return overlap === undefined
      ? DEFAULT_OVERLAP_MS
      : parseDuration(overlap, `${path}.cursor.overlap`);
  if (type === 'number' && overlap === undefined && cursor.order !== 'ascending') {
    throw wrong(
      path,
      "the cursor's values are numbers and unordered: write how far below the highest one a record may still appear (0 if never), or order: 'ascending'",
    );
  }
  if (overlap === undefined || type === null) return 0;
  if (type === 'string')
    throw wrong(
      path,
      "the cursor's values are texts, which have no distance; leave it out, or declare another type",
    );
  if (typeof overlap !== 'number')
    throw wrong(
      path,
      `the cursor's values are numbers, but the overlap is the duration '${overlap}'; write a number, or declare type: 'epoch-s' or 'epoch-ms'`,
    );
  return overlap;
}

/** A cursor value as a date, where it is an instant. */
export function sinceDate(cursor: JsonValue, type: OrderType | null): Date | undefined {
  if ((typeof cursor !== 'string' && typeof cursor !== 'number') || type === null) return undefined;
  const ms = orderValueToMs(cursor, type);
  return ms === undefined ? undefined : new Date(ms);
}

function wrong(path: string, problem: string): ConfigError {
  return new ConfigError(`${path}.cursor.overlap: ${problem}`, {
    context: { path: `${path}.cursor.overlap` },
  });
}
