import { isObject, ownValue } from '../core/json.js';
import { inputFields, type Schema } from '../connector/schema.js';
import { validate, type Validated } from './validate.js';

/** The fields that a customer has added to a record, by their names. */
export type OwnFields = Readonly<Record<string, Schema>>;

/**
 * A schema that validates a customer's own fields beside those that all customers have, and puts out both in one record. A schema that takes
 * only the fields it knows is not shown the others.
 */
export function withOwnFields(schema: Schema, fields: OwnFields): Schema {
  const own = Object.entries(fields);
  if (own.length === 0) return schema;
  const known = inputFields(schema);
  const hidden = known && new Set(own.flatMap(([name]) => (known.includes(name) ? [] : [name])));
  return {
    '~standard': {
      ...schema['~standard'],
      validate: (raw) => {
        const shared = validate(schema, hidden && isObject(raw) ? without(raw, hidden) : raw);
        const others = own.map(([name, field]) => validate(field, ownValue(raw, name)));
        const parts = [shared, ...others];
        return parts.every(isSettled)
          ? merged(own, parts)
          : Promise.all(parts.map((part) => Promise.resolve(part))).then((settled) =>
              merged(own, settled),
            );
      },
    },
  };
}

function isSettled(part: Validated | Promise<Validated>): part is Validated {
  return !(part instanceof Promise);
}

function merged(
  own: readonly (readonly [string, Schema])[],
  [shared, ...others]: readonly Validated[],
) {
  const issues = [
    ...(shared?.ok === false ? shared.issues : []),
    ...others.flatMap((part, i) =>
      part.ok
        ? []
        : part.issues.map(({ message, path }) => ({ message, path: [own[i]?.[0] ?? '', ...path] })),
    ),
  ];
  if (issues.length > 0 || shared?.ok !== true) return { issues };
  // What is no object is told by who stores it.
  if (!isObject(shared.value)) return { value: shared.value };
  const values = others.flatMap((part, i) =>
    part.ok && part.value !== undefined ? [[own[i]?.[0] ?? '', part.value] as const] : [],
  );
  return { value: Object.fromEntries([...Object.entries(shared.value), ...values]) };
}

function without(raw: Readonly<Record<string, unknown>>, hidden: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !hidden.has(name)));
}
