import { ConfigError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import { inputFields, namesField } from '../connector/schema.js';
import type { Run } from './run.js';

/**
 * Where the schema cannot tell its fields, the first page shows whether the cursor's is among them.
 *
 * @throws {ConfigError} when no record of the page has it
 */
export function checkCursorField({ cursor, target }: Run, records: readonly unknown[]): void {
  if (cursor.kind !== 'field' || records.length === 0) return;
  const field: unknown = cursor.field.field;
  const { schema } = target.stream;
  if (typeof field !== 'string' || inputFields(schema) !== undefined || namesField(schema, field))
    return;
  const objects = records.filter(isObject);
  if (objects.length === 0 || objects.some((record) => field in record)) return;
  const path = `streams.${target.ref.stream}.cursor.field`;
  const fields = Object.keys(objects[0] ?? {}).slice(0, 30);
  throw new ConfigError(
    `${path}: no record of the first page has '${field}'; they have: ${fields.join(', ')}`,
    { context: { ...target.ref, path } },
  );
}
