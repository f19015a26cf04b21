import type { JsonValue } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import { isList } from './body-path.js';

/** Calls of `pages` that a resume token remembers. Those beyond are read again, which costs requests only. */
const MAX_CALLS = 32;
const MARK = 'syncline.pages';

/** One call of `pages`: how far it had come when the resume token was made, and how far it comes now. */
export interface Call {
  /** The page to begin with; undefined is the first one. */
  readonly from: JsonValue | undefined;
  /** It had come to its end before: there is nothing more to read. */
  readonly isDone: boolean;
  /** Notes the page that is handed out, and returns the resume token that belongs to it. @param next the page after it; undefined at the end */
  handOut(at: JsonValue | undefined, next: JsonValue | undefined): JsonValue;
  /**
   * No more pages are taken. `isDone`: because there are none; not before the last page has been left too, for what is read within it may
   * still be under way.
   */
  leave(isDone: boolean): void;
}

/** All calls of `pages` in one reading. */
export interface Reading {
  /** @param signature what the call asks for: it goes on where a call with the same one stopped, the second such call where the second did */
  begin(signature: string): Call;
}

interface Entry {
  readonly signature: string;
  /** The page that was handed out last, or where to begin; undefined is the first one. */
  at: JsonValue | undefined;
  state: 'stored' | 'open' | 'left' | 'done';
  /** How it came out of the token: a stored entry is either. */
  readonly wasDone: boolean;
}

/** @param resume `ctx.resume`; what is no token of this kind is left alone, as the connector's own */
export function createReading(resume: JsonValue | undefined): Reading {
  const entries: Entry[] = storedEntries(resume);
  return {
    begin(signature) {
      const stored = entries.find(
        (entry) => entry.state === 'stored' && entry.signature === signature,
      );
      const entry: Entry = stored ?? { signature, at: undefined, state: 'open', wasDone: false };
      if (stored === undefined) entries.push(entry);
      entry.state = entry.wasDone ? 'done' : 'open';
      return callOf(entry, entries);
    },
  };
}

function callOf(entry: Entry, entries: Entry[]): Call {
  let hasHandedOut = false;
  return {
    from: entry.at,
    isDone: entry.wasDone,
    handOut(at, next) {
      if (hasHandedOut) forgetAfter(entry, entries);
      hasHandedOut = true;
      entry.at = at;
      entry.state = 'open';
      return token(entry, next, entries);
    },
    leave(isDone) {
      entry.state = isDone ? 'done' : 'left';
    },
  };
}

/** A call that moves on has had all of its page read: what was asked within it will not be asked again. */
function forgetAfter(entry: Entry, entries: Entry[]): void {
  const index = entries.indexOf(entry);
  const later = entries.splice(index + 1);
  entries.push(...later.filter(({ state }) => state === 'open'));
}

function token(current: Entry, next: JsonValue | undefined, entries: Entry[]): JsonValue {
  const excess = entries.length - MAX_CALLS;
  const dispensable = entries.filter((entry) => entry !== current && entry.state !== 'open');
  const dropped = new Set(excess > 0 ? dispensable.slice(0, excess) : []);
  const kept = entries.filter((entry) => !dropped.has(entry));
  const calls = kept
    .slice(0, MAX_CALLS)
    .map((entry) =>
      entry === current
        ? storedForm(entry, next, next === undefined)
        : storedForm(entry, entry.at, isDone(entry)),
    );
  return { [MARK]: 1, calls };
}

function isDone({ state, wasDone }: Entry): boolean {
  return state === 'done' || (state === 'stored' && wasDone);
}

function storedForm({ signature }: Entry, at: JsonValue | undefined, done: boolean): JsonValue {
  if (done) return { asked: signature, done };
  return at === undefined ? { asked: signature } : { asked: signature, at };
}

function storedEntries(resume: JsonValue | undefined): Entry[] {
  const calls = isObject(resume) && resume[MARK] === 1 ? resume['calls'] : undefined;
  if (!isList(calls)) return [];
  return calls.slice(0, MAX_CALLS).flatMap((stored: unknown) => {
    if (!isStoredCall(stored)) return [];
    return [
      {
        signature: stored.asked,
        at: stored.at,
        state: 'stored' as const,
        wasDone: stored.done === true,
      },
    ];
  });
}

interface StoredCall {
  readonly asked: string;
  readonly at?: JsonValue;
  readonly done?: boolean;
}

function isStoredCall(value: unknown): value is StoredCall {
  return isObject(value) && typeof value['asked'] === 'string';
}
