import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ValidationIssue } from '../core/errors.js';

export type Validated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/**
 * Validates a value. A schema that throws, by itself or on data that is nested deeper than it can walk, refuses the value instead of ending
 * the run. Resolved at once unless the schema is asynchronous.
 */
export function validate(schema: StandardSchemaV1, value: unknown): Validated | Promise<Validated> {
  try {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then(toValidated, toRefused) : toValidated(result);
  } catch (error) {
    return toRefused(error);
  }
}

function toValidated(result: StandardSchemaV1.Result<unknown>): Validated {
  return result.issues
    ? { ok: false, issues: result.issues.map(toIssue) }
    : { ok: true, value: result.value };
}

function toRefused(error: unknown): Validated {
  const reason = error instanceof Error ? error.message : String(error);
  return { ok: false, issues: [{ message: `the schema threw: ${reason}`, path: [] }] };
}

function toIssue(issue: StandardSchemaV1.Issue): ValidationIssue {
  // Not map(): some libraries' paths are lists of a class of their own, and so would be what it makes.
  const path = Array.from(issue.path ?? [], (segment) => {
    const key = typeof segment === 'object' ? segment.key : segment;
    return typeof key === 'number' ? key : String(key);
  });
  return { message: issue.message, path };
}
