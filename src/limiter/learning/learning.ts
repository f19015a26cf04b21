import type { Clock, Random } from '../../core/ports.js';
import type { Gauge } from '../gauge.js';
import type { Answer, BlockTarget, LimitSignal, PermitRequest } from '../limiter.js';
import type { GivenPermit } from '../permit.js';
import type { Reports } from '../reports.js';
import type { ConnectionScope } from '../connection-scope.js';
import type { ConnectorScope, Scopes } from '../scopes.js';
import { believe, type BelievedPolicy, type Doubt } from './believe.js';
import { Forecast, isForetold } from './forecast.js';
import { UsualLatency } from './latency.js';
import { type LearningScope, ScopeState } from './scope-state.js';
import { Skew } from './skew.js';

/** A refusal for concurrency ends with the requests under way: that is soon. */
const CONCURRENCY_WAIT_MS = 250;
/** What a connection accepts, and how long that takes, is looked at from here on. */
const FIRST_ANSWERS = 4;

export interface LearningOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly reports: Reports;
  readonly scopes: Scopes;
  /** A wait that is longer is not believed. */
  readonly maxWaitMs: number;
  /** A limit may have more room than before. */
  readonly look: (gauge: Gauge, now: number) => void;
  /** A block was set or made longer. */
  readonly blocked: (gauge: Gauge, now: number) => void;
}

/** Learns from responses what an API allows. What is declared stays the most that is used: all that is learned is a limit beside it. */
export class Learning {
  readonly #options: LearningOptions;
  readonly #forecast: Forecast;
  readonly #states = new WeakMap<Gauge, ScopeState>();
  readonly #apis = new WeakMap<ConnectorScope, { skew: Skew; latency: UsualLatency }>();

  constructor(options: LearningOptions) {
    this.#options = options;
    this.#forecast = new Forecast(options.reports);
  }

  /** Takes in a response; the permit has been settled with what it cost. */
  answered(permit: GivenPermit, answer: Answer, now: number): void {
    const { connector, connection } = this.#scopesOf(permit.request, now);
    const api = this.#apiOf(connector);
    const latencyMs = answer.latencyMs ?? now - permit.admittedAt;
    const { serverTime, signal } = answer;
    if (serverTime !== undefined) {
      api.skew.learn(serverTime, this.#options.clock.now(), latencyMs);
    }
    if (signal?.limited === true) {
      this.#refused(permit, signal, answer.doubts ?? [], connector, connection, now);
    } else {
      this.#accepted(permit, api.latency, latencyMs, connector, connection, now);
      this.#doubted(connection.gate, answer.doubts ?? [], null);
    }
    if (signal !== undefined) this.#policies(permit, signal, connector, connection, now);
    for (const gauge of permit.route.gauges) {
      if (isForetold(gauge)) this.#forecast.look(gauge, undefined, now);
    }
  }

  /** @throws {ConfigError} when the connector is not known */
  block({ connector, connection, endpoint }: BlockTarget, until: number): void {
    const { clock, scopes } = this.#options;
    const now = clock.monotonic();
    const at = now + until - clock.now();
    const scope = scopes.connector(connector);
    if (connection === undefined) {
      this.#block(scope.gate, at, now);
      return;
    }
    const own = scope.connection(connection, now);
    const request = endpoint && { connector, connection, ...endpoint };
    const gauge = request ? (own.route(request, now).matching ?? own.endpoint(request)) : own.gate;
    this.#block(gauge, at, now);
  }

  skewMs(connector: string): number {
    const scope = this.#options.scopes.find(connector);
    return scope === undefined ? 0 : (this.#apis.get(scope)?.skew.ms ?? 0);
  }

  /** Limits that are only known from responses. */
  *gauges(scope: { readonly gate: Gauge }): Iterable<Gauge> {
    yield* this.#states.get(scope.gate)?.toldGauges ?? [];
  }

  #refused(
    permit: GivenPermit,
    signal: LimitSignal,
    unread: readonly Doubt[],
    connector: ConnectorScope,
    connection: ConnectionScope,
    now: number,
  ): void {
    const { clock, random, reports, maxWaitMs } = this.#options;
    const { abreast, admittedAt, route, request } = permit;
    const scope: LearningScope = signal.scope === 'app' ? connector : connection;
    const state = this.#stateOf(scope);
    const { waitMs, doubts, policies } = believe(signal, clock.now(), maxWaitMs);
    const isNews = state.refusals.isNews(admittedAt);
    const explained = policies.some(({ remaining }) => remaining <= 0) || signal.kind === 'quota';
    const kind =
      signal.kind === 'concurrency' ? 'concurrency' : waitMs === undefined ? undefined : 'rate';
    // An API that names its waits is believed, unless waiting has not helped.
    const silent = kind !== 'rate' || state.refusals.inARow > 0;
    let found: string | undefined;
    if (silent && !explained && signal.scope !== 'endpoint') {
      found = state.probing.refused({ abreast, kind, isNews, accepted: state.accepted, now });
      state.applyRate();
    }
    const endsSoon = found === 'concurrency' && waitMs === undefined;
    const delay = state.refusals.refused(waitMs, admittedAt, now, random);
    const ms = endsSoon ? Math.min(delay, CONCURRENCY_WAIT_MS) : delay;
    const gauge =
      signal.scope === 'endpoint' ? (route.matching ?? connection.endpoint(request)) : scope.gate;
    const unbelieved = waitMs === undefined ? ms : null;
    this.#doubted(gauge, unread, unbelieved);
    for (const doubt of doubts) {
      this.#doubted(gauge, [doubt], doubt.field === 'retryAfterMs' ? unbelieved : null);
    }
    if (ms > 0 && this.#block(gauge, now + ms, now)) {
      reports.exhausted(gauge, 'response', now + ms);
    }
  }

  #accepted(
    permit: GivenPermit,
    usual: UsualLatency,
    latencyMs: number,
    connector: ConnectorScope,
    connection: ConnectionScope,
    now: number,
  ): void {
    const { abreast, admittedAt, request } = permit;
    this.#stateOf(connector).add(abreast, admittedAt, now);
    // Of connections that are hardly used nothing is kept.
    if (++connection.answers < FIRST_ANSWERS && !this.#states.has(connection.gate)) return;
    const state = this.#stateOf(connection);
    state.add(abreast, admittedAt, now);
    const { ratio, usualMs } = usual.ratio(request.method, request.path, latencyMs);
    if (!state.latency.learn(ratio, usualMs, abreast, now) || abreast < 2) return;
    const concurrency = state.probing.slowed(abreast, now);
    this.#options.reports.slowed(connection.gate, { latencyMs, usualMs, concurrency });
  }

  #policies(
    permit: GivenPermit,
    signal: LimitSignal,
    connector: ConnectorScope,
    connection: ConnectionScope,
    now: number,
  ): void {
    const { clock, maxWaitMs } = this.#options;
    const { policies, doubts } = believe(signal, clock.now(), maxWaitMs);
    if (!signal.limited) this.#doubted(connection.gate, doubts, null);
    const scope: LearningScope = signal.scope === 'app' ? connector : connection;
    for (const policy of policies) {
      if (signal.scope === 'endpoint') this.#endpointPolicy(permit, policy, connection, now);
      else if (policy.ofRequests) this.#tell(permit, policy, scope, now);
      else if (policy.remaining <= 0) this.#usedUp(scope.gate, policy, now);
    }
  }

