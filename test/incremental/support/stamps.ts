import type { CursorType, JsonValue } from 'syncline';

/** How an API writes instants, and reads them in filters. */
export interface Stamp {
  write(ms: number): JsonValue;
  read(text: string): number;
  /** What is finer is cut off, in milliseconds. */
  readonly precision: number;
  /** How a cursor on such a field is declared. */
  readonly type?: CursorType;
  /** Where the engine cannot read the values as instants: how a connector does. */
  readonly toMs?: (value: unknown) => number;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const inZone = (ms: number, hours: number): string => iso(ms + hours * 3_600_000);

export const isoMs: Stamp = { write: iso, read: Date.parse, precision: 1 };

export const isoSeconds: Stamp = {
  write: (ms) => iso(ms).replace(/\.\d+Z/, 'Z'),
  read: Date.parse,
  precision: 1_000,
};

/** `2026-01-01T05:30:00+05:30`. */
export const isoOffset: Stamp = {
  write: (ms) => inZone(ms, 5.5).replace(/\.\d+Z/, '+05:30'),
  read: Date.parse,
  precision: 1_000,
};

/** `2026-01-01T00:00:00.000+0000`. */
export const isoZeroOffset: Stamp = {
  write: (ms) => iso(ms).replace('Z', '+0000'),
  read: Date.parse,
  precision: 1,
};

/** `2026-01-01T00:00:00`, in UTC. */
export const isoBare: Stamp = {
  write: (ms) => iso(ms).slice(0, 19),
  read: (text) => Date.parse(`${text}Z`),
  precision: 1_000,
};

/** `2026-01-01 00:00:00`, in UTC. */
export const blank: Stamp = {
  write: (ms) => iso(ms).slice(0, 19).replace('T', ' '),
  read: (text) => Date.parse(`${text.replace(' ', 'T')}Z`),
  precision: 1_000,
};

/** `2025-12-31 19:00:00`, in New York's winter, and without a word about it. */
export const blankEastern: Stamp = {
  write: (ms) => inZone(ms, -5).slice(0, 19).replace('T', ' '),
  read: (text) => Date.parse(`${text.replace(' ', 'T')}-05:00`),
  precision: 1_000,
};

/** `2026-01-01 09:00:00`, in Tokyo's time, which is ahead of the server's clock. */
export const blankTokyo: Stamp = {
  write: (ms) => inZone(ms, 9).slice(0, 19).replace('T', ' '),
  read: (text) => Date.parse(`${text.replace(' ', 'T')}+09:00`),
  precision: 1_000,
};

/** `2026-01-01 00:00`. */
export const blankMinute: Stamp = {
  write: (ms) => iso(ms).slice(0, 16).replace('T', ' '),
  read: (text) => Date.parse(`${text.replace(' ', 'T')}:00Z`),
  precision: 60_000,
};

/** `01/31/2026`. */
export const usDate: Stamp = {
  write: (ms) => iso(ms).replace(/^(\d+)-(\d+)-(\d+).*$/, '$2/$3/$1'),
  read: (text) => Date.parse(text.replace(/^(\d+)\/(\d+)\/(\d+)$/, '$3-$1-$2')),
  precision: 86_400_000,
  type: 'epoch-ms',
  toMs: (value) => usDate.read(String(value)),
};

export const epochSeconds: Stamp = {
  write: (ms) => Math.floor(ms / 1_000),
  read: (text) => Number(text) * 1_000,
  precision: 1_000,
  type: 'epoch-s',
};

export const epochMs: Stamp = { write: (ms) => ms, read: Number, precision: 1, type: 'epoch-ms' };

export const epochMsText: Stamp = { ...epochMs, write: String };

/** `/Date(1700000000000+0000)/`. */
export const dotNet: Stamp = {
  write: (ms) => `/Date(${ms}+0000)/`,
  read: (text) => Number(/\d+/.exec(text)?.[0]),
  precision: 1,
  type: 'epoch-ms',
  toMs: (value) => dotNet.read(String(value)),
};
