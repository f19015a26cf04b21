import { seededRandom } from 'syncline/testing';

/** Chance for a world: the same seed throws the same. */
export class Dice {
  readonly seed: string;
  readonly random: () => number;

  constructor(seed: string) {
    this.seed = seed;
    this.random = seededRandom(seed);
  }

  /** Chance of its own, so that one part of the world may throw more often without changing another's luck. */
  fork(name: string): Dice {
    return new Dice(`${this.seed}/${name}`);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
