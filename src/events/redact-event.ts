import { isObject } from '../core/json.js';
import type { Redactor } from '../core/redaction/redactor.js';
import type { AnyEvent } from './event-map.js';
import { toPlainJson } from './plain-json.js';

/** What the app itself has named: it looks events up by these, and a name is not changed because it is also somebody's user name. */
const NAMES: ReadonlySet<string> = new Set([
  'type',
  'time',
  'level',
  'connector',
  'connection',
  'tags',
  'stream',
  'run',
]);

const MAX_DEPTH = 20;
const MAX_VALUES = 5_000;

/** The event without secrets; the very same where there are none. */
export function redactEvent(redactor: Redactor, event: AnyEvent): AnyEvent {
  if (redactor.isIdle) return event;
  const budget = { values: MAX_VALUES };
  let changed: Record<string, unknown> | undefined;
  for (const [field, value] of Object.entries(event)) {
    if (NAMES.has(field)) continue;
    const clean = copy(redactor, value, 1, budget);
    if (clean !== value) (changed ??= {})[field] = clean;
  }
  return changed === undefined ? event : { ...event, ...changed };
}

/** A value without secrets, at any depth; the very same where there are none. */
export function redactValue(redactor: Redactor, value: unknown): unknown {
  return copy(redactor, value, 0, { values: MAX_VALUES });
}

interface Budget {
  values: number;
}

function copy(redactor: Redactor, value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  budget.values--;
  // What is too much to look through is not let out.
  if (depth > MAX_DEPTH || budget.values < 0) return '[left out]';
  if (Array.isArray(value)) return copyList(redactor, value, depth, budget);
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || prototype === null ? value : toPlainJson(value);
  if (!isObject(plain)) return copy(redactor, plain, depth, budget);
  return copyFields(redactor, plain, depth, budget);
}

function copyList(
  redactor: Redactor,
  list: readonly unknown[],
  depth: number,
  budget: Budget,
): readonly unknown[] {
  const copied = list.map((item) => copy(redactor, item, depth + 1, budget));
  return copied.some((item, i) => item !== list[i]) ? copied : list;
}

function copyFields(
  redactor: Redactor,
  fields: Readonly<Record<string, unknown>>,
  depth: number,
  budget: Budget,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(fields);
  const copied = entries.map(([name, value]): [string, unknown] => [
    redactor.redact(name),
    copy(redactor, value, depth + 1, budget),
  ]);
  const changed = copied.some(
    ([name, value], i) => name !== entries[i]?.[0] || value !== entries[i][1],
  );
  return changed ? Object.fromEntries(copied) : fields;
}
