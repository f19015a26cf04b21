import { ValidationError, type ValidationIssue } from '../core/errors.js';
import type { Breathe } from '../core/ports.js';
import type { AnyStream } from '../connector/connector.js';
import type { Lease, Store, StreamRef } from '../storage/contract.js';
import type {
  CommitParams,
  CommitResult,
  Decide,
  IncomingDelete,
  IncomingRecord,
  Origin,
} from '../storage/commits.js';
import type { RunCounts } from '../storage/runs.js';
import { type Incoming, toIncoming, type RawRecord } from './incoming.js';
import type { PageRecords } from './page-records.js';

/** How many records go into one transaction: enough to make it cheap, few enough not to hold the event loop. */
export const SLICE = 500;

/** What a page's commit needs besides its records. */
export interface PageCommit {
  readonly store: Store;
  readonly breathe: Breathe;
  readonly ref: StreamRef;
  readonly lease: Lease | null;
  readonly stream: AnyStream;
  readonly decide: Decide;
  readonly origin: Origin;
  readonly partition: string | null;
  readonly receivedAt: number;
  readonly now: () => number;
  /** Throws when the run that commits has ended. */
  readonly guard: () => void;
  /** Called for each rejected record once it is kept. */
  readonly onRejected: (rejected: RejectedReport) => void;
  /** Counted with the last slice. */
  readonly counts: Partial<RunCounts>;
  /** State and positions that go with the last slice, made once all records are validated. */
  readonly last: () => Pick<CommitParams, 'state' | 'positions'>;
}

/** A record that was kept as rejected, and why. */
export interface RejectedReport {
  readonly key: string | null;
  /** The first reasons, each with its place in the record. */
  readonly issues: readonly string[];
}

/** What became of a page's records, and the highest number in the store afterwards. */
export type PageResult = Omit<CommitResult, 'staleKeys'> & { readonly rejected: number };

/** Whether a page has brought anything but what is stored already. */
export function hasNews({ inserted, updated, deleted, stale, rejected }: PageResult): boolean {
  return inserted + updated + deleted + stale + rejected > 0;
}

/**
 * Commits a page in slices, each one atomic; cursor and resume token go with the last, so a crash between slices costs re-reading and never
 * leaves a gap.
 *
 * @throws {ValidationError} at the first invalid record of a stream with `invalid: 'fail'`; that record is kept, its page's cursor is not
 */
export async function commitPage(page: PageRecords, commit: PageCommit): Promise<PageResult> {
  const total = {
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    stale: 0,
    rejected: 0,
    seq: 0,
  };
  const entries = [...page.records, ...page.deletes];
  for (let from = 0; ; from += SLICE) {
    const slice = entries.slice(from, from + SLICE);
    const isLast = from + SLICE >= entries.length;
    const content = await validateSlice(slice, commit.stream);
    await commit.breathe();
    commit.guard();
    const failed = commit.stream.invalid === 'fail' ? content.rejected[0] : undefined;
    if (failed) await keepAndFail(failed, commit);
    const result = await commit.store.commit({
      ...base(commit),
      items: content.items,
      rejected: content.rejected.map((kept) => kept.rejected),
      counts: {
        ...(isLast ? commit.counts : {}),
        // Those that a later one of the page replaces, or that it deletes, were read too.
        read: content.read + (isLast ? page.seen.length - page.records.length : 0),
        rejected: content.rejected.length,
      },
      ...(isLast ? commit.last() : {}),
    });
    for (const key of ['inserted', 'updated', 'deleted', 'unchanged', 'stale'] as const)
      total[key] += result[key];
    total.rejected += content.rejected.length;
    total.seq = result.seq;
    content.rejected.forEach((kept) => {
      commit.onRejected(report(kept));
    });
    await commit.breathe();
    if (isLast) return total;
  }
}

async function validateSlice(slice: readonly (RawRecord | IncomingDelete)[], stream: AnyStream) {
  const items: (IncomingRecord | IncomingDelete)[] = [];
  const rejected: Rejected[] = [];
  let read = 0;
  for (const entry of slice) {
    if ('kind' in entry) {
      items.push(entry);
      continue;
    }
    read += 1;
    const made = toIncoming(entry, stream);
    const incoming = made instanceof Promise ? await made : made;
    if (incoming.kind === 'rejected') rejected.push(incoming);
    else items.push(incoming);
  }
  return { items, rejected, read };
}

type Rejected = Extract<Incoming, { readonly kind: 'rejected' }>;

function report({ rejected, issues }: Rejected): RejectedReport {
  return { key: rejected.key, issues: issueTexts(issues) };
}

async function keepAndFail(kept: Rejected, commit: PageCommit): Promise<never> {
  await commit.store.commit({
    ...base(commit),
    items: [],
    rejected: [kept.rejected],
    counts: { read: 1, rejected: 1 },
  });
  commit.onRejected(report(kept));
  const { connector, connection, stream } = commit.ref;
  throw new ValidationError(
    `${connector}/${connection}/${stream}: record ${kept.rejected.key ?? '(without a key)'} does not satisfy the schema (${issueTexts(kept.issues).join('; ')}), ` +
      "and the stream has invalid: 'fail'. It is kept in rejected(); correct the schema, or let invalid records be kept with invalid: 'quarantine'",
    { context: { ...commit.ref, key: kept.rejected.key }, issues: kept.issues },
  );
}

function base(commit: PageCommit) {
  return {
    ref: commit.ref,
    lease: commit.lease,
    now: commit.now(),
    origin: commit.origin,
    receivedAt: commit.receivedAt,
    partition: commit.partition,
    schemaVersion: commit.stream.version ?? 1,
    history: commit.stream.history === true,
    decide: commit.decide,
  };
}

/** The first issues of a record, each as a line with its place. */
function issueTexts(issues: readonly ValidationIssue[]): readonly string[] {
  const texts = issues
    .slice(0, 3)
    .map(({ message, path }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return issues.length > 3 ? [...texts, `and ${issues.length - 3} more`] : texts;
}
