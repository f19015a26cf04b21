import { compareDecimals, formatDecimal, parseDecimal, subtractDecimals } from './decimal.js';
import {
  areAlike,
  compareInstants,
  epochMs,
  formatInstant,
  type Instant,
  instantOf,
  isPlainUtc,
  parseInstant,
  PLAIN_FORMAT,
} from './instant.js';

/** How values of a cursor or `modified` field are read and compared. */
export type OrderType = 'iso' | 'epoch-s' | 'epoch-ms' | 'number' | 'string';

/** A value that says which of two versions of a record is newer, as the API wrote it. */
export type OrderValue = string | number;

/** Reads a raw field as an order value; null when it is null, missing, or cannot be read as `type`. */
export function readOrderValue(raw: unknown, type: OrderType | undefined): OrderValue | null {
  const value =
    raw instanceof Date ? dateText(raw) : typeof raw === 'bigint' ? raw.toString() : raw;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const read = type ?? detectOrderType(value);
  return read !== undefined && isReadable(value, read) ? value : null;
}

/** The type that a first value shows: a JSON number, and a text of digits only, is a number; then ISO 8601; then text. */
export function detectOrderType(value: OrderValue): OrderType | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : undefined;
  if (/^\d+$/.test(value)) return 'number';
  if (parseInstant(value)) return 'iso';
  return value === '' ? undefined : 'string';
}

/** Below 0 when `a` is older than `b`, above 0 when it is newer. Instants compare as instants, numbers exactly, texts by code unit. */
export function compareOrderValues(a: OrderValue, b: OrderValue, type: OrderType): number {
  if (a === b) return 0;
  if (type === 'iso') return compareIso(a, b);
  if (type === 'string') return compareTexts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareOr(parseDecimal(a), parseDecimal(b), compareDecimals, a, b);
}

/** Whether values of the type are points in time. */
export function isInstantType(type: OrderType | undefined): type is 'iso' | 'epoch-s' | 'epoch-ms' {
  return type === 'iso' || type === 'epoch-s' || type === 'epoch-ms';
}

/** Milliseconds since the epoch of a value that is an instant. */
export function orderValueToMs(value: OrderValue, type: OrderType): number | undefined {
  if (type === 'iso') {
    const instant = parseIso(value);
    return instant && epochMs(instant);
  }
  if (type !== 'epoch-s' && type !== 'epoch-ms') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? (type === 'epoch-s' ? number * 1_000 : number) : undefined;
}

/** An instant as a value of the type, written like `model`: its fraction digits, offset, and text or number. Rounded down. */
export function msToOrderValue(
  ms: number,
  type: OrderType,
  model: OrderValue | undefined,
): OrderValue {
  if (type === 'iso') {
    const format = (model === undefined ? undefined : parseIso(model)?.format) ?? PLAIN_FORMAT;
    return formatInstant(instantOf(ms, format));
  }
  const units = type === 'epoch-s' ? Math.floor(ms / 1_000) : Math.floor(ms);
  return typeof model === 'string' ? String(units) : units;
}

/** A value moved back by `distance`: milliseconds for instants, else a number. In the value's own form and precision. */
export function orderValueBefore(value: OrderValue, distance: number, type: OrderType): OrderValue {
  if (distance === 0 || type === 'string') return value;
  if (type === 'iso') return isoBefore(value, distance);
  const step = parseDecimal(type === 'epoch-s' ? distance / 1_000 : distance);
  const from = parseDecimal(value);
  if (!step || !from) return value;
  const result = formatDecimal(subtractDecimals(from, step));
  return typeof value === 'number' ? Number(result) : result;
}

function isoBefore(value: OrderValue, distance: number): OrderValue {
  const instant = parseIso(value);
  if (!instant) return value;
  const whole = Math.floor(distance / 1_000);
  const rest = distance - whole * 1_000;
  if (rest === 0) return formatInstant({ ...instant, seconds: instant.seconds - whole });
  return formatInstant(instantOf(epochMs(instant) - distance, instant.format));
}

function isReadable(value: OrderValue, type: OrderType): boolean {
  if (type === 'string') return typeof value === 'string' && value !== '';
  if (type === 'iso')
    return typeof value === 'string' && (isPlainUtc(value) || parseInstant(value) !== undefined);
  return typeof value === 'number' ? Number.isFinite(value) : parseDecimal(value) !== undefined;
}

function compareIso(a: OrderValue, b: OrderValue): number {
  return typeof a === 'string' && typeof b === 'string' && areAlike(a, b)
    ? compareTexts(a, b)
    : compareOr(parseIso(a), parseIso(b), compareInstants, a, b);
}

function parseIso(value: OrderValue): Instant | undefined {
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

function dateText(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function compareTexts(a: OrderValue, b: OrderValue): number {
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** Values stored before their field's type was declared otherwise may not be readable as it: then their texts decide. */
function compareOr<T>(
  x: T | undefined,
  y: T | undefined,
  compare: (x: T, y: T) => number,
  a: OrderValue,
  b: OrderValue,
): number {
  return x === undefined || y === undefined ? compareTexts(a, b) : compare(x, y);
}
