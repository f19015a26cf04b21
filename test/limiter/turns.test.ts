import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lane, type Queued } from '../../src/limiter/queue/lane.js';
import { placeAt, Turns } from '../../src/limiter/queue/turns.js';

interface Ticket extends Queued {
  readonly flow: number;
  readonly number: number;
}

type Step =
  | { readonly do: 'join'; readonly place: number; readonly flow: number }
  | { readonly do: 'serve'; readonly urgentOnly: boolean }
  | { readonly do: 'leave'; readonly nth: number }
  | { readonly do: 'wait'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('join' as const),
        place: fc.integer({ min: 0, max: 5 }),
        flow: fc.integer({ min: 0, max: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('serve' as const),
        urgentOnly: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), nth: fc.nat(50) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.integer({ min: 0, max: 40_000 }),
      }),
    },
  ),
  { maxLength: 200, size: 'max' },
) satisfies fc.Arbitrary<Step[]>;

/** One queue, with every waiter looked at each time. */
class Model {
  now = 0;
  readonly turns = new Turns<Ticket>();
  readonly waiting = new Set<Ticket>();
  readonly #lanes = new Map<string, Lane<Ticket>>();
  readonly #flows = Array.from({ length: 5 }, () => ({}));
  #number = 0;

  join(place: number, flow: number): void {
    const key = `${place} ${flow}`;
    const lane = this.#lanes.get(key) ?? new Lane<Ticket>(place, this.#flows[flow] ?? {});
    this.#lanes.set(key, lane);
    const ticket = { place, flow, since: this.now, gone: false, number: this.#number++ };
    lane.add(ticket);
    this.waiting.add(ticket);
    if (!this.turns.has(lane)) this.turns.add(lane, this.now);
  }

  serve(urgentOnly: boolean): Ticket | undefined {
    const lane = this.turns.first(this.now, urgentOnly);
    const ticket = lane?.shift();
    if (lane === undefined || ticket === undefined) return undefined;
    this.turns.served(lane, 1, this.now);
    this.waiting.delete(ticket);
    return ticket;
  }

  leave(nth: number): void {
    const ticket = [...this.waiting][nth % this.waiting.size];
    if (ticket === undefined) return;
    ticket.gone = true;
    const lane = this.#lanes.get(`${ticket.place} ${ticket.flow}`);
    lane?.remove();
    if (lane?.size === 0) this.turns.remove(lane);
    this.waiting.delete(ticket);
  }

  /** Those that could be first: nobody has a better place, and nobody of their own lane is older. */
  best(urgentOnly: boolean): readonly Ticket[] {
    const all = [...this.waiting].filter(({ place }) => !urgentOnly || place < 3);
    const best = Math.min(...all.map((ticket) => placeAt(ticket, this.now)));
    return all.filter(
      (ticket) =>
        placeAt(ticket, this.now) === best &&
        !all.some(
          (other) =>
            other.place === ticket.place &&
            other.flow === ticket.flow &&
            other.number < ticket.number,
        ),
    );
  }
}

test('whoever is first has the best place of all and is the oldest of its lane; nobody is lost', () => {
  fc.assert(
    fc.property(steps, (planned) => {
      const model = new Model();
      for (const step of planned) {
        if (step.do === 'join') model.join(step.place, step.flow);
        else if (step.do === 'leave') model.leave(step.nth);
        else if (step.do === 'wait') model.now += step.ms;
        else {
          const best = model.best(step.urgentOnly);
          const served = model.serve(step.urgentOnly);
          if (best.length === 0) expect(served).toBeUndefined();
          else expect(best).toContain(served);
        }
        expect(model.turns.size).toBe(model.waiting.size);
        expect(model.turns.empty).toBe(model.waiting.size === 0);
      }
      while (model.waiting.size > 0) expect(model.serve(false)).toBeDefined();
      expect(model.turns.first(model.now)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('flows of the same place share what there is, however many of each wait', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 20, max: 60 }), { minLength: 5, maxLength: 5 }),
      (sizes) => {
        const model = new Model();
        sizes.forEach((size, flow) => {
          for (let i = 0; i < size; i++) model.join(3, flow);
          model.now += 1;
        });
        const counts = [0, 0, 0, 0, 0];
        for (let i = 0; i < 100; i++) {
          const flow = model.serve(false)?.flow ?? 0;
          counts[flow] = (counts[flow] ?? 0) + 1;
        }
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 50 },
  );
});
