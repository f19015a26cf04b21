import { ValidationError } from '../core/errors.js';
import { isObject, type JsonValue } from '../core/json.js';
import { type Key, type PageOrigin, pageOrigin } from '../connector/page.js';
import type { ActiveRun } from './active-run.js';
import { letGo, ownIterator } from './own-iterator.js';

/** What a page says of another stream. */
export interface PulledAlso {
  readonly stream: string;
  readonly records: readonly unknown[];
  readonly deletes: readonly Key[];
}

/** A page as `pull` yielded it, its short form written out. */
export interface PulledPage {
  readonly records: readonly unknown[];
  readonly deletes: readonly Key[];
  readonly also: readonly PulledAlso[];
  readonly cursor: JsonValue | undefined;
  readonly resume: JsonValue | undefined;
  readonly total: number | undefined;
  /** What `ctx.http.pages` knew of it; undefined for pages made by hand. */
  readonly origin: PageOrigin | undefined;
}

/** What came after the run had ended, and was dropped. */
export type Late = 'page' | 'return' | 'error';

/**
 * The pages of a connector's generator. Stops at once when the run ends: the generator is told to return, but a generator that hangs or goes on is
 * not waited for, and its late failure is nobody's.
 */
export async function* pullPages(
  pull: () => unknown,
  run: ActiveRun,
  where: string,
  onLate: (dropped: Late) => void,
): AsyncGenerator<PulledPage, void, undefined> {
  const iterator = iterate(pull(), where);
  const stop = (): void => {
    letGo(iterator);
  };
  const off = run.onEnd(stop);
  try {
    for (;;) {
      run.guard();
      const next = Promise.resolve(iterator.next());
      tellLate(next, run, onLate);
      const result: unknown = await run.race(next);
      if (!isObject(result))
        throw invalid(where, `the iterator that 'pull' returned answered ${describe(result)}`);
      if (result['done'] === true) return;
      run.touch();
      yield toPage(result['value'], where);
    }
  } finally {
    off();
    letGo(iterator);
  }
}

/** When the race is lost, nobody else listens to the promise any more. */
function tellLate(
  next: Promise<IteratorResult<unknown>>,
  run: ActiveRun,
  onLate: (dropped: Late) => void,
): void {
  const tell = (dropped: Late): void => {
    if (run.signal.aborted) onLate(dropped);
  };
  next.then(
    (result: unknown) => {
      tell(isObject(result) && result['done'] === true ? 'return' : 'page');
    },
    () => {
      tell('error');
    },
  );
}

function iterate(pages: unknown, where: string): AsyncIterator<unknown> {
  const iterator = ownIterator(pages);
  if (iterator !== undefined) return iterator;
  throw new ValidationError(
    `${where}: 'pull' must return an async iterable of pages; write it as async *pull(ctx) { yield … }`,
  );
}

function toPage(yielded: unknown, where: string): PulledPage {
  if (Array.isArray(yielded))
    return {
      records: yielded,
      deletes: [],
      also: [],
      cursor: undefined,
      resume: undefined,
      total: undefined,
      origin: undefined,
    };
  if (!isObject(yielded))
    throw invalid(
      where,
      `'pull' yielded ${describe(yielded)}; a page is a list of records or an object { records, … }`,
    );
  const { records, deletes, also, cursor, resume, total } = yielded;
  if (
    records === undefined &&
    deletes === undefined &&
    also === undefined &&
    cursor === undefined &&
    resume === undefined
  ) {
    throw invalid(
      where,
      `'pull' yielded an object without 'records' (it has: ${Object.keys(yielded).slice(0, 8).join(', ') || 'nothing'}); a page is a list of records or an object { records, … }`,
    );
  }
  return {
    records: list(records, 'records', where),
    deletes: list(deletes, 'deletes', where) as readonly Key[],
    also: list(also, 'also', where).map((one) => toAlso(one, where)),
    cursor: token(cursor, 'cursor', where),
    resume: token(resume, 'resume', where),
    total: typeof total === 'number' && total >= 0 ? total : undefined,
    origin: (yielded as { readonly [pageOrigin]?: PageOrigin })[pageOrigin],
  };
}

function toAlso(value: unknown, where: string): PulledAlso {
  if (!isObject(value) || typeof value['stream'] !== 'string') {
    throw invalid(where, `an entry of a page's 'also' is an object { stream, records?, deletes? }`);
  }
  return {
    stream: value['stream'],
    records: list(value['records'], 'also[].records', where),
    deletes: list(value['deletes'], 'also[].deletes', where) as readonly Key[],
  };
}

function list(value: unknown, field: string, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw invalid(
      where,
      `'pull' yielded a page whose '${field}' is ${describe(value)}, not a list`,
    );
  return value;
}

/** A token as it will be stored: through JSON, so that what is used after a crash is what was used before. */
function token(value: unknown, field: string, where: string): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  let cause: unknown;
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return (JSON.parse(text) as JsonValue) ?? undefined;
  } catch (error) {
    cause = error;
  }
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  throw new ValidationError(
    `${where}: 'pull' yielded a page whose '${field}' is ${describe(value)} that JSON cannot hold${reason}`,
    { cause },
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function invalid(where: string, problem: string): ValidationError {
  return new ValidationError(`${where}: ${problem}`);
}
