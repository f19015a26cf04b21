import { compareKeys } from '../../core/key.js';
import type { StreamRef } from '../stream-ref.js';
import { addCounts, noCounts } from '../counts.js';
import { leaseLost, misuse, noConnection } from '../refusals.js';
import type { RunFilter, RunRow, RunStore } from '../runs.js';
import { hasTags } from './connections.js';
import { connectionId } from './tables.js';
import type { MemoryRun, MemoryStream, Tables } from './tables.js';

export function runVerbs(tables: Tables): RunStore {
  return {
    requestRun: (params) => tables.work(() => requestRun(tables, params)),
    claimRun: (params) => tables.work(() => claimRun(tables, params)),

    renewLease: ({ lease, now, leaseMs }) =>
      tables.work(() => {
        const { stream, run } = tables.leased(lease, 'renewLease');
        if (stream.holder) stream.holder = { ...stream.holder, until: now + leaseMs };
        return { cancelRequested: run.cancelRequested };
      }),

    markWaiting: ({ lease, waiting }) =>
      tables.work(() => {
        const { run } = tables.leased(lease, 'markWaiting');
        run.row = { ...run.row, status: waiting ? 'waiting' : 'running' };
      }),

    finishRun: (params) => tables.work(() => finishRun(tables, params)),

    releaseRun: ({ lease }) =>
      tables.work(() => {
        const { stream, run } = tables.leased(lease, 'releaseRun');
        stream.holder = null;
        run.row = { ...run.row, status: 'queued' };
      }),

    requestCancel: (params) => tables.work(() => requestCancel(tables, params)),

    pruneRuns: ({ before, limit }) =>
      tables.work(() => {
        const old = [...tables.runs.values()]
          .filter(({ row }) => row.finishedAt !== null && row.finishedAt < before)
          .slice(0, limit);
        for (const { row } of old) tables.runs.delete(row.id);
        return old.length;
      }),

    getRun: ({ run }) => tables.work(() => structuredClone(tables.runs.get(run)?.row)),

    listRuns: ({ filter, before, limit }) =>
      tables.work(() =>
        [...tables.runs.values()]
          .map(({ row }) => row)
          .filter((row) => matches(tables, row, filter))
          .filter((row) => before === undefined || newestFirst(before, row) < 0)
          .sort(newestFirst)
          .slice(0, limit)
          .map((row) => structuredClone(row)),
      ),

    getStreamState: ({ ref }) => tables.work(() => structuredClone(tables.stream(ref)?.state)),

    getPosition: ({ ref, partition }) =>
      tables.work(() => structuredClone(tables.stream(ref)?.positions.get(partition))),

    listPositions: ({ ref, after, limit }) =>
      tables.work(() =>
        [...(tables.stream(ref)?.positions ?? [])]
          .filter(([partition]) => after === undefined || compareKeys(partition, after) > 0)
          .sort(([a], [b]) => compareKeys(a, b))
          .slice(0, limit)
          .map(([partition, position]) => ({ partition, position: structuredClone(position) })),
      ),
  };
}

type Params<Verb extends keyof RunStore> = Parameters<RunStore[Verb]>[0];
type Answer<Verb extends keyof RunStore> = Awaited<ReturnType<RunStore[Verb]>>;

function requestRun(tables: Tables, params: Params<'requestRun'>): Answer<'requestRun'> {
  const { ref, id, mode, now } = params;
  const known = tables.runs.get(id);
  if (known) return { run: structuredClone(known.row), joined: false };
  if (!tables.ensureStream(ref)) throw noConnection(ref, 'requestRun');
  const joinable = unfinished(tables, ref).find(
    (run) => !run.cancelRequested && (run.row.mode === 'full' || mode === 'incremental'),
  );
  if (joinable) return { run: structuredClone(joinable.row), joined: true };
  const row: RunRow = {
    id,
    ref: { ...ref },
    mode,
    status: 'queued',
    queuedAt: now,
    startedAt: null,
    finishedAt: null,
    attempt: 0,
    counts: noCounts,
    cursor: null,
    error: null,
  };
  tables.runs.set(id, { row, cancelRequested: false });
  return { run: structuredClone(row), joined: false };
}

