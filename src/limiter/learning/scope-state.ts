import { Gauge } from '../gauge.js';
import { Concurrency } from '../meter/concurrency.js';
import type { Reports } from '../reports.js';
import type { Learned } from '../scopes.js';
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

/** What has been learned of one scope. */
export class ScopeState {
  readonly refusals = new Refusals();
  readonly latency = new LatencyWatch();
  readonly probing: Probing;
  readonly #scope: LearningScope;
  #told: ToldLimits | undefined;
  #rate: Gauge | undefined;

  constructor(scope: LearningScope, reports: Reports) {
    this.#scope = scope;
    const slots = scope.gate.meter;
    this.probing = new Probing(
      scope.gate,
      slots instanceof Concurrency ? slots : new Concurrency(Infinity),
      reports,
    );
  }

  get told(): ToldLimits {
    const { gate, learned } = this.#scope;
    return (this.#told ??= new ToldLimits({
      connector: gate.spec.connector,
      scope: gate.scope,
      connection: gate.connection,
      learned,
      changed: () => {
        this.#scope.changed();
      },
    }));
  }

  get toldGauges(): Iterable<Gauge> {
    return this.#told?.gauges() ?? [];
  }

  /** Puts the rate that was found by trying among the scope's limits, or takes it away. */
  applyRate(): void {
    const { spacing } = this.probing;
    if ((spacing === undefined) === (this.#rate === undefined)) return;
    const { gate, learned } = this.#scope;
    if (spacing === undefined) {
      learned.gauges.splice(0);
      this.#rate = undefined;
    } else {
      const spec = { connector: gate.spec.connector, label: 'rate found by trying', reserve: 0 };
      this.#rate = new Gauge(spacing, spec, gate.scope, gate.connection);
      learned.gauges.push(this.#rate);
    }
    this.#scope.changed();
  }
}
