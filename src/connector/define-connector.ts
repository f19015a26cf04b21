import type { AnyDefinition, Connector, ConnectorDefinition } from './connector.js';
import type { InputOf, Schema } from './schema.js';
import type { RecordsOf } from './stream.js';
import { validateDefinition } from './validate-definition.js';

/** What connections are created with when a connector declares nothing. */
type Declared<S, Otherwise> = unknown extends S ? Otherwise : S;

/**
 * Defines an external system: how to reach it, and the streams of records that it has. All types flow from the schemas; no type
 * argument is written by hand. Does no I/O.
 *
 * @throws {ConfigError} naming the path of what is wrong
 * @example
 * const github = defineConnector({
 *   name: 'github',
 *   baseUrl: 'https://api.github.com',
 *   auth: bearer(),
 *   streams: {
 *     issues: {
 *       schema: z.object({ id: z.number(), title: z.string(), updated_at: z.iso.datetime() }),
 *       key: 'id',
 *       cursor: { field: 'updated_at', order: 'ascending' },
 *       async *pull(ctx) {
 *         yield* ctx.http.pages('issues', { searchParams: { since: ctx.cursor }, pagination: 'link' });
 *       },
 *     },
 *   },
 * });
 */
export function defineConnector<
  ConfigSchema extends Schema,
  Account,
  Credentials,
  Schemas extends Readonly<Record<string, Schema>>,
  const Cursors,
  Partitions,
>(
  definition: ConnectorDefinition<ConfigSchema, Account, Credentials, Schemas, Cursors, Partitions>,
): Connector<
  Declared<InputOf<ConfigSchema>, undefined>,
  Declared<Credentials, undefined>,
  RecordsOf<Schemas>
>;
export function defineConnector(definition: AnyDefinition): Connector {
  validateDefinition(definition);
  return { name: definition.name, streams: Object.keys(definition.streams), definition };
}
