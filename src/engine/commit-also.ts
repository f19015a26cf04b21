import { ConfigError } from '../core/errors.js';
import { commitPage } from '../commit/commit-page.js';
import { createDecide } from '../commit/decide.js';
import { orderField } from '../commit/order-field.js';
import { readPageRecords } from '../commit/page-records.js';
import { introspectOther } from './introspection.js';
import type { PulledAlso } from './pull-pages.js';
import { placeOf, type Run, scope } from './run.js';
import { openState } from './stream-state.js';

/**
 * Commits what a page says of other streams of the connection: without their leases, so it never touches their cursors or passes, and meets their own runs
 * at the row.
 *
 * @throws {ConfigError} when there is no such stream
 */
export async function commitAlso(
  run: Run,
  also: readonly PulledAlso[],
  receivedAt: number,
): Promise<void> {
  for (const entry of also) await commitEntry(run, entry, receivedAt);
}

async function commitEntry(run: Run, entry: PulledAlso, receivedAt: number): Promise<void> {
  const { env, target, active } = run;
  const { streams } = target.connector;
  const defined = Object.hasOwn(streams, entry.stream) ? streams[entry.stream] : undefined;
  if (!defined) {
    throw new ConfigError(
      `${placeOf(run)}: a page's 'also' names the stream '${entry.stream}'; there are: ${Object.keys(streams).join(', ')}`,
      { context: { ...target.ref, run: run.id } },
    );
  }
  const stream = await introspectOther(run, entry.stream, defined);
  const ref = { ...target.ref, stream: entry.stream };
  const state = openState(
    await env.store.getStreamState({ ref }),
    stream,
    target.connection.config,
  );
  const order = orderField(stream, state.orderType ?? undefined);
  const records = readPageRecords(entry, stream, order);
  await commitPage(records, {
    store: env.store,
    breathe: env.breathe,
    ref,
    lease: null,
    stream,
    origin: 'pull',
    partition: null,
    receivedAt,
    decide: createDecide({
      origin: 'pull',
      receivedAt,
      orderType: order.type,
      schemaVersion: stream.version ?? 1,
      volatile: new Set(stream.volatile ?? []),
      fullSince: null,
      partition: null,
    }),
    now: () => env.clock.now(),
    guard: () => {
      active.guard();
    },
    counts: {},
    onRejected: (rejected) => {
      env.emit({
        type: 'record.rejected',
        ...scope(run),
        stream: entry.stream,
        origin: 'pull',
        ...rejected,
      });
    },
    last: () => ({}),
  });
}
