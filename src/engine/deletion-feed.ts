import { ValidationError } from '../core/errors.js';
import { isObject } from '../core/json.js';
import {
  compareOrderValues,
  detectOrderType,
  type OrderType,
  readOrderValue,
} from '../core/order-value.js';
import { createDecide } from '../commit/decide.js';
import { SLICE } from '../commit/commit-page.js';
import { storedKey } from '../commit/record-key.js';
import type { Key } from '../connector/page.js';
import type { FeedDeletions } from '../connector/deletions.js';
import type { IncomingDelete } from '../storage/commits.js';
import { deletionRules } from './deletion-rules.js';
import { expiredPart } from './expiry.js';
import { pullPages, type PulledPage } from './pull-pages.js';
import { commitState, countRequest, placeOf, type Run, scope, uncount } from './run.js';
import { openCallbacks } from './run-context.js';
import { type StreamState, toJson } from './stream-state.js';
import { toErrorInfo } from '../events/error-info.js';

/**
 * Reads the API's own list of deletions, before the records: its delta token is kept with the stream's state. Returns why what it tells cannot be
 * read, if it cannot: that is asked for again, and fails the run, but keeps nobody from reading the records.
 */
export async function readFeed(run: Run): Promise<ValidationError | undefined> {
  const rule = deletionRules(run.target.stream).find((one) => one.kind === 'feed');
  if (!rule) return undefined;
  for (;;) {
    let requests = 0;
    const asked = run.state.feed;
    try {
      for await (const page of pullFeed(run, rule, () => (requests += 1)))
        await commitDeletes(run, page);
      return undefined;
    } catch (error) {
      if (run.active.signal.aborted) throw run.active.reason ?? error;
      if (error instanceof ValidationError) return error;
      const expired = expiredPart(
        { error, resumed: false, unchanged: false, asked, requests },
        { kind: 'none' },
        asked !== null,
      );
      if (expired === undefined) throw error;
      // What it would have told is lost: only a pass can find it out, and none that has seen records before.
      await commitState(run, { feed: null, sweepDue: true, pass: null });
      run.mode = 'full';
      run.env.emit({
        type: 'cursor.expired',
        ...scope(run),
        dropped: 'cursor',
        error: toErrorInfo(error),
      });
    }
  }
}

function pullFeed(run: Run, rule: FeedDeletions<unknown, unknown>, onRequest: () => void) {
  const { env, target, active, state } = run;
  const { context } = openCallbacks(env, target, run, {
    observe: (exchange) => {
      onRequest();
      countRequest(run, exchange.attempt);
    },
  });
  return pullPages(
    () => rule.pull({ ...context, cursor: state.feed ?? undefined }),
    active,
    `${placeOf(run)}, deletions`,
    (dropped) => {
      env.emit({ type: 'run.late', ...scope(run), dropped });
    },
  );
}

async function commitDeletes(run: Run, page: PulledPage): Promise<void> {
  const { env, target, lease, active } = run;
  const items = distinct(
    run,
    page.deletes.map((entry) => toDelete(run, entry)),
  );
  for (let from = 0; from === 0 || from < items.length; from += SLICE) {
    active.guard();
    const isLast = from + SLICE >= items.length;
    const counted = isLast ? run.requests : { requests: 0, retries: 0 };
    if (isLast) run.state = stateAfter(run, page);
    const result = await env.store.commit({
      history: target.stream.history === true,
      ref: target.ref,
      lease,
      now: env.clock.now(),
      origin: 'pull',
      receivedAt: env.clock.now(),
      partition: '',
      schemaVersion: target.stream.version ?? 1,
      items: items.slice(from, from + SLICE),
      rejected: [],
      counts: counted,
      decide: createDecide({
        origin: 'pull',
        receivedAt: env.clock.now(),
        orderType: run.state.orderType ?? undefined,
        schemaVersion: target.stream.version ?? 1,
        volatile: new Set(),
        fullSince: null,
        partition: null,
      }),
      ...(isLast ? { state: toJson(run.state) } : {}),
    });
    uncount(run, counted);
    run.counts = { ...run.counts, deleted: run.counts.deleted + result.deleted };
  }
}

function stateAfter({ state }: Run, { cursor, deletes }: PulledPage): StreamState {
  const { feed, deletedApart } = state;
  return {
    ...state,
    feed: cursor ?? feed,
    deletedApart: deletedApart + (deletes.length > 0 ? 1 : 0),
  };
}

/** The newest deletion of a key counts, and one without a date before all. */
function distinct({ state }: Run, items: readonly IncomingDelete[]): readonly IncomingDelete[] {
  const newest = new Map<string, IncomingDelete>();
  for (const item of items) {
    const known = newest.get(item.key);
    if (!known || isNewer(item, known, state.orderType)) newest.set(item.key, item);
  }
  return [...newest.values()];
}

function isNewer(a: IncomingDelete, b: IncomingDelete, type: OrderType | null): boolean {
  if (a.version === null || b.version === null || type === null) return b.version !== null;
  return compareOrderValues(a.version, b.version, type) > 0;
}

function toDelete(run: Run, entry: unknown): IncomingDelete {
  const dated = isObject(entry) && 'key' in entry;
  const key = storedKey((dated ? entry['key'] : entry) as Key, run.target.stream.key);
  if ('problem' in key)
    throw new ValidationError(
      `${placeOf(run)}: the deletions feed names a key that cannot be one: ${key.problem}`,
    );
  const type = run.state.orderType ?? undefined;
  const given = dated ? entry['at'] : undefined;
  const at = readOrderValue(given, type ?? detected(given));
  if (given !== undefined && given !== null && at === null)
    throw new ValidationError(
      `${placeOf(run)}: the deletions feed dates the deletion of ${key.key} by ${JSON.stringify(given)}, which cannot be read as ${type ?? 'a cursor value'}, the kind of the stream's cursor`,
      { context: { ...run.target.ref, run: run.id, key: key.key } },
    );
  return { kind: 'delete', key: key.key, version: at };
}

function detected(value: unknown) {
  return typeof value === 'string' || typeof value === 'number'
    ? detectOrderType(value)
    : undefined;
}
