import type { Gauge } from '../gauge.js';
import type { Concurrency } from '../meter/concurrency.js';
import { Spacing } from '../meter/spacing.js';
import type { Reports } from '../reports.js';
import type { Accepted } from './accepted.js';

/** After a refusal, so much of what was tried is allowed. */
const DECREASE = 0.7;
/** The allowed rate rises by so much of what it was lowered to in a second: by all of it in a minute. */
const INCREASE_PER_SECOND = 1 / 60;
/** Without a refusal until it is so many times what it was lowered to, there is no limit. */
const FORGOTTEN_AT = 4;
const SLOWEST_PER_SECOND = 1 / 60;
const ONE_MORE_EVERY_MS = 30_000;

export type Finding = 'rate' | 'concurrency';

export interface Refused {
  /** How many were under way when the request was sent, it among them. */
  readonly abreast: number;
  /** What the API says that it is for; undefined: it does not say. */
  readonly kind: Finding | undefined;
  /** The first one of those that were sent together. How many of them were too many, each of them tells. */
  readonly isNews: boolean;
  /** What the scope had accepted. */
  readonly accepted: Accepted;
  readonly now: number;
}

/**
 * What a scope allows that does not say so: less after each refusal, more while there is none. A refusal where more were under way than ever
 * before is taken for a limit of concurrency; one where as many had been fine shows that it is the rate.
 */
export class Probing {
  readonly #gate: Gauge;
  readonly #slots: Concurrency;
  readonly #reports: Reports;
  /** The rate that was found; undefined: none. */
  spacing: Spacing | undefined;
  #rateBase = 0;
  #rateAt = 0;
  #slotsBase = Infinity;
  #slotsAt = 0;
  #guessed = false;

  constructor(gate: Gauge, slots: Concurrency, reports: Reports) {
    this.#gate = gate;
    this.#slots = slots;
    this.#reports = reports;
  }

  /** Says whether the rate's limit is no longer needed. */
  accepted(abreast: number, now: number): boolean {
    this.#moreSlots(abreast, now);
    return this.#moreRate(now);
  }

  /** The scope was refused, and no told limit explains it. */
  refused({ abreast, kind, isNews, accepted, now }: Refused): Finding {
    const most = accepted.mostAbreast;
    const concurrency =
      kind === 'concurrency' || (kind === undefined && abreast > Math.max(1, most));
    if (concurrency) this.#lessSlots(abreast, most, kind === undefined, now);
    else if (isNews) this.#lessRate(accepted.perSecond(now), now);
    return concurrency ? 'concurrency' : 'rate';
  }

  /** Responses have become slower: less at a time, for now. */
  slowed(abreast: number, now: number): number {
    const slots = Math.max(1, Math.floor(Math.min(this.#slots.capacity, abreast) * DECREASE));
    this.#setSlots(slots, now);
    return slots;
  }

  #lessSlots(abreast: number, fine: number, guessed: boolean, now: number): void {
    const before = this.#slots.capacity;
    // As many were fine before: it is not the number alone, or others use the API too.
    const slots =
      abreast - 1 >= fine
        ? Math.min(before, abreast - 1)
        : Math.floor(Math.min(before, abreast) * DECREASE);
    if (slots >= before) return;
    this.#guessed = guessed;
    this.#setSlots(Math.max(1, slots), now);
    this.#reports.learned(this.#gate, 'signal', { concurrency: this.#slots.capacity });
  }

  #setSlots(slots: number, now: number): void {
    this.#slots.capacity = slots;
    this.#slotsBase = slots;
    this.#slotsAt = now;
  }

  #moreSlots(abreast: number, now: number): void {
    const slots = this.#slots;
    if (slots.capacity === Infinity || now - this.#slotsAt < ONE_MORE_EVERY_MS) return;
    // More is tried only where what is allowed is used.
    if (abreast < slots.capacity) return;
    this.#slotsAt = now;
    slots.capacity += 1;
    if (slots.capacity < this.#slotsBase * FORGOTTEN_AT) return;
    slots.capacity = Infinity;
    this.#slotsBase = Infinity;
    this.#reports.learned(this.#gate, 'probing', {});
  }

  #lessRate(accepted: number, now: number): void {
    if (this.#guessed) {
      this.#guessed = false;
      this.#slots.capacity = Infinity;
    }
    const tried = this.spacing?.perSecond ?? accepted;
    // Nothing is accepted at all: that is no matter of how fast, and backing off has to do.
    if (tried === 0) return;
    const rate = Math.max(SLOWEST_PER_SECOND, tried * DECREASE);
    if (this.spacing === undefined) this.spacing = new Spacing(rate);
    else this.spacing.perSecond = rate;
    this.#rateBase = rate;
    this.#rateAt = now;
    const perMs = rate < 1 ? 60_000 : 1_000;
    this.#reports.learned(this.#gate, 'signal', { tokens: (rate * perMs) / 1_000, perMs });
  }

  #moreRate(now: number): boolean {
    const { spacing } = this;
    if (spacing === undefined) return false;
    spacing.perSecond += ((now - this.#rateAt) / 1_000) * this.#rateBase * INCREASE_PER_SECOND;
    this.#rateAt = now;
    if (spacing.perSecond < this.#rateBase * FORGOTTEN_AT) return false;
    this.spacing = undefined;
    this.#reports.learned(this.#gate, 'probing', {});
    return true;
  }
}
