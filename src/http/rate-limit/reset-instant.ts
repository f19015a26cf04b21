import { thousandths } from './decimal.js';
import { durationFromText, durationIn } from './duration-text.js';
import { instantFromText } from './instant-text.js';
import type { ResponseClock } from './types.js';

/** What a field's name says of its number: a wait, an instant, or nothing (its magnitude decides); and its unit. */
export interface TimeHint {
  readonly form?: 'delta' | 'instant';
  readonly unit?: 'milliseconds' | 'seconds' | 'minutes' | 'hours';
}

/** The largest instant that a `Date` can hold. */
const LAST_INSTANT = 8.64e15;
/** 2001 in seconds, 1973 in milliseconds: no wait is that long, no current instant is that small. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MILLISECONDS = 1e11;
const EPOCH_MICROSECONDS = 1e14;
const EPOCH_NANOSECONDS = 1e17;

/**
 * Reads when something ends, as epoch milliseconds on the local clock: seconds or milliseconds from now, an epoch in
 * seconds to nanoseconds, an HTTP-date, ISO 8601 or a duration with units. Undefined where the text is none of them.
 */
export function resetInstant(
  text: string,
  clock: ResponseClock,
  hint: TimeHint = {},
): number | undefined {
  const bare = unquoted(text);
  if (bare === '' || bare.length > 128) return undefined;
  const instant = /^[\d.]+$/.test(bare)
    ? numericInstant(bare, clock, hint)
    : textInstant(bare, clock);
  return instant !== undefined && Math.abs(instant) <= LAST_INSTANT ? instant : undefined;
}

function textInstant(text: string, clock: ResponseClock): number | undefined {
  const duration = durationFromText(text);
  if (duration !== undefined) return clock.now + duration;
  const instant = instantFromText(text, clock.now + clock.skewMs);
  return instant === undefined ? undefined : instant - clock.skewMs;
}

function numericInstant(text: string, clock: ResponseClock, hint: TimeHint): number | undefined {
  const milli = thousandths(text);
  if (milli === undefined) return undefined;
  const value = milli / 1000;
  if (hint.form !== 'delta') {
    const epoch = epochMilliseconds(milli, hint.form === 'instant');
    if (epoch !== undefined) return epoch - clock.skewMs;
  } else if (value >= EPOCH_MILLISECONDS) {
    return undefined;
  }
  const wait = durationIn(text, hint.unit ?? 'seconds');
  return wait === undefined ? undefined : clock.now + wait;
}

function epochMilliseconds(milli: number, certain: boolean): number | undefined {
  const value = milli / 1000;
  if (value >= EPOCH_NANOSECONDS * 100) return undefined;
  if (value >= EPOCH_NANOSECONDS) return Math.ceil(value / 1e6);
  if (value >= EPOCH_MICROSECONDS) return Math.ceil(value / 1e3);
  if (value >= EPOCH_MILLISECONDS) return Math.ceil(value);
  return value >= EPOCH_SECONDS || certain ? milli : undefined;
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"')
    ? trimmed.slice(1, -1).trim()
    : trimmed;
}
