import { thousandths } from './decimal.js';

const SECONDS = new Map<string, number>([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((unit): [string, number] => [unit, 1]),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((unit): [string, number] => [unit, 60]),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((unit): [string, number] => [unit, 3600]),
  ...['d', 'day', 'days'].map((unit): [string, number] => [unit, 86_400]),
  ['w', 604_800],
]);
const MILLISECONDS = new Set(['ms', 'msec', 'msecs', 'millis', 'millisecond', 'milliseconds']);
const FINER = new Map([
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ns', 1e6],
]);
const ISO_DURATION =
  /^p(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:t(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,12})?)s)?)?$/;

/** Reads a duration with units, `57.2s`, `6m0s`, `1h23m31s`, `120ms` (Go's form) or `PT1M30S` (ISO 8601), as milliseconds, rounded up. */
export function durationFromText(text: string): number | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === '' || lower.length > 64) return undefined;
  return lower.startsWith('p') ? isoDuration(lower) : unitDuration(lower);
}

/** The milliseconds of `amount` (a plain decimal) in a unit such as `s`, `minutes` or `ms`. */
export function durationIn(amount: string, unit: string): number | undefined {
  const value = thousandths(amount);
  if (value === undefined) return undefined;
  if (MILLISECONDS.has(unit)) return Math.ceil(value / 1000);
  const finer = FINER.get(unit);
  if (finer !== undefined) return Math.ceil(value / 1000 / finer);
  const seconds = SECONDS.get(unit);
  return seconds === undefined ? undefined : value * seconds;
}

function unitDuration(text: string): number | undefined {
  const part = /(\d{1,15}(?:\.\d{1,15})?)([a-zµμ]{1,12})(?: (?=\d)|$|(?=\d))/y;
  let total = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    const ms = match === null ? undefined : durationIn(match[1] ?? '', match[2] ?? '');
    if (ms === undefined) return undefined;
    total += ms;
  }
  return total;
}

function isoDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (match === null || text === 'p' || text.endsWith('t')) return undefined;
  const whole = [604_800, 86_400, 3600, 60].reduce(
    (sum, size, at) => sum + size * Number(match[at + 1] ?? 0),
    0,
  );
  return whole * 1000 + (thousandths(match[5] ?? '0') ?? 0);
}
