import type { CommitParams, CommitResult, CommitStore, Verdict } from '../commits.js';
import type { IncomingDelete, IncomingRecord, IncomingRejected } from '../commits.js';
import { addCounts, countVerdict } from '../counts.js';
import { misuse, noConnection } from '../refusals.js';
import { checkVerdict } from '../verdicts.js';
import { missed } from './passes.js';
import { firstAbove, storedRecord } from './records.js';
import type { MemoryRecord, MemoryRun, MemoryStream, Tables } from './tables.js';

export function commitVerbs(tables: Tables): CommitStore {
  return { commit: (params) => tables.work(() => commit(tables, params)) };
}

interface Decision {
  readonly incoming: IncomingRecord | IncomingDelete;
  readonly stored: MemoryRecord | undefined;
  readonly verdict: Verdict;
}

function commit(tables: Tables, params: CommitParams): CommitResult {
  const { stream, run } = target(tables, params);
  // All decisions come first: one that throws leaves nothing.
  const decisions = params.items.map((incoming) => decideOne(stream, params, incoming));
  const {
    state,
    positions = [],
    rejected,
  } = structuredClone({
    state: params.state,
    positions: params.positions,
    rejected: params.rejected,
  });
  const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, stale: 0 };
  const staleKeys: string[] = [];
  for (const decision of decisions) {
    countVerdict(counts, decision.verdict);
    if (decision.verdict === 'stale') staleKeys.push(decision.incoming.key);
    apply(tables, stream, params, decision);
  }
  keepRejected(tables, stream, { ...params, rejected }, decisions);
  markSeen(stream, params);
  if (state !== undefined) stream.state = state;
  for (const { partition, position } of positions) {
    if (position === null) stream.positions.delete(partition);
    else stream.positions.set(partition, position);
  }
  if (run) {
    run.row = {
      ...run.row,
      counts: addCounts(addCounts(run.row.counts, params.counts), counts),
    };
  }
  return { ...counts, staleKeys, seq: tables.seq };
}

function target(
  tables: Tables,
  params: CommitParams,
): { readonly stream: MemoryStream; readonly run: MemoryRun | undefined } {
  const { ref, lease } = params;
  if (lease) return tables.leased(lease, 'commit');
  if (params.state !== undefined || params.positions !== undefined) {
    throw misuse('commit: state and positions are committed with a lease only.', { ...ref });
  }
  const stream = tables.ensureStream(ref);
  if (!stream) throw noConnection(ref, 'commit');
  return { stream, run: undefined };
}

function decideOne(
  stream: MemoryStream,
  params: CommitParams,
  incoming: IncomingRecord | IncomingDelete,
): Decision {
  const stored = stream.records.get(incoming.key);
  if (incoming.kind === 'delete' && incoming.unseenIn !== undefined) {
    const pass = [stream.open, stream.held].find((each) => each?.name === incoming.unseenIn);
    if (!stored || !pass || !missed(pass, stored)) return { incoming, stored, verdict: 'ignore' };
  }
  const verdict = params.decide(incoming, stored && storedRecord(stored));
  checkVerdict(verdict, incoming, stored);
  return { incoming, stored, verdict };
}

function apply(
  tables: Tables,
  stream: MemoryStream,
  params: CommitParams,
  { incoming, stored, verdict }: Decision,
): void {
  if (verdict === 'unchanged' || verdict === 'stale' || verdict === 'ignore') return;
  const { origin, receivedAt, now, schemaVersion, partition } = params;
  if (incoming.kind === 'delete') {
    if (!stored) return;
    const buried = verdict === 'delete';
    if (verdict === 'delete') supersede(stream, stored, params);
    write(tables, stream, stored, {
      ...stored,
      version: incoming.version ?? stored.version,
      origin,
      receivedAt,
      deleted: true,
      seq: buried ? ++tables.seq : stored.seq,
      changedAt: buried ? now : stored.changedAt,
    });
    return;
  }
  const fresh = verdict === 'refresh' ? stored : undefined;
  if (!fresh && stored) supersede(stream, stored, params);
  const seq = fresh?.seq ?? ++tables.seq;
  write(tables, stream, stored, {
    key: incoming.key,
    data: incoming.data,
    version: incoming.version,
    deleted: false,
    origin,
    receivedAt,
    schemaVersion,
    seq,
    bornSeq: verdict === 'insert' || !stored ? seq : stored.bornSeq,
    firstSeq: stored?.firstSeq ?? seq,
    partition: partition ?? stored?.partition ?? '',
    connection: stream.ref.connection,
    changedAt: fresh?.changedAt ?? now,
  });
}

