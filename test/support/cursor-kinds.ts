import type { CursorType } from 'syncline';

/** A way in which an API writes the instant of a record's last change. */
export interface CursorKind {
  readonly name: string;
  /** What the stream has to declare. */
  readonly type?: CursorType;
  /** The unit of `overlap`: a duration for instants, a number for numbers. */
  readonly overlap: (ms: number) => number;
  write(ms: number): string | number;
  /** What an API makes of a value that it is asked with. Throws on what it does not understand. */
  read(text: string): number;
}

function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`not an instant: ${text}`);
  return ms;
}

function digits(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}

const milliseconds = (ms: number): number => ms;

function shifted(ms: number, minutes: number): string {
  return new Date(ms + minutes * 60_000).toISOString().slice(0, -1);
}

/** Numbers that no JavaScript number can hold apart. */
const HUGE = 10n ** 30n;

export const isoKinds: readonly CursorKind[] = [
  {
    name: 'iso, milliseconds, Z',
    overlap: milliseconds,
    write: (ms) => new Date(ms).toISOString(),
    read: instant,
  },
  {
    name: 'iso, whole seconds, Z',
    overlap: milliseconds,
    write: (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z'),
    // A server that takes no other form.
    read: (text) => (/:\d\dZ$/.test(text) ? instant(text) : instant('refused')),
  },
  {
    name: 'iso, +05:30',
    overlap: milliseconds,
    write: (ms) => `${shifted(ms, 330)}+05:30`,
    read: instant,
  },
  {
    name: 'iso, +0000',
    overlap: milliseconds,
    write: (ms) => `${shifted(ms, 0)}+0000`,
    read: (text) => instant(text.replace(/\+0000$/, 'Z')),
  },
  {
    name: 'iso, no offset',
    overlap: milliseconds,
    write: (ms) => shifted(ms, 0),
    read: (text) => instant(/Z$/.test(text) ? 'refused' : `${text}Z`),
  },
  {
    name: 'iso, a blank and no offset',
    overlap: milliseconds,
    write: (ms) => shifted(ms, 0).replace('T', ' '),
    read: (text) => instant(`${text.replace(' ', 'T')}Z`),
  },
  {
    name: 'iso, nanoseconds',
    overlap: milliseconds,
    write: (ms) => `${shifted(ms, 0)}123456Z`,
    read: (text) => instant(text.replace(/(\.\d{3})\d+Z$/, '$1Z')),
  },
];

const epochKinds: readonly CursorKind[] = [
  {
    name: 'epoch seconds',
    type: 'epoch-s',
    overlap: milliseconds,
    write: (ms) => Math.floor(ms / 1_000),
    read: (text) => digits(text) * 1_000,
  },
  {
    name: 'epoch milliseconds',
    type: 'epoch-ms',
    overlap: milliseconds,
    write: (ms) => ms,
    read: digits,
  },
  {
    name: 'epoch milliseconds as text',
    type: 'epoch-ms',
    overlap: milliseconds,
    write: String,
    read: digits,
  },
];

export const numberKinds: readonly CursorKind[] = [
  { name: 'number', overlap: milliseconds, write: (ms) => ms, read: digits },
  {
    name: 'a sequence of 31 digits as text',
    overlap: milliseconds,
    write: (ms) => String(HUGE + BigInt(ms)),
    read: (text) => Number(BigInt(text) - HUGE),
  },
];

export const instantKinds: readonly CursorKind[] = [...isoKinds, ...epochKinds];
export const cursorKinds: readonly CursorKind[] = [...instantKinds, ...numberKinds];
