import { isObject, type JsonValue } from '../core/json.js';
import type { ConnectionRow } from '../storage/connections.js';

/** What a connector's `check` learned, in the form that is kept with the connection: null means never checked, so the value is wrapped. */
export function keptAccount(value: JsonValue): JsonValue {
  return { value };
}

/** What the last check of a connection returned, as the connector's callbacks see it. */
export function accountOf({ account }: Pick<ConnectionRow, 'account'>): unknown {
  return isObject(account) ? (account['value'] ?? undefined) : undefined;
}
