import type { Store } from 'syncline';
import { createDecide } from '../../src/commit/decide.js';

/** Commits a record as a webhook would bring it: without a lease, whatever runs at the time. */
export async function deliver(
  store: Store,
  record: { readonly id: string; readonly updated?: unknown; readonly [field: string]: unknown },
  { connector, now }: { readonly connector: string; readonly now: number },
): Promise<void> {
  const { updated } = record;
  await store.commit({
    ref: { connector, connection: 'acme', stream: 'rows' },
    lease: null,
    now,
    origin: 'delivery',
    receivedAt: now,
    partition: '',
    schemaVersion: 1,
    items: [
      {
        kind: 'record',
        key: record.id,
        version: typeof updated === 'string' ? updated : null,
        data: JSON.stringify(record),
      },
    ],
    rejected: [],
    counts: {},
    decide: createDecide({
      origin: 'delivery',
      receivedAt: now,
      orderType: 'iso',
      schemaVersion: 1,
      volatile: new Set(),
      fullSince: null,
      partition: null,
    }),
  });
}
