import { canonicalText } from '../core/canonical-json.js';
import { ConfigError } from '../core/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../core/json.js';
import type { AnyStream } from '../connector/connector.js';
import type { StreamContext } from '../connector/context.js';
import { describeInput, isSchema } from '../connector/schema.js';
import { type OwnFields, withOwnFields } from '../quality/own-fields.js';
import { commitState, countRequest, type Run, scope } from './run.js';
import { openCallbacks } from './run-context.js';

type AnyStreamContext = StreamContext<unknown, unknown, Readonly<Record<string, unknown>>>;

/** A stream as it is for one connection: its schema knows the fields that the customer has added. */
export interface Introspected {
  readonly stream: AnyStream;
  /** The fields as JSON Schema, as far as their schemas can tell; null where the stream does not ask for any. */
  readonly fields: JsonObject | null;
}

/**
 * Asks the connector which fields the customer has added.
 *
 * @throws {ConfigError} when what it returns are no schemas
 */
export async function introspect(
  stream: AnyStream,
  context: AnyStreamContext,
): Promise<Introspected> {
  if (!stream.fields) return { stream, fields: null };
  const own = checkFields(await stream.fields(context), context.stream);
  const described = Object.entries(own).map(
    ([name, schema]) => [name, describeInput(schema) ?? {}] as const,
  );
  return {
    stream: { ...stream, schema: withOwnFields(stream.schema, own) },
    fields: Object.fromEntries(described),
  };
}

/** Lets a run validate the customer's own fields, and tells when they differ from those of the run before. */
export async function introspectRun(run: Run): Promise<void> {
  if (!run.target.stream.fields) return;
  const { stream, fields } = await run.active.race(introspect(run.target.stream, contextOf(run)));
  run.target = { ...run.target, stream };
  const known = run.state.fields;
  const drift = isObject(known) && fields ? difference(known, fields) : undefined;
  if (drift) run.env.emit({ type: 'schema.drift', ...scope(run), source: 'fields', ...drift });
  if (drift || known === null) await commitState(run, { fields });
}

/** Another stream of the run's connection, with the customer's fields; asked for once in a run. */
export async function introspectOther(run: Run, name: string, stream: AnyStream) {
  const known = run.others.get(name);
  if (known) return known;
  const target = { ...run.target, stream, ref: { ...run.target.ref, stream: name } };
  const asked = introspect(stream, contextOf(run, target));
  const found = (await run.active.race(asked)).stream;
  run.others.set(name, found);
  return found;
}

function contextOf(run: Run, target = run.target): AnyStreamContext {
  return openCallbacks(run.env, target, run, {
    observe: (exchange) => {
      countRequest(run, exchange.attempt);
    },
  }).context;
}

function checkFields(fields: unknown, stream: string): OwnFields {
  const path = `streams.${stream}.fields`;
  if (!isObject(fields)) {
    throw new ConfigError(
      `${path}: returned no object of schemas, as in { customfield_1: z.string() }`,
      {
        context: { path },
      },
    );
  }
  const checked = Object.entries(fields).map(([name, schema]) => {
    if (isSchema(schema)) return [name, schema] as const;
    throw new ConfigError(`${path}: '${name}' is no Standard Schema, such as z.string()`, {
      context: { path: `${path}.${name}` },
    });
  });
  return Object.fromEntries(checked);
}

function difference(before: JsonObject, after: JsonObject) {
  const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const changed = Object.keys(after).filter(
    (name) => Object.hasOwn(before, name) && !isSame(before[name], after[name]),
  );
  return added.length + removed.length + changed.length === 0
    ? undefined
    : { added, removed, changed };
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return canonicalText(a ?? null) === canonicalText(b ?? null);
}
