/** A date with the zone's name spelt out. */
const MAX_TEXT = 128;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAY = '(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)';
const ZONE = '(z|utc|gmt|[+-]\\d\\d(?::?\\d\\d)?)';
const CLOCK = '(\\d\\d):(\\d\\d):(\\d\\d)';

/** RFC 9110 IMF-fixdate and RFC 850 dates, with the looser weekday, zone and digits of RFC 5322. */
const MAIL_DATE = new RegExp(
  `^(?:${WEEKDAY},? )?(\\d{1,2})[ -]([a-z]{3})[ -](\\d{4}|\\d\\d) ${CLOCK}(?: ${ZONE})?$`,
  'i',
);
/** RFC 9110 asctime-date, which has no zone and means UTC. */
const ASCTIME = new RegExp(
  `^${WEEKDAY} ([a-z]{3}) ([ \\d]?\\d) ${CLOCK}(?: ${ZONE})? (\\d{4})$`,
  'i',
);
/** `Date.prototype.toString`, and the same without the zone's name. */
const SCRIPT_DATE = new RegExp(
  `^${WEEKDAY},? ([a-z]{3}) (\\d\\d) (\\d{4}) ${CLOCK}(?: (?:gmt|utc)?([+-]\\d{4})?)?(?: \\([^()]{1,64}\\))?$`,
  'i',
);
const ISO = new RegExp(
  `^(\\d{4})[-/](\\d\\d|[a-z]{3})[-/](\\d\\d)(?:[t ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,12}))?)?)?(?: ?${ZONE})?(?: (?:utc|gmt))?$`,
  'i',
);

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * Reads an HTTP-date (RFC 9110 5.6.7, all three forms) or an ISO 8601 date-time as epoch milliseconds. A text without a
 * zone means UTC whatever the process's time zone is. `now` tells the century of a two-digit year.
 */
export function instantFromText(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_TEXT) return undefined;
  return mailDate(trimmed, now) ?? asctimeDate(trimmed) ?? scriptDate(trimmed) ?? isoDate(trimmed);
}

function mailDate(text: string, now: number): number | undefined {
  const match = MAIL_DATE.exec(text);
  if (match === null) return undefined;
  const yearText = match[3] ?? '';
  const short = Number(yearText);
  const fields = (year: number): Fields => ({
    year,
    month: monthOf(match[2]),
    day: Number(match[1]),
    ...clockOf(match, 4),
  });
  if (yearText.length === 4) return epoch(fields(short), match[7]);
  const century = Math.floor(new Date(now).getUTCFullYear() / 100) * 100;
  const year = Number.isNaN(century) ? 2000 + short : century + short;
  const instant = epoch(fields(year), match[7]);
  // RFC 9110: a two-digit year that seems more than 50 years ahead is the past one with the same digits.
  return instant !== undefined && instant - now > 50 * 365.25 * 86_400_000
    ? epoch(fields(year - 100), match[7])
    : instant;
}

function asctimeDate(text: string): number | undefined {
  const match = ASCTIME.exec(text);
  if (match === null) return undefined;
  return epoch(
    {
      year: Number(match[7]),
      month: monthOf(match[1]),
      day: Number(match[2]),
      ...clockOf(match, 3),
    },
    match[6],
  );
}

function scriptDate(text: string): number | undefined {
  const match = SCRIPT_DATE.exec(text);
  if (match === null) return undefined;
  return epoch(
    {
      year: Number(match[3]),
      month: monthOf(match[1]),
      day: Number(match[2]),
      ...clockOf(match, 4),
    },
    match[7],
  );
}

function isoDate(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const fraction = (match[7] ?? '').padEnd(3, '0');
  const ms = Number(fraction.slice(0, 3)) + (/[1-9]/.test(fraction.slice(3)) ? 1 : 0);
  const date = { year: Number(match[1]), month: isoMonth(match[2] ?? ''), day: Number(match[3]) };
  const base = epoch({ ...date, ...clockOf(match, 4) }, match[8]);
  return base === undefined ? undefined : base + ms;
}

function clockOf(
  match: RegExpExecArray,
  first: number,
): Pick<Fields, 'hour' | 'minute' | 'second'> {
  return {
    hour: Number(match[first] ?? 0),
    minute: Number(match[first + 1] ?? 0),
    second: Number(match[first + 2] ?? 0),
  };
}

function isoMonth(text: string): number {
  return /^\d/.test(text) ? Number(text) - 1 : monthOf(text);
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').toLowerCase());
}

function epoch(at: Fields, zone: string | undefined): number | undefined {
  if (at.month < 0 || at.month > 11 || at.hour > 23 || at.minute > 59 || at.second > 60)
    return undefined;
  // Date.UTC takes years below 100 as 19xx and rolls 31 February over into March: neither is what was sent.
  if (at.year < 100 || new Date(Date.UTC(at.year, at.month, at.day)).getUTCDate() !== at.day)
    return undefined;
  const offset = zoneMinutes(zone);
  return offset === undefined
    ? undefined
    : Date.UTC(at.year, at.month, at.day, at.hour, at.minute, at.second) - offset * 60_000;
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2) || '0')];
  return hours > 23 || minutes > 59
    ? undefined
    : (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
