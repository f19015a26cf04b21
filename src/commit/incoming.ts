import { createHash } from 'node:crypto';
import type { JsonValue } from '../core/json.js';
import { isObject } from '../core/json.js';
import type { ValidationIssue } from '../core/errors.js';
import type { OrderValue } from '../core/order-value.js';
import { plainJsonProblem } from '../core/plain-json.js';
import { rawJson } from '../core/raw-json.js';
import type { AnyStream } from '../connector/connector.js';
import { validate, type Validated } from '../quality/validate.js';
import type { IncomingDelete, IncomingRecord, IncomingRejected } from '../storage/commits.js';
import type { OrderField } from './order-field.js';
import { readKey } from './record-key.js';

/** What becomes of one raw record on its way to the store. */
export type Incoming =
  | IncomingRecord
  | IncomingDelete
  | {
      readonly kind: 'rejected';
      readonly rejected: IncomingRejected;
      readonly issues: readonly ValidationIssue[];
    };

/**
 * A raw record with what can be read from it before validation. Classes on purpose, as for a feed's rows (`storage/sqlite/rows.ts`): a page's records
 * live as long as the page, and of literals V8 then makes all that follow where they are seldom collected, with what they hold.
 */
export class RawRecord {
  readonly raw: unknown;
  readonly key: string | null;
  readonly problem: string | undefined;
  readonly version: OrderValue | null;

  constructor(
    raw: unknown,
    key: string | null,
    problem: string | undefined,
    version: OrderValue | null,
  ) {
    this.raw = raw;
    this.key = key;
    this.problem = problem;
    this.version = version;
  }
}

class ValidRecord implements IncomingRecord {
  readonly kind = 'record';
  readonly key: string;
  readonly data: string;
  readonly version: OrderValue | null;

  constructor(key: string, data: string, version: OrderValue | null) {
    this.key = key;
    this.data = data;
    this.version = version;
  }
}

/** Reads identity and order of a raw record. */
export function readRaw(raw: unknown, stream: AnyStream, order: OrderField): RawRecord {
  if (!isObject(raw))
    return new RawRecord(raw, null, `a record is an object, found ${describe(raw)}`, null);
  const key = readKey(raw, stream.key);
  const version = order.read(raw);
  return 'key' in key
    ? new RawRecord(raw, key.key, undefined, version)
    : new RawRecord(raw, null, key.problem, version);
}

/** Flag, schema, plain JSON: what a raw record is to the store. A promise only where the schema is asynchronous. */
export function toIncoming(record: RawRecord, stream: AnyStream): Incoming | Promise<Incoming> {
  if (record.key === null)
    return reject(record, [{ message: record.problem ?? 'the record has no key', path: [] }]);
  const flagged = isFlagged(record.raw, stream);
  if (flagged === true)
    return { kind: 'delete', key: record.key, version: record.version, flagged: true };
  if (flagged !== false) return reject(record, [flagged]);
  const validated = validate(stream.schema, record.raw);
  return validated instanceof Promise
    ? validated.then((result) => accept(record, record.key ?? '', result))
    : accept(record, record.key, validated);
}

function accept(record: RawRecord, key: string, validated: Validated): Incoming {
  if (!validated.ok) return reject(record, validated.issues);
  if (!isObject(validated.value))
    return reject(record, [
      { message: `the schema put out ${describe(validated.value)}, not an object`, path: [] },
    ]);
  const problem = plainJsonProblem(validated.value);
  if (problem !== undefined) return reject(record, [{ message: problem, path: [] }]);
  return new ValidRecord(key, JSON.stringify(validated.value), record.version);
}

function reject(record: RawRecord, issues: readonly ValidationIssue[]): Incoming {
  const raw = rawJson(record.raw);
  const fingerprint = createHash('sha256').update(raw).digest('base64url');
  return {
    kind: 'rejected',
    issues,
    rejected: {
      key: record.key,
      fingerprint,
      raw,
      issues: issues.map(toJson),
      version: record.version,
    },
  };
}

function toJson(issue: ValidationIssue): JsonValue {
  return { message: issue.message, path: issue.path };
}

/** True or false, or why the stream's flag cannot be read. */
function isFlagged(raw: unknown, { deletions }: AnyStream): boolean | ValidationIssue {
  if (deletions === undefined) return false;
  const rules = 'kind' in deletions ? [deletions] : deletions;
  try {
    return rules.some((rule) => rule.kind === 'flag' && rule.when(raw));
  } catch (error) {
    return {
      message: `deletions.when threw: ${error instanceof Error ? error.message : String(error)}`,
      path: [],
    };
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'string'
      ? 'a text'
      : `a value of type ${typeof value}`;
}
