import type { JsonObject, JsonValue } from '../core/json.js';

const MAX_DEPTH = 12;
const MAX_NODES = 1_000;
const MAX_CHARS = 32_000;
/** NUL and half surrogate pairs, which not every store can keep. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;
/** Quick to find in most text that it has none. */
const SUSPECT = /[\0\ud800-\udfff]/;

/** How much may still be written. */
interface Budget {
  nodes: number;
  chars: number;
  readonly open: Set<object>;
}

/**
 * A plain JSON copy of any value, for logs: never throws, whatever getters, proxies and cycles the value has, and is bounded in depth and
 * size (12 levels, 1,000 values, 32,000 characters). What cannot be shown is named in brackets, as `[circular]`; what is no data
 * (`undefined`, functions) is left out.
 */
export function toPlainJson(value: unknown): JsonValue {
  return copy(value, budget(), 0) ?? null;
}

/** As {@link toPlainJson}, for what is to be an object: everything else gives an empty one. */
export function toPlainObject(value: unknown): JsonObject {
  const plain = toPlainJson(value);
  return typeof plain === 'object' && plain !== null && !isList(plain) ? plain : {};
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function budget(): Budget {
  return { nodes: MAX_NODES, chars: MAX_CHARS, open: new Set() };
}

function copy(value: unknown, left: Budget, depth: number): JsonValue | undefined {
  left.nodes--;
  switch (typeof value) {
    case 'string':
      return text(value, left);
    case 'number':
      // JSON has no -0.
      return Number.isFinite(value) ? value + 0 : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return text(value.toString(), left);
    case 'object':
      return value === null ? null : copyObject(value, left, depth);
    default:
      return undefined;
  }
}

function text(value: string, left: Budget): string {
  const room = Math.max(left.chars, 0);
  left.chars -= value.length;
  const shown = value.length > room ? `${value.slice(0, room)}…` : value;
  return SUSPECT.test(shown) ? shown.replace(UNSTORABLE, '\u{fffd}') : shown;
}

function copyObject(value: object, left: Budget, depth: number): JsonValue {
  if (left.open.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  left.open.add(value);
  try {
    return (
      known(value, left) ??
      (Array.isArray(value) ? copyList(value, left, depth) : copyFields(value, left, depth))
    );
  } catch {
    return '[unreadable]';
  } finally {
    left.open.delete(value);
  }
}

/** Values whose fields do not show what they are. */
function known(value: object, left: Budget): JsonValue | undefined {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
  if (value instanceof Error) return text(`${value.name}: ${value.message}`, left);
  if (value instanceof URL) return text(value.href, left);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return undefined;
}

function copyList(list: readonly unknown[], left: Budget, depth: number): JsonValue {
  const copied: JsonValue[] = [];
  for (let i = 0; i < list.length; i++) {
    if (isSpent(left)) {
      copied.push(`[${list.length - i} more]`);
      break;
    }
    copied.push(readField(list, i, left, depth) ?? null);
  }
  return copied;
}

function copyFields(value: object, left: Budget, depth: number): JsonValue {
  const names = Object.keys(value);
  const fields: Record<string, JsonValue> = {};
  for (const [i, name] of names.entries()) {
    if (isSpent(left)) {
      fields['…'] = `[${names.length - i} more]`;
      break;
    }
    const copied = readField(value, name, left, depth);
    if (copied !== undefined) setField(fields, text(name, left), copied);
  }
  return fields;
}

function setField(fields: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name !== '__proto__') fields[name] = value;
  else
    Object.defineProperty(fields, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function isSpent(left: Budget): boolean {
  return left.nodes <= 0 || left.chars <= 0;
}

function readField(
  from: object,
  field: string | number,
  left: Budget,
  depth: number,
): JsonValue | undefined {
  let value: unknown;
  try {
    value = Reflect.get(from, field);
  } catch {
    return '[unreadable]';
  }
  return copy(value, left, depth + 1);
}
