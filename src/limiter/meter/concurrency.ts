import { type Meter, ROUNDING } from './meter.js';

/** So many under way at a time. */
export class Concurrency implements Meter {
  inFlight = 0;
  capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get kind(): 'concurrency' {
    return 'concurrency';
  }

  get settlesAt(): 'end' {
    return 'end';
  }

  get perMs(): null {
    return null;
  }

  free(): number {
    return this.capacity - this.inFlight;
  }

  take(cost: number): void {
    this.inFlight += cost;
  }

  settle(estimate: number): void {
    this.cancel(estimate);
  }

  cancel(estimate: number): void {
    const left = this.inFlight - estimate;
    this.inFlight = left < ROUNDING ? 0 : left;
  }

  freeAt(cost: number, now: number): number {
    return this.free() + ROUNDING >= cost ? now : Infinity;
  }

  outlook(cost: number, now: number): number | undefined {
    return this.free() + ROUNDING >= cost ? now : undefined;
  }

  idle(): boolean {
    return this.inFlight === 0;
  }
}
