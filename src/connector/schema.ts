import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isJsonObject, isObject, type JsonObject } from '../core/json.js';

/** Any Standard Schema: zod, valibot, arktype, … (https://standardschema.dev). */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

/** What a schema accepts. */
export type InputOf<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : unknown;
/** What a schema puts out. */
export type OutputOf<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : unknown;

/** Whether a value is a Standard Schema. Some libraries' schemas are functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if (
    (typeof value !== 'object' && typeof value !== 'function') ||
    value === null ||
    !('~standard' in value)
  )
    return false;
  const standard: unknown = value['~standard'];
  return isObject(standard) && typeof standard['validate'] === 'function';
}

/** Whether a schema says by `~standard.jsonSchema` that it knows the field, though it may accept others too. */
export function namesField(schema: StandardSchemaV1, field: string): boolean {
  const properties = describeInput(schema)?.['properties'];
  return isObject(properties) && Object.hasOwn(properties, field);
}

/**
 * The names of the fields that a schema accepts, as far as it can tell by `~standard.jsonSchema`; undefined when it cannot, or when
 * it accepts others too.
 */
export function inputFields(schema: StandardSchemaV1): readonly string[] | undefined {
  const described = describeInput(schema);
  if (!isObject(described?.['properties'])) return undefined;
  const open = described['additionalProperties'];
  return open === undefined || open === false ? Object.keys(described['properties']) : undefined;
}

/** What a schema accepts, as JSON Schema; undefined when it cannot tell. */
export function describeInput(schema: StandardSchemaV1): JsonObject | undefined {
  const standard: StandardSchemaV1['~standard'] & { readonly jsonSchema?: unknown } =
    schema['~standard'];
  const converter = standard.jsonSchema;
  if (!isObject(converter) || typeof converter['input'] !== 'function') return undefined;
  try {
    const described: unknown = Reflect.apply(converter['input'], converter, [
      { target: 'draft-2020-12' },
    ]);
    const plain: unknown = JSON.parse(JSON.stringify(described));
    return isJsonObject(plain) ? plain : undefined;
  } catch {
    // The standard lets a converter throw on what JSON Schema cannot say: then nothing is known.
    return undefined;
  }
}
