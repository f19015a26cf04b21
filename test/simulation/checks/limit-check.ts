import type { Refusal } from '../world/api-limit.js';
import type { SimProcess } from '../world/process.js';
import { must } from './violation.js';

/** A process has heard that it asked too often. */
interface Told {
  readonly process: SimProcess;
  readonly connection: string;
  readonly at: number;
  /** By our clock. */
  readonly until: number;
}

/** So soon the other processes know of it. */
const NEWS_MS = 1_000;

/** I9: nothing is sent before the time that a refusal named; by other processes than the one that heard it from a second later on. */
export class LimitCheck {
  readonly #skewMs: number;
  readonly #now: () => number;
  #told: Told[] = [];

  /** @param skewMs how far the server's clock is ahead of ours */
  constructor(skewMs: number, now: () => number) {
    this.#skewMs = skewMs;
    this.#now = now;
  }

  heard(process: SimProcess, connection: string, { named }: Refusal): void {
    if (!named) return;
    const at = this.#now();
    const until = 'waitMs' in named ? at + named.waitMs : named.until - this.#skewMs;
    this.#told.push({ process, connection, at, until });
  }

  sent(process: SimProcess, connection: string): void {
    const now = this.#now();
    this.#told = this.#told.filter(({ until }) => until > now);
    for (const told of this.#told) {
      if (told.connection !== connection) continue;
      const isOwn = told.process === process;
      // Who died or stood still has not told the others.
      const isNews = isOwn || told.process.wasAwake(told.at, told.at + NEWS_MS);
      const knownAt = isOwn ? told.at : told.at + NEWS_MS;
      must(!isNews || now <= knownAt || now >= told.until, 'I9', () => {
        return `process ${process.id} asked for ${connection} at ${now}, but process ${told.process.id} heard at ${told.at} that it must not before ${told.until}`;
      });
    }
  }
}
