/** Costs may be fractions, whose sums are off by rounding. */
export const ROUNDING = 1e-6;

/**
 * Counts what a limit allows. Pure arithmetic: instants come in as monotonic milliseconds that never fall, and nothing waits.
 */
export interface Meter {
  readonly kind: 'window' | 'bucket' | 'concurrency' | 'told';
  /** What may be used at once at most, when nothing else is; a larger cost can never fit. */
  readonly capacity: number;
  /** The window's length; null where there is none. */
  readonly perMs: number | null;
  /** What was taken and is not settled yet. */
  readonly inFlight: number;
  /** Whether the server stops counting with the whole response (concurrency) or from its headers on (rates). */
  readonly settlesAt: 'headers' | 'end';
  /** What may be taken now; below 0 when more was used than was estimated, or less is allowed than was. */
  free(now: number): number;
  /** A request is about to be sent. */
  take(cost: number): void;
  /** The server has seen it by now at the latest; `actual` is what it cost. */
  settle(estimate: number, actual: number, now: number): void;
  /** It was never sent. */
  cancel(estimate: number): void;
  /** When `cost` will be free if nothing else is taken; Infinity when that depends on requests under way. */
  freeAt(cost: number, now: number): number;
  /** When `cost` will probably be free, costs above capacity included; undefined when that cannot be told. */
  outlook(cost: number, now: number): number | undefined;
  /** Whether forgetting it changes nothing. */
  idle(now: number): boolean;
}
