/** How a list writes when a record was changed. `number` and `text` count changes, the others tell the time. */
export type StampKind =
  'iso' | 'iso-seconds' | 'iso-offset' | 'epoch-s' | 'epoch-ms' | 'number' | 'text';

/** Stamps as they are written, and in the form that they are sorted by. */
export interface Stamps {
  /** Whether stamps are instants; else they are numbers that rise with each change. */
  readonly isTime: boolean;
  /** From epoch milliseconds or a number of changes. */
  write(value: number): string | number;
  /** What is written, as a number to sort by. */
  sortBy(value: number): number;
  /** A filter's value, to be compared with `sortBy`. Undefined when it cannot be read. */
  read(text: string): number | undefined;
}

const OFFSET_MS = 5 * 3_600_000;
const SECOND = 1_000;

export function stampsOf(kind: StampKind): Stamps {
  return { ...KINDS[kind], isTime: kind !== 'number' && kind !== 'text' };
}

const toSecond = (ms: number): number => Math.floor(ms / SECOND) * SECOND;
const same = (value: number): number => value;
const number = (text: string): number | undefined =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
const date = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};
const iso = (ms: number): string => new Date(ms).toISOString();

const KINDS: Readonly<Record<StampKind, Omit<Stamps, 'isTime'>>> = {
  iso: { write: iso, sortBy: same, read: date },
  'iso-seconds': {
    write: (ms) => iso(ms).replace(/\.\d+Z$/, 'Z'),
    sortBy: toSecond,
    read: date,
  },
  'iso-offset': {
    write: (ms) => iso(ms + OFFSET_MS).replace('Z', '+05:00'),
    sortBy: same,
    read: date,
  },
  'epoch-s': {
    write: (ms) => Math.floor(ms / SECOND),
    sortBy: toSecond,
    read: (text) => {
      const seconds = number(text);
      return seconds === undefined ? undefined : seconds * SECOND;
    },
  },
  'epoch-ms': { write: Math.floor, sortBy: Math.floor, read: number },
  number: { write: same, sortBy: same, read: number },
  text: { write: (n) => String(n).padStart(12, '0'), sortBy: same, read: number },
};
