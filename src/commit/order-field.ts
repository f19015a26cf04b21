import { ownValue } from '../core/json.js';
import {
  detectOrderType,
  type OrderType,
  type OrderValue,
  readOrderValue,
} from '../core/order-value.js';
import type { AnyStream } from '../connector/connector.js';

/** Reads the value that says which of two versions of a record is newer, and fixes its type by the first value. */
export interface OrderField {
  /** Undefined while no value has been seen and none is declared. */
  readonly type: OrderType | undefined;
  /** Null when the raw record has no value that can be read. */
  read(raw: unknown): OrderValue | null;
}

/** The order field of a stream: its cursor's field, else `modified`. `known` is the type that earlier runs have fixed. */
export function orderField(stream: AnyStream, known: OrderType | undefined): OrderField {
  const cursor = stream.cursor;
  const field =
    typeof cursor === 'object' && cursor.type !== 'token' ? cursor.field : stream.modified;
  let type = declaredOrderType(stream) ?? known;
  return {
    get type() {
      return type;
    },
    read(raw) {
      if (field === undefined) return null;
      const value = readRaw(raw, field);
      if (type === undefined) {
        const first = readOrderValue(value, undefined);
        if (first !== null) type = detectOrderType(first);
      }
      return readOrderValue(value, type);
    },
  };
}

/** The type that the stream's cursor declares. */
export function declaredOrderType(stream: AnyStream): OrderType | undefined {
  const cursor = stream.cursor;
  return typeof cursor === 'object' && cursor.type !== 'token' ? cursor.type : undefined;
}

function readRaw(raw: unknown, field: string | ((raw: unknown) => unknown)): unknown {
  if (typeof field === 'string') return ownValue(raw, field);
  try {
    return field(raw);
  } catch {
    // A function that cannot read a record is a record whose value cannot be read.
    return undefined;
  }
}
