import { canonicalText } from '../core/canonical-json.js';
import type { JsonValue } from '../core/json.js';
import type { AnyDefinition } from '../connector/connector.js';

/**
 * Whether what is stored is still good under another config. What was read under another one says nothing about this one, unless the connector
 * knows better.
 *
 * @param before canonical JSON text of the config that the stored cursors belong to
 */
export function keepsConfig(
  { configChanged }: Pick<AnyDefinition, 'configChanged'>,
  before: string,
  after: JsonValue,
): boolean {
  return before === canonicalText(after) || configChanged?.(JSON.parse(before), after) === 'keep';
}
