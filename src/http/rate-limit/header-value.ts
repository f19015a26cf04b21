import { count } from './decimal.js';
import { durationFromText } from './duration-text.js';

/** One number of a header with what its own text says of it. */
export interface ValueMember {
  readonly value: number;
  /** The second number of `39/40`. */
  readonly of?: number;
  readonly windowMs?: number;
}

const MAX_MEMBERS = 32;
const WINDOWS = new Map<string, number>([
  ...['sec', 'second', 'secondly'].map((word): [string, number] => [word, 1000]),
  ...['min', 'minute', 'minutely'].map((word): [string, number] => [word, 60_000]),
  ...['hr', 'hour', 'hourly'].map((word): [string, number] => [word, 3_600_000]),
  ...['day', 'daily'].map((word): [string, number] => [word, 86_400_000]),
  ...['week', 'weekly'].map((word): [string, number] => [word, 604_800_000]),
  ...['month', 'monthly'].map((word): [string, number] => [word, 2_592_000_000]),
]);
const LETTERS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Reads `100`, `90.0`, `39/40`, `100;w=60`, `20:1,100:120` (limit and seconds), `600,30000`, `100/hour`, `10 per 60s` and
 * `10-in-1min`. Undefined where any part of the text is something else.
 */
export function valueMembers(text: string): ValueMember[] | undefined {
  const parts = text.split(',', MAX_MEMBERS + 1);
  if (parts.length > MAX_MEMBERS) return undefined;
  const members: ValueMember[] = [];
  for (const part of parts) {
    const member = valueMember(part.trim());
    if (member === undefined) return undefined;
    members.push(member);
  }
  return members;
}

function valueMember(text: string): ValueMember | undefined {
  if (text.length > 200) return undefined;
  const [head = '', ...parameters] = text.split(';').map((part) => part.trim());
  const windowMs = parameterWindow(parameters);
  const window = windowMs === undefined ? {} : { windowMs };
  const value = count(head.replace(/^"(.*)"$/, '$1'));
  if (value !== undefined) return { value, ...window };
  const pair = /^(\d{1,15}(?:\.\d{1,6})?) ?\/ ?(\d{1,15}(?:\.\d{1,6})?)$/.exec(head);
  if (pair !== null) return { value: Number(pair[1]), of: Number(pair[2]), ...window };
  const timed = /^(\d{1,15}):(\d{1,9})$/.exec(head);
  if (timed !== null) return { value: Number(timed[1]), windowMs: Number(timed[2]) * 1000 };
  const per =
    /^(\d{1,15}) ?(?:(?:requests?|req|reqs|calls?|r) ?)?(?:\/|per|-in-|in) ?([a-z\d]{1,16})$/i.exec(
      head,
    );
  const unit = (per?.[2] ?? '').toLowerCase();
  const perMs = LETTERS.get(unit) ?? windowFromWords([unit]);
  return perMs === undefined ? undefined : { value: Number(per?.[1]), windowMs: perMs };
}

function parameterWindow(parameters: readonly string[]): number | undefined {
  const text = parameters.find((parameter) => /^(?:w|window)=/i.test(parameter));
  const seconds = text === undefined ? undefined : count(text.slice(text.indexOf('=') + 1));
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000;
}

/** The window that words name: `daily`, `minute`, `15min`, `10s`. */
export function windowFromWords(words: readonly string[]): number | undefined {
  for (const [at, word] of words.entries()) {
    const named =
      WINDOWS.get(word) ??
      WINDOWS.get(word.replace(/s$/, '')) ??
      WINDOWS.get(/^per(\w{1,16})$/.exec(word)?.[1] ?? '');
    const times = Number(words[at - 1]);
    // `24-hour` is a day.
    if (named !== undefined) return times > 0 && times < 1000 ? named * times : named;
    if (/^\d/.test(word)) {
      const duration = durationFromText(word);
      if (duration !== undefined && duration > 0) return duration;
    }
  }
  return undefined;
}

/** Reads `total=10; remaining=0; resets=2` or `api-usage=1/10, bursts=2/3` as pairs; undefined for anything else. */
export function namedValues(text: string): [string, string][] | undefined {
  const parts = text.replace(/; *$/, '').split(/[;,]/, MAX_MEMBERS + 1);
  if (parts.length > MAX_MEMBERS) return undefined;
  const pairs: [string, string][] = [];
  for (const part of parts) {
    const at = part.search(/[=:]/);
    const name = part.slice(0, Math.max(0, at)).trim();
    if (!/^[a-z][\w .-]{0,63}$/i.test(name)) return undefined;
    pairs.push([name, part.slice(at + 1).trim()]);
  }
  return pairs;
}
