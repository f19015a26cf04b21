import { Gauge } from '../gauge.js';
import { Concurrency } from '../meter/concurrency.js';
import type { Reports } from '../reports.js';
import type { Learned } from '../scope-gauges.js';
import { Accepted } from './accepted.js';
import { LatencyWatch } from './latency.js';
import { Probing } from './probing.js';
import { Refusals } from './refusals.js';
import { ToldLimits } from './told.js';

/** A scope as learning sees it: a connector, or one connection. */
export interface LearningScope {
  readonly gate: Gauge;
  readonly learned: Learned;
  changed(): void;
}

/** What has been learned of one scope; each part is made when there is something to learn, for there are many scopes. */
export class ScopeState {
  readonly accepted = new Accepted();
  readonly #scope: LearningScope;
  readonly #reports: Reports;
  #refusals: Refusals | undefined;
  #latency: LatencyWatch | undefined;
  #probing: Probing | undefined;
  #told: ToldLimits | undefined;
  #rate: Gauge | undefined;

  constructor(scope: LearningScope, reports: Reports) {
    this.#scope = scope;
    this.#reports = reports;
  }

  get refusals(): Refusals {
    return (this.#refusals ??= new Refusals());
  }

  get latency(): LatencyWatch {
    return (this.#latency ??= new LatencyWatch());
  }

  get probing(): Probing {
    const { gate } = this.#scope;
    const slots = gate.meter instanceof Concurrency ? gate.meter : new Concurrency(Infinity);
    return (this.#probing ??= new Probing(gate, slots, this.#reports));
  }

  get told(): ToldLimits {
    const scope = this.#scope;
    const { gate, learned } = scope;
    return (this.#told ??= new ToldLimits({
      connector: gate.spec.connector,
      of: gate.of,
      learned,
      changed: () => {
        scope.changed();
      },
    }));
  }

  get toldGauges(): Iterable<Gauge> {
    return this.#told?.gauges() ?? [];
  }

  /** A request was accepted. */
  add(abreast: number, admittedAt: number, now: number): void {
    this.accepted.add(abreast, now);
    this.#refusals?.accepted(admittedAt);
    if (this.#probing?.accepted(abreast, now) === true) this.applyRate();
  }

  /** Puts the rate that was found by trying among the scope's limits, or takes it away. */
  applyRate(): void {
    const spacing = this.#probing?.spacing;
    if ((spacing === undefined) === (this.#rate === undefined)) return;
    const { gate, learned } = this.#scope;
    if (spacing === undefined) {
      learned.gauges.splice(0);
      this.#rate = undefined;
    } else {
      const spec = { connector: gate.spec.connector, label: 'rate found by trying', reserve: 0 };
      this.#rate = new Gauge(spacing, spec, gate.of);
      learned.gauges.push(this.#rate);
    }
    this.#scope.changed();
  }
}
