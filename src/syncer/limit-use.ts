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
  return [...states].map((state) => ({
    ...state,
    blockedUntil: state.blockedUntil === null ? null : new Date(state.blockedUntil),
    use: useOf(state),
  }));
}

function useOf({ tokens, remaining }: LimitState): number | null {
  if (tokens === null || remaining === null) return null;
  return Math.min(1, Math.max(0, 1 - remaining / tokens));
}