/** Keeps a version that is about to be replaced. */
function supersede(stream: MemoryStream, row: MemoryRecord, params: CommitParams): void {
  if (params.history !== true) return;
  const versions = stream.versions.get(row.key) ?? [];
  versions.push({ ...row, supersededAt: params.now });
  stream.versions.set(row.key, versions);
}

function write(
  tables: Tables,
  stream: MemoryStream,
  stored: MemoryRecord | undefined,
  row: MemoryRecord,
): void {
  stream.records.set(row.key, row);
  if (!stored) stream.keys.add(row.key);
  stream.live += (row.deleted ? 0 : 1) - (!stored || stored.deleted ? 0 : 1);
  const feed = tables.feed(stream.ref.connector, stream.ref.stream);
  if (stored?.seq === row.seq) {
    feed.rows[firstAbove(feed.rows, row.seq - 1)] = row;
    return;
  }
  feed.rows.push(row);
  if (stored) feed.replaced += 1;
}

function keepRejected(
  tables: Tables,
  stream: MemoryStream,
  params: CommitParams,
  decisions: readonly Decision[],
): void {
  const settled = new Set(params.settles);
  const answered = new Set(decisions.filter(answersRejected).map(({ incoming }) => incoming.key));
  const stays = ({ row }: { readonly row: { readonly id: string; readonly key: string | null } }) =>
    !settled.has(row.id) && (row.key === null || !answered.has(row.key));
  if (settled.size + answered.size > 0) stream.rejected = stream.rejected.filter(stays);
  for (const rejected of params.rejected) keepOne(tables, stream, params, rejected);
}

/** What was stored or deleted leaves the rejected ones; so does what is deleted without having been stored. */
function answersRejected({ incoming, stored, verdict }: Decision): boolean {
  if (verdict === 'stale') return false;
  if (verdict !== 'ignore') return true;
  return (
    incoming.kind === 'delete' && incoming.unseenIn === undefined && !(stored && !stored.deleted)
  );
}

function keepOne(
  tables: Tables,
  stream: MemoryStream,
  params: CommitParams,
  incoming: IncomingRejected,
): void {
  const { key, fingerprint, raw, issues, version } = incoming;
  const at = stream.rejected.findIndex((each) =>
    key === null ? each.row.key === null && each.fingerprint === fingerprint : each.row.key === key,
  );
  const older = stream.rejected[at];
  const same = older?.fingerprint === fingerprint;
  const { partition, origin, receivedAt, now, lease } = params;
  const id = same ? older.row.id : String(++tables.lastRejected);
  const kept = {
    fingerprint,
    row: {
      ...{ id, key, raw, issues, version, origin, receivedAt },
      partition: partition ?? '',
      at: now,
      run: lease?.run ?? null,
    },
  };
  if (same) stream.rejected[at] = kept;
  else {
    if (older) stream.rejected.splice(at, 1);
    stream.rejected.push(kept);
  }
}

function markSeen(stream: MemoryStream, params: CommitParams): void {
  for (const pass of [stream.open, stream.held]) {
    for (const { key } of [...params.items, ...params.rejected]) {
      if (pass && key !== null && stream.records.has(key)) pass.seen.add(key);
    }
  }
}
