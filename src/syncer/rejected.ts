import { isObject, type JsonValue } from '../core/json.js';
import type { ValidationIssue } from '../core/errors.js';
import type { AnyStream } from '../connector/connector.js';
import { createDecide } from '../commit/decide.js';
import { readRaw, toIncoming } from '../commit/incoming.js';
import { orderField } from '../commit/order-field.js';
import { ActiveRun } from '../engine/active-run.js';
import { introspect } from '../engine/introspection.js';
import { openCallbacks } from '../engine/run-context.js';
import { openState } from '../engine/stream-state.js';
import type { Store, StreamRef } from '../storage/contract.js';
import type { RejectedRow } from '../storage/rejected.js';
import { batches } from './batches.js';
import { ensureChecked } from './check-connection.js';
import type { Services } from './services.js';

/** A record that failed validation. */
export interface RejectedRecord {
  /** Null when it has none that can be read. */
  readonly key: string | null;
  /** The record as the API sent it. */
  readonly raw: JsonValue;
  readonly issues: readonly ValidationIssue[];
  readonly at: Date;
  /** The run that brought it. */
  readonly run: string | null;
}

export interface ReplayResult {
  /** How many pass now: they are stored, or a newer version was stored already. */
  readonly settled: number;
  /** How many still fail. */
  readonly rejected: number;
}

const BATCH = 200;
/** So many are replayed, with a commit each, until the event loop turns. */
const REPLAYED = 20;

export async function* iterateRejected(
  store: () => Promise<Store>,
  ref: StreamRef,
): AsyncGenerator<RejectedRecord, void, undefined> {
  for await (const row of rejectedRows(await store(), ref)) {
    yield {
      key: row.key,
      raw: JSON.parse(row.raw) as JsonValue,
      issues: toIssues(row.issues),
      at: new Date(row.at),
      run: row.run,
    };
  }
}

/** Validates each rejected record again; one commit each, so that a crash leaves every record either stored or still rejected. */
export async function replayRejected(services: Services, ref: StreamRef): Promise<ReplayResult> {
  const { store, emit, breathe } = await services.environment();
  const result = { settled: 0, rejected: 0 };
  const stream = await streamOf(services, ref);
  for await (const row of rejectedRows(store, ref)) {
    if (await replay(services, store, ref, stream, row)) result.settled += 1;
    else result.rejected += 1;
    if ((result.settled + result.rejected) % REPLAYED === 0) await breathe();
  }
  emit({ type: 'record.replayed', ...ref, ...result });
  return result;
}

async function replay(
  services: Services,
  store: Store,
  ref: StreamRef,
  stream: AnyStream,
  row: RejectedRow,
): Promise<boolean> {
  const { config } = await services.connection(ref.connector, ref.connection);
  const state = openState(await store.getStreamState({ ref }), stream, config);
  const order = orderField(stream, state.orderType ?? undefined);
  const incoming = await toIncoming(readRaw(JSON.parse(row.raw), stream, order), stream);
  if (incoming.kind === 'rejected') return false;
  const schemaVersion = stream.version ?? 1;
  await store.commit({
    ref,
    lease: null,
    now: services.settings.clock.now(),
    origin: 'replay',
    receivedAt: row.receivedAt,
    partition: row.partition,
    schemaVersion,
    history: stream.history === true,
    items: [incoming],
    rejected: [],
    settles: [row.id],
    counts: {},
    decide: createDecide({
      origin: 'replay',
      receivedAt: row.receivedAt,
      orderType: order.type,
      schemaVersion,
      volatile: new Set(stream.volatile ?? []),
      fullSince: null,
      partition: null,
    }),
  });
  return true;
}

/** The stream, with the customer's own fields as they are now. */
async function streamOf(services: Services, ref: StreamRef): Promise<AnyStream> {
  const { stream } = await services.target(ref);
  if (!stream.fields) return stream;
  const active = new ActiveRun(`${ref.connector}/${ref.connection}/${ref.stream}, replay`);
  const target = await ensureChecked(services, await services.target(ref), active.signal);
  const env = await services.environment();
  const { context } = openCallbacks(
    env,
    target,
    { active, mode: 'incremental' },
    { observe: () => undefined },
  );
  return (await introspect(stream, context)).stream;
}

/** The rejected records of a stream as they are stored, in the order in which they came. */
export async function* rejectedRows(
  store: Store,
  ref: StreamRef,
): AsyncGenerator<RejectedRow, void, undefined> {
  const read = (last: RejectedRow | undefined) =>
    store.listRejected({
      ref,
      limit: BATCH,
      ...(last === undefined ? {} : { after: last.id }),
    });
  for await (const rows of batches(read, BATCH)) yield* rows;
}

/** Why a record was rejected, from how it is stored. */
export function toIssues(issues: JsonValue): readonly ValidationIssue[] {
  if (!Array.isArray(issues)) return [];
  return issues.filter(isObject).map((issue) => ({
    message: String(issue['message']),
    path: Array.isArray(issue['path'])
      ? issue['path'].map((part) => (typeof part === 'number' ? part : String(part)))
      : [],
  }));
}
