import { REFUSALS } from '../world/api-limit.js';
import { AUTHS } from '../world/canary.js';
import type { Coverage } from '../world/coverage.js';
import { FATES } from '../world/gateway.js';
import { CRASH_WAYS } from '../world/store-server.js';
import type { StreamSpec } from '../world/stream-spec.js';
import type { Draw } from './draw.js';

/** What random worlds are made of, and what has to happen in them: a hundred of them leave nothing out. */
export const FEATURES: readonly string[] = [
  ...['ascending', 'unordered', 'token', 'none'].map((kind) => `cursor: ${kind}`),
  ...['link', 'next', 'cursor', 'offset', 'page'].map((kind) => `paging: ${kind}`),
  ...['iso', 'iso-seconds', 'iso-offset', 'epoch-s', 'epoch-ms', 'number', 'text'].map(
    (kind) => `stamps: ${kind}`,
  ),
  ...['flag', 'feed', 'snapshot', 'probe', 'several kinds', 'none'].map(
    (kind) => `deletions: ${kind}`,
  ),
  ...['partitions', 'modified partitions', 'history', 'volatile', 'modified', 'full'],
  ...['starts', 'repeats', 'confirm', 'every', 'after', 'broken order'],
  ...AUTHS.map((kind) => `auth: ${kind}`),
  ...['limit: declared', 'limit: learned', 'limit: told', 'limit: none', 'skew', 'outage'],
  ...REFUSALS.map((shape) => `refused: ${shape}`),
  ...FATES.map((fate) => `fate: ${fate}`),
  ...CRASH_WAYS.map((way) => `dies: ${way}`),
  ...['late', 'dated ahead', 'undated', 'recomputed', 'removed', 'page tokens expire'].map(
    (what) => `remote: ${what}`,
  ),
  ...['cursor tokens expire', 'feed tokens expire', 'partition appears', 'partition vanishes'].map(
    (what) => `remote: ${what}`,
  ),
  ...['page: repeats', 'page: of a stretch before an old start'],
  ...['page.drift', 'cursor.unordered', 'cursor.expired', 'cursor.unreadable'].map(eventOf),
  ...['cursor.reset: start', 'cursor.reset: reset', 'record.rejected', 'record.replayed'].map(
    eventOf,
  ),
  ...['deletion.applied', 'deletion.guarded', 'deletion.approved', 'deletion.abandoned'].map(
    eventOf,
  ),
  ...['run.resumed', 'run.lost', 'run.waiting', 'run.cancelled', 'limit.waiting'].map(eventOf),
  ...['limit.exhausted', 'limit.learned', 'http.retry', 'circuit.opened'].map(eventOf),
];

function eventOf(name: string): string {
  return `event ${name}`;
}

/** Counts what a world was drawn with. */
export function countDrawn(coverage: Coverage, { options, outageMs }: Draw): void {
  for (const spec of options.streams) for (const name of drawn(spec)) coverage.count(name);
  const { limit, auth = 'none', skewMs = 0 } = options;
  coverage.count(`auth: ${auth}`);
  if (!limit) coverage.count('limit: none');
  else coverage.count(limit.declared ? 'limit: declared' : 'limit: learned');
  if (limit?.tells === true) coverage.count('limit: told');
  if (skewMs !== 0) coverage.count('skew');
  if (outageMs > 0) coverage.count('outage');
}

function drawn(spec: StreamSpec): readonly string[] {
  const { cursor, paging, stamps, deletions, order, partitions } = spec;
  const kinds = deletions.length === 0 ? ['none'] : deletions;
  const has: Readonly<Record<string, boolean>> = {
    'deletions: several kinds': deletions.length > 1,
    partitions: partitions !== undefined,
    'modified partitions': partitions?.modified === true,
    history: spec.history === true,
    volatile: spec.volatile === true,
    modified: spec.modified === true,
    full: spec.fullEveryMs !== undefined,
    starts: spec.starts !== undefined,
    repeats: spec.repeats === true,
    confirm: spec.confirm === true,
    every: spec.every !== undefined,
    after: spec.after !== undefined,
    'broken order': cursor === 'ascending' && order === 'key',
  };
  return [
    ...[`cursor: ${cursor}`, `paging: ${paging}`, `stamps: ${stamps}`],
    ...kinds.map((kind) => `deletions: ${kind}`),
    ...Object.keys(has).filter((name) => has[name]),
  ];
}
