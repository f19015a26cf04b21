import type { StampKind } from 'syncline/testing';
import type { Dice } from '../world/dice.js';
import { type DeletionKind, isInstant, type StreamSpec } from '../world/stream-spec.js';
import { type ApiLimit, REFUSALS } from '../world/api-limit.js';
import { AUTHS } from '../world/canary.js';
import type { WorldOptions } from '../world/world.js';

/** A world drawn by lot, and how rough it is. */
export interface Draw {
  readonly options: Pick<
    WorldOptions,
    'streams' | 'connections' | 'skewMs' | 'date' | 'limit' | 'auth' | 'bodies'
  >;
  /** How long the storm lasts, in virtual milliseconds. */
  readonly stormMs: number;
  /** The share of writes that a process dies over. */
  readonly crashes: number;
  /** The share of requests that fail. */
  readonly faults: number;
  /** For how long the API is down in the middle of the storm. */
  readonly outageMs: number;
  readonly apiLatencyMs: number;
  readonly storeLatencyMs: number;
  /** How long the remote rests between two bursts of edits, at most. */
  readonly calmMs: number;
}

const INSTANTS: readonly StampKind[] = ['iso', 'iso-seconds', 'iso-offset', 'epoch-s', 'epoch-ms'];

const DELETIONS: readonly (readonly DeletionKind[])[] = [
  ...([[], ['flag'], ['snapshot'], ['feed'], ['probe']] as const),
  ...([
    ['flag', 'snapshot'],
    ['feed', 'snapshot'],
    ['probe', 'snapshot'],
  ] as const),
  ...([
    ['feed', 'probe'],
    ['flag', 'feed', 'probe', 'snapshot'],
  ] as const),
];

export function draw(dice: Dice): Draw {
  const skewMs = dice.pick([0, 0, 37_000, 600_000, -600_000]);
  return {
    options: {
      streams: ['one', 'two', 'three'].slice(0, dice.between(1, 3)).map((name, i) => {
        const spec = drawStream(name, dice.fork(name));
        return i > 0 && dice.chance(0.3) ? { ...spec, after: ['one'] } : spec;
      }),
      connections: ['acme', 'globex'].slice(0, dice.between(1, 2)),
      skewMs,
      // Without it, our own clock is believed to be the server's.
      date: skewMs !== 0 || dice.chance(0.8),
      limit: drawLimit(dice.fork('limit')),
      auth: dice.fork('auth').pick(AUTHS),
      bodies: dice.fork('bodies').pick(['never', 'onError', 'always'] as const),
    },
    stormMs: dice.between(40_000, 200_000),
    crashes: dice.pick([0, 0.01, 0.03]),
    faults: dice.pick([0, 0.02, 0.1]),
    apiLatencyMs: dice.pick([20, 300, 3_000]),
    storeLatencyMs: dice.pick([0, 5, 80]),
    calmMs: dice.pick([2_000, 10_000, 40_000]),
    outageMs: dice.fork('outage').pick([0, 0, 0, 15_000, 60_000]),
  };
}

/** Most APIs have a limit, and some of them say so. */
function drawLimit(dice: Dice): ApiLimit | undefined {
  if (!dice.chance(0.6)) return undefined;
  const perMs = dice.pick([5_000, 20_000, 60_000]);
  return {
    scope: dice.pick(['connection', 'connector'] as const),
    tokens: Math.ceil((perMs / 1_000) * dice.pick([0.6, 1, 2])),
    perMs,
    shapes: [dice.pick(REFUSALS), dice.pick(REFUSALS)],
    declared: dice.chance(0.4),
    tells: dice.chance(0.3),
  };
}

