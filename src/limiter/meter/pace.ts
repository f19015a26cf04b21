import type { Random } from '../../core/ports.js';

/** The longest time over which a crowd is spread. */
const LONGEST_SPREAD_MS = 2_000;
/** After a block, what was sent before is not known: as if so many had waited at least. */
const SMALLEST_CROWD = 16;

/** A refill is spread over so much of its window: what is allowed is used nearly in full. */
const SHARE_OF_WINDOW = 0.02;

/**
 * Lets a crowd go one after the other. What has waited for the same instant, a refill or the end of a block, would else be sent in that
 * instant, by each process.
 */
export class Pace {
  nextAt: number;
  /** When it is over by itself; Infinity: with the crowd. */
  readonly endsAt: number;
  readonly #spreadMs: number;
  #gap: number;

  constructor(firstAt: number, gap: number, spreadMs: number, endsAt: number) {
    this.nextAt = firstAt;
    this.#gap = gap;
    this.#spreadMs = spreadMs;
    this.endsAt = endsAt;
  }

  /** More could go than when it began: they take no longer for that. */
  grow(crowd: number): void {
    this.#gap = Math.min(this.#gap, this.#spreadMs / crowd);
  }

  /** One has gone. Gaps are even in the mean; who is late by a timer's grain catches up. */
  step(now: number, random: Random): void {
    const from = Math.max(this.nextAt, now - this.#gap * 4);
    this.nextAt = from + this.#gap * (0.5 + random());
  }
}

/** For `crowd` requests that a refill lets go at once, `everyMs` being the time between two at the limit's steady rate. */
export function refillPace(
  { crowd, perMs, everyMs }: { crowd: number; perMs: number; everyMs: number },
  now: number,
  random: Random,
): Pace {
  const spread = Math.min(LONGEST_SPREAD_MS, perMs * SHARE_OF_WINDOW);
  // Half the steady distance at most, so that the steady rate is not lowered.
  const pace = new Pace(now, Math.min(spread / crowd, everyMs / 2), spread, Infinity);
  pace.step(now, random);
  return pace;
}

/** For what waited for the end of a block of `blockedMs`. */
export function blockPace(
  { crowd, blockedMs }: { crowd: number; blockedMs: number },
  until: number,
  random: Random,
): Pace {
  const spread = Math.min(LONGEST_SPREAD_MS, blockedMs / 10);
  const gap = spread / Math.max(crowd, SMALLEST_CROWD);
  // By chance, so that several processes do not go on together.
  return new Pace(until + gap * random(), gap, spread, until + spread);
}
