import { AbortedError, ConfigError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { detectOrderType, type OrderType, readOrderValue } from '../core/order-value.js';
import { cursorSpec } from '../engine/cursor-request.js';
import { openState, START, type StreamState, toJson } from '../engine/stream-state.js';
import type { StreamRef } from '../storage/contract.js';
import type { Services } from './services.js';

export interface ResetOptions {
  /** Where the next run reads from: a value of the cursor's field, or a delta token. Default: from the start. */
  readonly cursor?: JsonValue;
  /** Also removes all that is stored: records, tombstones, versions, rejected records. Default false. */
  readonly records?: boolean;
  /** Ends the waiting for runs of other processes: nothing is reset then. */
  readonly signal?: AbortSignal;
}

/** How soon it is tried again while a run of another process has not ended yet. */
const RETRY_MS = 200;

/** Begins a stream anew, once no run holds it any more. */
export async function resetStream(
  services: Services,
  ref: StreamRef,
  { cursor = null, records = false, signal }: ResetOptions,
  cancel: () => Promise<unknown>,
): Promise<void> {
  const stream = services.registry.stream(ref.connector, ref.stream);
  const { config, tags } = await services.connection(ref.connector, ref.connection);
  const { store, clock, emit } = await services.environment();
  for (;;) {
    if (signal?.aborted) throw left(ref, signal);
    await cancel();
    const stored = openState(await store.getStreamState({ ref }), stream, config);
    const orderType = checkCursor(ref, cursorSpec(stream), cursor, stored.orderType);
    const byToken = cursorSpec(stream).kind === 'token' || stored.feed !== null;
    const state = begunAnew({ ...stored, orderType, resetTo: cursor }, byToken, records);
    const position = cursor === null ? null : toJson({ ...START, cursor });
    const params = { ref, now: clock.now(), state: toJson(state), position, records };
    if (await store.resetStream(params)) break;
    await clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
  emit({ type: 'cursor.reset', ...ref, tags, reason: 'reset', cursor });
}

/** Without a cursor the deletions feed is read from its beginning, too. What is gone by then no delta will tell: a pass has to find it. */
function begunAnew(state: StreamState, byToken: boolean, records: boolean): StreamState {
  const fromStart = state.resetTo === null;
  return {
    ...state,
    pass: null,
    round: null,
    fullAt: null,
    ...(fromStart ? { feed: null, sweepDue: state.sweepDue || byToken } : {}),
    ...(records ? { held: 0, probedAt: null, sweepDue: false } : {}),
  };
}

/** The type of the stream's cursor, which a first value shows. @throws {ConfigError} */
function checkCursor(
  ref: StreamRef,
  spec: ReturnType<typeof cursorSpec>,
  cursor: JsonValue,
  known: OrderType | null,
): OrderType | null {
  if (cursor === null || spec.kind === 'token') return known;
  const where = `${ref.connector}/${ref.connection}/${ref.stream}: reset({ cursor: ${JSON.stringify(cursor)} })`;
  if (spec.kind === 'none') {
    throw new ConfigError(`${where}: the stream has no cursor; leave it out`, {
      context: { ...ref },
    });
  }
  const value = readOrderValue(cursor, known ?? undefined);
  const type = value === null ? undefined : (known ?? detectOrderType(value));
  if (type !== undefined) return type;
  throw new ConfigError(`${where}: cannot be read as ${known ?? 'a cursor value'}`, {
    context: { ...ref },
  });
}

function left({ connector, connection, stream }: StreamRef, signal: AbortSignal): AbortedError {
  return new AbortedError(
    `${connector}/${connection}/${stream}: reset() was aborted by its signal`,
    {
      cause: signal.reason,
      context: { connector, connection, stream },
    },
  );
}