function drawStream(name: string, dice: Dice): StreamSpec {
  const base = {
    name,
    paging: dice.pick(['link', 'next', 'cursor', 'offset', 'page'] as const),
    pageSize: dice.between(1, 6),
    ...(dice.chance(0.5) ? { maxDeleteRatio: 1 } : {}),
    ...(dice.chance(0.3) ? { confirm: true } : {}),
    ...(dice.chance(0.3) ? { every: '1m' } : {}),
    invalid: dice.pick([
      'quarantine',
      'quarantine',
      'quarantine',
      'fail',
      { maxRatio: 0.3 },
    ] as const),
    deletions: dice.pick(DELETIONS),
    dated: dice.chance(0.5),
  };
  const cursor = drawCursor(dice);
  const spec = {
    ...base,
    ...cursor,
    ...drawPartitions(dice),
    ...drawKeeping(cursor, dice.fork('keeping')),
  };
  const isPlaced = spec.paging !== 'offset' && spec.paging !== 'page';
  return dice.chance(0.2) && isPlaced
    ? { ...spec, repeats: true, pageSize: spec.pageSize + 2 }
    : spec;
}

function drawCursor(
  dice: Dice,
): Pick<StreamSpec, 'cursor' | 'order' | 'stamps'> & Partial<StreamSpec> {
  const kind = dice.pick([
    'ascending',
    'ascending',
    'unordered',
    'unordered',
    'token',
    'none',
  ] as const);
  switch (kind) {
    case 'ascending': {
      const stamps = dice.pick([...INSTANTS, ...INSTANTS, 'number', 'text'] as const);
      // A cursor that is no instant has no overlap by which it could recover.
      const order = isInstant({ stamps }) && dice.chance(0.2) ? 'key' : 'ascending';
      return { cursor: kind, order, stamps, ...drawOverlap(stamps, dice) };
    }
    case 'unordered': {
      const order = dice.pick(['key', 'key', 'ascending'] as const);
      if (dice.chance(0.15)) return { cursor: kind, order, stamps: 'number', overlap: 100_000 };
      const stamps = dice.pick(INSTANTS);
      return { cursor: kind, order, stamps, ...drawOverlap(stamps, dice) };
    }
    case 'token':
      return {
        cursor: kind,
        order: 'ascending',
        stamps: 'iso',
        paging: 'link',
        deletions: [],
        confirm: false,
      };
    case 'none':
      return { cursor: kind, order: dice.pick(['key', 'ascending'] as const), stamps: 'iso' };
  }
}

function drawPartitions(dice: Dice): Pick<StreamSpec, 'partitions'> {
  if (!dice.chance(0.3)) return {};
  const names = ['p1', 'p2', 'p3', 'p4', 'p5'].slice(0, dice.between(2, 5));
  const concurrency = dice.pick([1, 2, 0]);
  const modified = dice.chance(0.4);
  return { partitions: { names, modified, ...(concurrency ? { concurrency } : {}) } };
}

/** What is kept of versions, which one wins, and what is read besides what has changed. */
function drawKeeping({ cursor, stamps }: Pick<StreamSpec, 'cursor' | 'stamps'>, dice: Dice) {
  const isDated = cursor === 'ascending' || cursor === 'unordered';
  const starts = dice.pick([STARTS, { ...STARTS, second: STARTS.first }]);
  return {
    ...(dice.chance(0.3) ? { history: true } : {}),
    ...(dice.chance(0.2) ? { volatile: true } : {}),
    ...(!isDated && dice.chance(0.5) ? { modified: true } : {}),
    ...(isDated && dice.chance(0.25) ? { fullEveryMs: dice.pick([20_000, 60_000]) } : {}),
    ...(isDated && isInstant({ stamps }) && dice.chance(0.25) ? { starts } : {}),
  };
}

const HOUR = 3_600_000;
const STARTS = { first: HOUR, second: 2 * HOUR, last: 4 * HOUR } as const;

function drawOverlap(stamps: StampKind, dice: Dice): { readonly overlap?: number } {
  return isInstant({ stamps }) && dice.chance(0.4) ? { overlap: dice.pick([30_000, 120_000]) } : {};
}
