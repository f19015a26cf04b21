import { AbortedError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { rawJson } from '../core/raw-json.js';
import { toErrorInfo } from '../events/error-info.js';
import type { HttpTarget } from '../engine/environment.js';
import type { ConnectionRow } from '../storage/connections.js';
import { accountOf, keptAccount } from './account.js';
import { connectionLog } from './connection-log.js';
import type { Services } from './services.js';

/** The target once its connector has looked at it: a new connection, or one whose config or credentials changed, is checked first. */
export async function ensureChecked<Target extends HttpTarget>(
  services: Services,
  target: Target,
  signal: AbortSignal,
): Promise<Target> {
  const { connector, connection } = target;
  if (!connector.check || connection.account !== null) return target;
  const checked = await checkConnection(services, target, signal);
  return { ...target, connection: checked, account: accountOf(checked) };
}

/** Calls the connector's `check` and keeps what it returned. @throws what `check` throws */
export async function checkConnection(
  services: Services,
  target: HttpTarget,
  signal: AbortSignal,
): Promise<ConnectionRow> {
  const { connector, connection } = target;
  const { store, clock, emit, redactError } = await services.environment();
  const scope = {
    connector: connection.connector,
    connection: connection.id,
    tags: connection.tags,
  };
  const began = clock.monotonic();
  try {
    const account = keptAccount(await callCheck(services, target, signal));
    const row: ConnectionRow = {
      ...connection,
      account,
      version: connection.version + 1,
      updatedAt: clock.now(),
    };
    const kept =
      connector.check === undefined ||
      (await store.updateConnection({ row, expectedVersion: connection.version }));
    emit({ type: 'connection.checked', ...scope, ok: true, durationMs: clock.monotonic() - began });
    // Somebody updated it meanwhile: what was learned is used, and learned again next time.
    return kept ? row : { ...connection, account };
  } catch (thrown) {
    const error = redactError(thrown);
    emit({
      type: 'connection.checked',
      ...scope,
      ok: false,
      durationMs: clock.monotonic() - began,
      error: toErrorInfo(error),
    });
    throw error;
  }
}

async function callCheck(
  services: Services,
  target: HttpTarget,
  signal: AbortSignal,
): Promise<JsonValue> {
  const { connector, connection, config } = target;
  if (!connector.check) return null;
  const guard = (): void => {
    if (signal.aborted)
      throw new AbortedError(`${connector.name}/${connection.id}: the check was cancelled`, {
        cause: signal.reason,
      });
  };
  const http = services.openHttp(target, {
    signal,
    guard,
    priority: 'interactive-sync',
    observe: () => undefined,
  });
  const account = await connector.check({
    config,
    http,
    signal,
    log: connectionLog(services.emitter, connection),
    connection: { id: connection.id, tags: connection.tags },
  });
  return account === undefined ? null : (JSON.parse(rawJson(account)) as JsonValue);
}
