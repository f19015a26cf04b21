import type { Limiter, LimitState } from '../limiter/limiter.js';

export interface LimitFilter {
  readonly connector?: string | { readonly name: string };
  readonly connection?: string;
}

/** A limit in one scope, and how much of it is used. */
export interface LimitUse extends Omit<LimitState, 'blockedUntil'> {
  /** Nothing is sent before; null: not blocked. */
  readonly blockedUntil: Date | null;
  /** The share that is used now, from 0 to 1; null where nothing is known. */
  readonly use: number | null;
}

export function limitUses(
  limiter: Limiter,
  { connector, connection }: LimitFilter,
): readonly LimitUse[] {
  const states = limiter.limits({
    ...(connector === undefined
      ? {}
      : { connector: typeof connector === 'string' ? connector : connector.name }),
    ...(connection === undefined ? {} : { connection }),
  });
  const uses = Array.from(states, (state) => ({
    ...state,
    blockedUntil: state.blockedUntil === null ? null : new Date(state.blockedUntil),
    use: useOf(state),
  }));
  return uses.length <= MAX_SHOWN ? uses : uses.sort(byConcern).slice(0, MAX_SHOWN);
}

/** Each connection has limits of its own, and scopes by function may have any number. */
const MAX_SHOWN = 2_000;

/** Those that hold requests up first, then those of which most is used. */
function byConcern(a: LimitUse, b: LimitUse): number {
  return Number(holdsUp(b)) - Number(holdsUp(a)) || (b.use ?? 0) - (a.use ?? 0);
}

function holdsUp({ blockedUntil, waiting }: LimitUse): boolean {
  return blockedUntil !== null || waiting > 0;
}

function useOf({ tokens, remaining }: LimitState): number | null {
  if (tokens === null || remaining === null) return null;
  return Math.min(1, Math.max(0, 1 - remaining / tokens));
}