function claimRun(tables: Tables, params: Params<'claimRun'>): Answer<'claimRun'> {
  const { owner, now, leaseMs } = params;
  const run = tables.runs.get(params.run);
  const stream = run && tables.stream(run.row.ref);
  if (!run || !stream) return { kind: 'missing' };
  if (isEnded(run)) return { kind: 'ended', run: structuredClone(run.row) };
  const first = unfinished(tables, run.row.ref)[0] ?? run;
  const held = stream.holder !== null && stream.holder.until > now ? stream.holder : null;
  if (held || first !== run) {
    const holder = structuredClone((held && tables.runs.get(held.run))?.row ?? first.row);
    return { kind: 'busy', holder, leaseUntil: held?.until ?? null };
  }
  stream.token += 1;
  stream.holder = { run: run.row.id, owner, until: now + leaseMs };
  const resumed = run.row.attempt > 0;
  run.row = {
    ...run.row,
    status: 'running',
    startedAt: run.row.startedAt ?? now,
    attempt: run.row.attempt + 1,
  };
  const lease = { ref: { ...stream.ref }, run: run.row.id, token: stream.token };
  return { kind: 'claimed', run: structuredClone(run.row), lease, resumed };
}

function finishRun(tables: Tables, params: Params<'finishRun'>): RunRow {
  const { lease, status, now, counts, cursor, error } = params;
  const run = lease ? tables.leased(lease, 'finishRun').run : tables.runs.get(params.run);
  if (!run || run.row.id !== params.run) {
    throw misuse(`finishRun: there is no run ${params.run}, or the lease is not its own.`, {
      run: params.run,
    });
  }
  if (!lease && isEnded(run)) return structuredClone(run.row);
  if (!lease && run.row.status !== 'queued') {
    throw leaseLost({ ref: run.row.ref, run: run.row.id, token: 0 }, 'finishRun without a lease');
  }
  end(tables.stream(run.row.ref), run, status, now);
  run.row = {
    ...run.row,
    counts: addCounts(run.row.counts, counts),
    cursor: structuredClone(cursor),
    error: structuredClone(error),
  };
  return structuredClone(run.row);
}

function requestCancel(tables: Tables, params: Params<'requestCancel'>): readonly string[] {
  const { now } = params;
  const ids: string[] = [];
  for (const run of tables.runs.values()) {
    const { ref, id } = run.row;
    const asked =
      ref.connector === params.connector &&
      ref.connection === params.connection &&
      (params.stream === undefined || ref.stream === params.stream) &&
      (params.run === undefined || id === params.run);
    if (!asked || isEnded(run)) continue;
    ids.push(id);
    run.cancelRequested = true;
    const stream = tables.stream(ref);
    const held = stream?.holder?.run === id && stream.holder.until > now;
    if (!held) end(stream, run, 'cancelled', now);
  }
  return ids;
}

function end(
  stream: MemoryStream | undefined,
  run: MemoryRun,
  status: RunRow['status'],
  now: number,
): void {
  if (stream?.holder?.run === run.row.id) stream.holder = null;
  run.row = { ...run.row, status, finishedAt: now };
}

function isEnded(run: MemoryRun): boolean {
  return !['queued', 'running', 'waiting'].includes(run.row.status);
}

/** The running one first, or the one whose process died, then those that wait by age. */
function unfinished(tables: Tables, ref: StreamRef): MemoryRun[] {
  const rank = (run: MemoryRun) => (run.row.status === 'queued' ? 1 : 0);
  return [...tables.runs.values()]
    .filter((run) => !isEnded(run) && sameStream(run.row.ref, ref))
    .sort((a, b) => rank(a) - rank(b) || a.row.queuedAt - b.row.queuedAt);
}

function sameStream(a: StreamRef, b: StreamRef): boolean {
  return a.stream === b.stream && a.connection === b.connection && a.connector === b.connector;
}

function newestFirst(a: RunRow, b: RunRow): number {
  return b.queuedAt - a.queuedAt || compareKeys(b.id, a.id);
}

function matches(tables: Tables, row: RunRow, filter: RunFilter): boolean {
  const { connector, connection, stream, run, status, since, until } = filter;
  const statuses = typeof status === 'string' ? [status] : status;
  const tags = tables.connections.get(connectionId(row.ref.connector, row.ref.connection))?.tags;
  return (
    (connector === undefined || row.ref.connector === connector) &&
    (connection === undefined || row.ref.connection === connection) &&
    (stream === undefined || row.ref.stream === stream) &&
    (run === undefined || row.id === run) &&
    (statuses === undefined || statuses.includes(row.status)) &&
    (since === undefined || row.queuedAt >= since) &&
    (until === undefined || row.queuedAt < until) &&
    hasTags(tags ?? {}, filter.tags ?? {})
  );
}
