import { throwIfAborted } from '../core/abortable.js';
import type { EngineEnvironment } from '../engine/environment.js';
import type { StreamSize } from '../storage/stats.js';
import type { StreamRef } from '../storage/contract.js';

/** What is stored of a stream, a connection, a connector, or of all. */
export interface Stats {
  /** Live records. */
  readonly records: number;
  /** Records that are deleted, kept for those who read changes. */
  readonly tombstones: number;
  /** Versions that later ones have superseded, of streams with `history`. */
  readonly versions: number;
  /** Records that failed validation. */
  readonly rejected: number;
  /** The JSON of all of these in bytes, as UTF-8; indexes and the store's own overhead are left out. */
  readonly bytes: number;
}

export interface StreamStats extends Stats {
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
}

export interface ConnectionStats extends Stats {
  readonly connector: string;
  readonly connection: string;
  /** Those that have been run or written to, ordered by name. */
  readonly streams: readonly StreamStats[];
}

export interface ConnectorStats extends Stats {
  readonly connector: string;
  /** Those of which a stream has been run, ordered by id. */
  readonly connections: readonly ConnectionStats[];
}

export interface SyncerStats extends Stats {
  /** Ordered by name; also those that this syncer does not know. */
  readonly connectors: readonly ConnectorStats[];
  /** All that the store takes where it is, in bytes: the SQLite file; null when the store cannot tell. */
  readonly storeBytes: number | null;
}

const PAGE = 500;

type Environment = Pick<EngineEnvironment, 'store'>;

export async function streamStats({ store }: Environment, ref: StreamRef): Promise<StreamStats> {
  const { connector, connection, stream } = ref;
  return { connector, connection, stream, ...(await store.measureStream({ ref })) };
}

/** Sizes of all streams that match, in the store's order: by connector, connection and name. */
async function allStreams(
  { store }: Environment,
  filter: { readonly connector?: string; readonly connection?: string },
  signal: AbortSignal | undefined,
): Promise<readonly StreamStats[]> {
  const all: StreamStats[] = [];
  for (let after: StreamRef | undefined; ;) {
    const from = after === undefined ? {} : { after };
    const refs = await store.listStreams({ ...filter, ...from, limit: PAGE });
    for (const ref of refs) {
      throwIfAborted(signal, 'stats()');
      all.push(await streamStats({ store }, ref));
    }
    if (refs.length < PAGE) return all;
    after = refs.at(-1);
  }
}

export async function connectionStats(
  environment: Environment,
  { connector, connection }: Pick<StreamRef, 'connector' | 'connection'>,
  signal: AbortSignal | undefined,
): Promise<ConnectionStats> {
  const streams = await allStreams(environment, { connector, connection }, signal);
  return { connector, connection, ...sum(streams), streams };
}

export async function syncerStats(
  environment: Environment,
  signal: AbortSignal | undefined,
): Promise<SyncerStats> {
  const streams = await allStreams(environment, {}, signal);
  const connectors = groups(streams, 'connector').map(([connector, ofConnector]) => {
    const connections = groups(ofConnector, 'connection').map(([connection, ofConnection]) => ({
      ...{ connector, connection },
      ...sum(ofConnection),
      streams: ofConnection,
    }));
    return { connector, ...sum(connections), connections };
  });
  return { ...sum(connectors), connectors, storeBytes: await environment.store.storeBytes() };
}

function groups(
  streams: readonly StreamStats[],
  by: 'connector' | 'connection',
): readonly (readonly [string, readonly StreamStats[]])[] {
  const found = new Map<string, StreamStats[]>();
  for (const stream of streams) {
    const group = found.get(stream[by]);
    if (group) group.push(stream);
    else found.set(stream[by], [stream]);
  }
  return [...found];
}

function sum(parts: readonly StreamSize[]): StreamSize {
  const total = { records: 0, tombstones: 0, versions: 0, rejected: 0, bytes: 0 };
  for (const part of parts) {
    total.records += part.records;
    total.tombstones += part.tombstones;
    total.versions += part.versions;
    total.rejected += part.rejected;
    total.bytes += part.bytes;
  }
  return total;
}