  /** What is left of an endpoint matters only when it is nothing. */
  #endpointPolicy(
    { route, request }: GivenPermit,
    policy: BelievedPolicy,
    connection: ConnectionScope,
    now: number,
  ): void {
    if (policy.remaining > 0 || policy.resetAt === undefined) return;
    this.#usedUp(route.matching ?? connection.endpoint(request), policy, now);
  }

  #usedUp(gauge: Gauge, { resetAt }: BelievedPolicy, now: number): void {
    if (resetAt === undefined) return;
    const until = now + resetAt - this.#options.clock.now();
    if (this.#block(gauge, until, now)) this.#options.reports.exhausted(gauge, 'response', until);
  }

  #tell(permit: GivenPermit, policy: BelievedPolicy, scope: LearningScope, now: number): void {
    const { clock, reports, look } = this.#options;
    const found = this.#stateOf(scope).told.find(policy, permit.request);
    if (found === undefined) return;
    const { gauge, window, isNew } = found;
    const index = permit.route.gauges.indexOf(gauge);
    // Requests that were under way before the limit was known do not count in it: they are taken off once.
    const own = index < 0 ? 0 : (permit.costs[index] ?? 1);
    const uncounted = isNew ? scope.gate.meter.inFlight : 0;
    const resetAt = policy.resetAt === undefined ? undefined : now + policy.resetAt - clock.now();
    const remaining = Math.max(0, policy.remaining - uncounted);
    window.tell({ remaining, resetAt, own }, now);
    if (isNew && policy.limit !== undefined) {
      reports.learned(gauge, 'response', { tokens: policy.limit, perMs: window.perMs });
    }
    if (policy.remaining <= 0 && resetAt !== undefined && now >= gauge.exhaustedUntil) {
      gauge.exhaustedUntil = resetAt;
      reports.exhausted(gauge, 'response', resetAt);
    }
    if (window.resetAt !== undefined) this.#forecast.look(gauge, window.resetAt, now);
    look(gauge, now);
  }

  #doubted(gauge: Gauge, doubts: readonly Doubt[], delayMs: number | null): void {
    for (const { field, value } of doubts) {
      this.#options.reports.implausible(gauge, field, value, delayMs);
    }
  }

  #block(gauge: Gauge, until: number, now: number): boolean {
    if (!gauge.block(until, now)) return false;
    this.#options.blocked(gauge, now);
    return true;
  }

  #scopesOf({ connector, connection }: PermitRequest, now: number) {
    const scope = this.#options.scopes.connector(connector);
    return { connector: scope, connection: scope.connection(connection, now) };
  }

  #stateOf(scope: LearningScope): ScopeState {
    const known = this.#states.get(scope.gate);
    if (known) return known;
    const made = new ScopeState(scope, this.#options.reports);
    this.#states.set(scope.gate, made);
    return made;
  }

  #apiOf(connector: ConnectorScope): { skew: Skew; latency: UsualLatency } {
    const known = this.#apis.get(connector);
    if (known) return known;
    const made = { skew: new Skew(), latency: new UsualLatency() };
    this.#apis.set(connector, made);
    return made;
  }
}
