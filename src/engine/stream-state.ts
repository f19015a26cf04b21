import { canonicalText } from '../core/canonical-json.js';
import { isObject, type JsonValue } from '../core/json.js';
import type { OrderType, OrderValue } from '../core/order-value.js';
import type { AnyStream } from '../connector/connector.js';
import { declaredOrderType } from '../commit/order-field.js';

/** What the engine remembers of a stream between runs, beside its positions. */
export interface StreamState {
  /** Tells the cursor's field and type: what is remembered of cursors and their type holds only for these. */
  readonly definition: string;
  /** Tells the whole definition, its order too: what is remembered of a lost order holds only for this. */
  readonly order: string;
  /** The type of the stream's order values, once one was seen. */
  readonly orderType: OrderType | null;
  /** The API did not keep the order that the definition says: the cursor moves only at the end of a reading. */
  readonly unordered: boolean;
  /** The connection's config that the cursors belong to. */
  readonly config: string;
  /** The next run reads everything and judges deletions: the config has changed. */
  readonly fullDue: boolean;
  /** When a pass, or the first reading, has last completed. */
  readonly passedAt: number | null;
}

/** A reading of one partition that may go on over several runs. */
export interface Chain {
  /** The `ctx.cursor` that it was begun with. */
  readonly asked: JsonValue;
  /** The committed cursor when it began. */
  readonly from: JsonValue;
  /** The cursor as this chain has left it: another reading may have moved it since. */
  readonly reached: JsonValue;
  /** When it began: our clock at the first request, and the server's if it told. */
  readonly beganAt: number;
  readonly serverBeganAt: number | null;
  readonly highest: OrderValue | null;
  /** The list moved while it was read: the cursor stays where the chain began. */
  readonly drifted: boolean;
  /** The newest delta token that its pages brought. */
  readonly token: JsonValue;
  /** How many records it has read. */
  readonly read: number;
  /** Where its next part goes on: present when the last committed page named it. */
  readonly resume: { readonly token: JsonValue } | null;
  /** The pass that it feeds. */
  readonly pass: PassProgress | null;
}

export interface PassProgress {
  readonly id: string;
  /** 2: everything is read once more, to confirm what was missing. */
  readonly round: 1 | 2;
  /** Why it cannot judge: the list moved while it was read, or a record came whose key cannot be read. */
  readonly disarmed: 'drift' | 'unreadable-key' | null;
}

/** What the engine remembers of a partition: how far it has been read, and the readings that are under way. */
export interface Position {
  /** The committed cursor; null before there is one. */
  readonly cursor: JsonValue;
  readonly incremental: Chain | null;
  readonly full: Chain | null;
}

export const START: Position = { cursor: null, incremental: null, full: null };

/** The state of a stream as stored, brought in line with its present definition and config. */
export function openState(stored: JsonValue | undefined, stream: AnyStream, config: JsonValue): StreamState {
  const definition = cursorDefinition(stream);
  const known = isObject(stored) ? (stored as Partial<StreamState>) : {};
  const same = known.definition === definition;
  const order = `${definition}:${typeof stream.cursor === 'object' && stream.cursor.type !== 'token' ? (stream.cursor.order ?? 'unordered') : ''}`;
  return {
    definition,
    order,
    orderType: declaredOrderType(stream) ?? (same ? (known.orderType ?? null) : null),
    unordered: known.order === order && known.unordered === true,
    config: known.config ?? canonicalText(config),
    fullDue: known.fullDue === true,
    passedAt: known.passedAt ?? null,
  };
}

/** A position as stored; the beginning, when there is none or its cursor was of another kind. */
export function openPosition(stored: JsonValue | undefined): Position {
  return isObject(stored) ? { ...START, ...(stored as Partial<Position>) } : START;
}

/** State and positions in the form that stores keep. */
export function toJson(value: StreamState | Position): JsonValue {
  return { ...value } as unknown as JsonValue;
}

/** What a cursor's meaning depends on: with another field or type the stored one says nothing. */
function cursorDefinition(stream: AnyStream): string {
  const cursor = stream.cursor;
  if (cursor === undefined) return 'none';
  if (cursor === 'token' || cursor.type === 'token') return 'token';
  const field = typeof cursor.field === 'function' ? 'function' : cursor.field;
  return `field:${field}:${cursor.type ?? 'auto'}`;
}
