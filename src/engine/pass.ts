import {
  compareOrderValues,
  type OrderType,
  type OrderValue,
  readOrderValue,
} from '../core/order-value.js';
import { createDecide } from '../commit/decide.js';
import { SLICE } from '../commit/commit-page.js';
import type { SnapshotDeletions } from '../connector/deletions.js';
import type { AnyStream } from '../connector/connector.js';
import type { Lease, Store, StreamRef } from '../storage/contract.js';
import { deletionRules } from './deletion-rules.js';
import { openCallbacks } from './run-context.js';
import { countRequest, type Run } from './run.js';
import type { PassProgress } from './stream-state.js';

const DEFAULT_MAX_RATIO = 0.2;
export type Snapshot = SnapshotDeletions<unknown, unknown>;

/** The snapshot rule of a stream, if it has one. */
export function snapshotRule(stream: AnyStream): Snapshot | undefined {
  return deletionRules(stream).find((rule) => rule.kind === 'snapshot');
}

/** The largest share of the judged records that a pass deletes without approval. */
export function maxDeleteRatio(rule: Pick<Snapshot, 'maxDeleteRatio'>): number {
  return rule.maxDeleteRatio ?? DEFAULT_MAX_RATIO;
}

/** What a finished reading leads a pass to. */
export type Verdict =
  | { readonly kind: 'clean'; readonly judged: number; readonly missing: number }
  /** Something is missing, and reading everything once more must confirm it. */
  | { readonly kind: 'reread'; readonly judged: number; readonly missing: number }
  | {
      readonly kind: 'held';
      readonly reason: 'ratio' | 'empty';
      readonly judged: number;
      readonly missing: number;
    }
  | { readonly kind: 'sweep'; readonly judged: number; readonly missing: number };

/** Judges a pass after a complete reading: what is missing, whether that is confirmed, and whether it is too much to be true. */
export async function judgePass(
  run: Run,
  rule: Snapshot,
  { id: pass, round, met, stable }: PassProgress,
): Promise<Verdict> {
  const { env, target } = run;
  const below = await excludeBelowStart(run, pass);
  const first = await env.store.countPass({ ref: target.ref, pass });
  const judged = first.judged - below;
  if (first.missing === 0) return { kind: 'clean', judged, missing: 0 };
  if (!met) return { kind: 'held', reason: 'empty', judged, missing: first.missing };
  if (rule.confirm) await excludeConfirmed(run, rule.confirm, pass);
  // Between partitions a record can move from one that is still to be read to one that has been.
  else if (round === 1 && !(rule.stable ?? (stable && target.stream.partitions === undefined))) {
    return { kind: 'reread', judged, missing: first.missing };
  }
  const { missing } = await env.store.countPass({ ref: target.ref, pass });
  if (missing === 0) return { kind: 'clean', judged, missing };
  if (missing / judged > maxDeleteRatio(rule))
    return { kind: 'held', reason: 'ratio', judged, missing };
  await checkConnection(run);
  return { kind: 'sweep', judged, missing };
}

/** A wrong key is answered by some APIs with a smaller, public list: before anything is deleted, the connector says whether the connection works. */
export async function checkConnection(run: Run): Promise<void> {
  const { env, target, active } = run;
  if (!target.connector.check) return;
  const { http, context } = openCallbacks(env, target, run, {
    observe: (exchange) => {
      countRequest(run, exchange.attempt);
    },
  });
  await active.race(
    Promise.resolve(
      target.connector.check({
        config: target.config,
        connection: context.connection,
        http,
        log: context.log,
        signal: active.signal,
      }),
    ),
  );
}

/** Records before the stream's `start` are not read, so their absence says nothing. Returns how many there are. */
async function excludeBelowStart(run: Run, pass: string): Promise<number> {
  const type = run.state.orderType;
  const start = type && laterStart(run, type);
  if (start === null || type === null) return 0;
  let below = 0;
  await eachBatch(run, pass, false, async (rows) => {
    const keys = rows
      .filter((row) => row.version !== null && compareOrderValues(row.version, start, type) < 0)
      .map((row) => row.key);
    below += keys.length;
    if (keys.length > 0) await run.env.store.markSeen({ lease: run.lease, pass, keys });
  });
  return below;
}

/** Below both the present `start` and the one that the pass was begun with, not everything was read. */
function laterStart({ start, state }: Run, type: OrderType): OrderValue | null {
  const begun = readOrderValue(state.pass?.start ?? null, type);
  if (start === null || begun === null) return start ?? begun;
  return compareOrderValues(start, begun, type) > 0 ? start : begun;
}

/** Asks the connector which of the missing keys are really gone; the others count as seen. */
async function excludeConfirmed(
  run: Run,
  confirm: NonNullable<Snapshot['confirm']>,
  pass: string,
): Promise<void> {
  const { env, target, active } = run;
  const { context } = openCallbacks(env, target, run, {
    observe: (exchange) => {
      countRequest(run, exchange.attempt);
    },
  });
  await eachBatch(run, pass, true, async (rows) => {
    const asked = rows.map((row) => row.key);
    const gone = new Set(await active.race(Promise.resolve(confirm(context, asked))));
    const there = asked.filter((key) => !gone.has(key));
    if (there.length > 0) await env.store.markSeen({ lease: run.lease, pass, keys: there });
  });
}

type Row = Awaited<ReturnType<Store['readPass']>>[number];

/** Goes through what a pass judges, or has not seen, in batches. */
export async function eachBatch(
  run: Run,
  pass: string,
  missing: boolean,
  visit: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const { env, target, active } = run;
  for (let after: string | undefined; ;) {
    active.guard();
    const rows = await env.store.readPass({
      ref: target.ref,
      pass,
      missing,
      ...(after === undefined ? {} : { after }),
      limit: SLICE,
    });
    if (rows.length > 0) await visit(rows);
    if (rows.length < SLICE) return;
    after = rows.at(-1)?.key;
    await env.breathe();
  }
}

/** What deleting by a pass needs; the app's approval has no lease. */
export interface Sweep {
  readonly store: Store;
  readonly ref: StreamRef;
  readonly lease: Lease | null;
  readonly pass: string;
  readonly schemaVersion: number;
  readonly history: boolean;
  readonly now: () => number;
  readonly breathe: () => Promise<void>;
}

/** Deletes what the pass has not seen up to the very transaction. Returns how many. */
export async function sweep({
  store,
  ref,
  lease,
  pass,
  schemaVersion,
  history,
  now,
  breathe,
}: Sweep): Promise<number> {
  let deleted = 0;
  const decide = createDecide({
    origin: 'pull',
    receivedAt: now(),
    orderType: undefined,
    schemaVersion,
    volatile: new Set(),
    fullSince: null,
    partition: null,
  });
  for (let after: string | undefined; ;) {
    const rows = await store.readPass({
      ref,
      pass,
      missing: true,
      ...(after === undefined ? {} : { after }),
      limit: SLICE,
    });
    if (rows.length > 0) {
      const result = await store.commit({
        ref,
        lease,
        now: now(),
        origin: 'pull',
        receivedAt: now(),
        partition: '',
        schemaVersion,
        history,
        decide,
        rejected: [],
        counts: {},
        items: rows.map((row) => ({
          kind: 'delete' as const,
          key: row.key,
          version: null,
          unseenIn: pass,
        })),
      });
      deleted += result.deleted;
    }
    if (rows.length < SLICE) return deleted;
    after = rows.at(-1)?.key;
    await breathe();
  }
}
