/** An instant as an API wrote it: exact to any number of fraction digits, and the format to write another one in. */
export interface Instant {
  /** Whole seconds since the epoch, rounded down. */
  readonly seconds: number;
  /** The digits after the second, without trailing zeros. */
  readonly fraction: string;
  readonly format: InstantFormat;
}

export interface InstantFormat {
  /** `T`, `t` or a blank. */
  readonly separator: string;
  readonly fractionDigits: number;
  /** `Z`, `+05:00`, `+0500`, `+05`, or empty when the API writes none. */
  readonly offset: string;
  readonly precision: 'second' | 'minute' | 'day';
}

/** Whole seconds in UTC: how instants are written as long as nothing else is known. */
export const PLAIN_FORMAT: InstantFormat = {
  separator: 'T',
  fractionDigits: 0,
  offset: 'Z',
  precision: 'second',
};

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:([Tt ])(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads an ISO 8601 date or date with time; without an offset it is UTC. Undefined for everything else, also for dates that do not exist.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    separator = 'T',
    hour = '0',
    minute = '0',
    second,
    fraction = '',
    offset = '',
  ] = match;
  const fields = [
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  ] as const;
  if (!exists(fields)) return undefined;
  const shift = offsetSeconds(offset);
  if (shift === undefined) return undefined;
  const [y, mo, d, h, mi, s] = fields;
  return {
    seconds: daysFromEpoch(y, mo, d) * 86_400 + h * 3_600 + mi * 60 + s - shift,
    fraction: fraction.replace(/0+$/, ''),
    format: {
      separator,
      fractionDigits: fraction.length,
      offset,
      precision: match[5] === undefined ? 'day' : second === undefined ? 'minute' : 'second',
    },
  };
}

const PLAIN_UTC =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** Whether a text is an instant in UTC as most APIs write it: the quick answer for what is read of every record. False says nothing. */
export function isPlainUtc(text: string): boolean {
  return PLAIN_UTC.test(text);
}

/**
 * Whether two texts in UTC have the same form, to the second or finer: then they are in the order of their instants, the second 60 and the hour
 * 24 apart.
 */
export function areAlike(a: string, b: string): boolean {
  return a.length === b.length && a.charCodeAt(19) === b.charCodeAt(19) && isUtc(a) && isUtc(b);
}

/** The places that tell the forms of valid instants apart. */
function isUtc(text: string): boolean {
  const last = text.length - 1;
  const mark = text.charCodeAt(19);
  return (
    text.charCodeAt(last) === 0x5a && // Z
    text.charCodeAt(10) === 0x54 && // T
    (mark === 0x5a || mark === 0x2e) && // Z or .
    text.charCodeAt(last - 1) >= 0x30 && // no blank before Z
    !(text.charCodeAt(11) === 0x32 && text.charCodeAt(12) === 0x34) && // 24 h
    text.charCodeAt(17) !== 0x36 // 60 s
  );
}

/** The instant of a number of milliseconds since the epoch. */
export function instantOf(epochMs: number, format: InstantFormat): Instant {
  const seconds = Math.floor(epochMs / 1_000);
  const millis = Math.floor(epochMs) - seconds * 1_000;
  return { seconds, fraction: String(millis).padStart(3, '0').replace(/0+$/, ''), format };
}

/** Milliseconds since the epoch; what is finer is cut off. */
export function epochMs(instant: Instant): number {
  return instant.seconds * 1_000 + Number(instant.fraction.slice(0, 3).padEnd(3, '0'));
}

/** The first and the last second that a year of four digits has. */
const FIRST = daysFromEpoch(0, 1, 1) * 86_400;
const LAST = daysFromEpoch(10_000, 1, 1) * 86_400 - 1;

/** Writes an instant in its format. What the format has no place for is rounded down, so that nothing after it is skipped. */
export function formatInstant(instant: Instant): string {
  const { separator, fractionDigits, offset, precision } = instant.format;
  const local = instant.seconds + (offsetSeconds(offset) ?? 0);
  if (local < FIRST)
    return formatInstant({
      ...instant,
      seconds: FIRST - (offsetSeconds(offset) ?? 0),
      fraction: '',
    });
  const date = new Date(Math.min(local, LAST) * 1_000).toISOString();
  if (precision === 'day') return date.slice(0, 10);
  if (precision === 'minute')
    return `${date.slice(0, 10)}${separator}${date.slice(11, 16)}${offset}`;
  const fraction =
    fractionDigits === 0
      ? ''
      : `.${instant.fraction.slice(0, fractionDigits).padEnd(fractionDigits, '0')}`;
  return `${date.slice(0, 10)}${separator}${date.slice(11, 19)}${fraction}${offset}`;
}

export function compareInstants(a: Instant, b: Instant): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  // Digits without trailing zeros order like the fractions that they write.
  return a.fraction === b.fraction ? 0 : a.fraction < b.fraction ? -1 : 1;
}

type Fields = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

function exists([year, month, day, hour, minute, second]: Fields): boolean {
  const days = month === 2 && !isLeap(year) ? 28 : (DAYS_IN_MONTH[month - 1] ?? 0);
  // 60 is a leap second, 24:00:00 the end of a day: both are written by real servers.
  const clock =
    hour < 24 ? minute < 60 && second <= 60 : hour === 24 && minute === 0 && second === 0;
  return day >= 1 && day <= days && clock;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function offsetSeconds(offset: string): number | undefined {
  if (offset === '' || offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0;
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
