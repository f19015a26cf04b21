import { sameJson, sameJsonBut } from '../core/canonical-json.js';
import { compareOrderValues, type OrderType } from '../core/order-value.js';
import type {
  Decide,
  IncomingDelete,
  IncomingRecord,
  Origin,
  StoredRecord,
  Verdict,
} from '../storage/commits.js';

/** What decisions about a commit's records depend on, besides the records. */
export interface DecideContext {
  readonly origin: Origin;
  /** When what comes in was asked for (pull) or received. */
  readonly receivedAt: number;
  /** How order values of the stream compare; undefined while none has been seen. */
  readonly orderType: OrderType | undefined;
  readonly schemaVersion: number;
  readonly volatile: ReadonlySet<string>;
  /** In a full reading: when it began. What was stored before gives way also to an older version, as the remote's present state. */
  readonly fullSince: number | null;
  /** The partition that brings it, empty where there are none: its deletions apply only to what it brought last. Null: they apply to all. */
  readonly partition: string | null;
}

/** Makes the decision about one record of a commit: which version wins, and whether that is a change. */
export function createDecide(context: DecideContext): Decide {
  return (incoming, stored) => {
    if (!stored) return incoming.kind === 'record' ? 'insert' : 'ignore';
    if (!isRecord(incoming) && isElsewhere(stored, context)) return 'ignore';
    if (isStale(incoming, stored, context)) return 'stale';
    return incoming.kind === 'delete'
      ? stored.deleted
        ? 'ignore'
        : 'delete'
      : change(incoming, stored, context);
  };
}

/** Whether it is a version of the record: one that says that it is gone is, too; a key that is named as gone is not. */
function isRecord(incoming: IncomingRecord | IncomingDelete): boolean {
  return incoming.kind === 'record' || incoming.flagged === true;
}

function isStale(
  incoming: IncomingRecord | IncomingDelete,
  stored: StoredRecord,
  context: DecideContext,
): boolean {
  const { version } = incoming;
  const order =
    version === null || stored.version === null || context.orderType === undefined
      ? 0
      : compareOrderValues(version, stored.version, context.orderType);
  if (order > 0) return false;
  if (order < 0)
    return !(
      isRecord(incoming) &&
      context.fullSince !== null &&
      stored.receivedAt < context.fullSince
    );
  return receivedSince(stored, context);
}

/** Another partition has brought the record since: that it is gone from here only says that it has moved. */
function isElsewhere(stored: StoredRecord, { partition }: DecideContext): boolean {
  return partition !== null && stored.partition !== partition;
}

/** Without an order between two versions, the one that was on its way later wins. */
function receivedSince(stored: StoredRecord, { origin, receivedAt }: DecideContext): boolean {
  if (origin === 'replay') return stored.receivedAt > receivedAt;
  if (origin !== 'pull') return false;
  return (
    (stored.origin === 'delivery' || stored.origin === 'write') && stored.receivedAt > receivedAt
  );
}

function change(incoming: IncomingRecord, stored: StoredRecord, context: DecideContext): Verdict {
  if (stored.deleted) return 'insert';
  if (sameJson(incoming.data, stored.data)) {
    const asStored =
      incoming.version === stored.version &&
      stored.schemaVersion === context.schemaVersion &&
      !isElsewhere(stored, context);
    return asStored ? 'unchanged' : 'refresh';
  }
  if (context.volatile.size > 0 && sameJsonBut(incoming.data, stored.data, context.volatile))
    return 'refresh';
  return 'update';
}
